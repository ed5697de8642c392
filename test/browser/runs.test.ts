import { expect, it } from 'vitest'
import { failing, grove, nap } from '#fixtures/console.js'
import {
  chip,
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  promised,
  useBrowser,
} from './console-page.js'

describeInBrowser('the list of runs', () => {
  useBrowser()

  it('shows runs as they begin and end, with counts, and who aborted', async () => {
    await using bench = await ConsoleBench.start()
    const page = await bench.open()
    await page.getByText('No runs yet').waitFor()
    ignoreRejection(bench.runtime.run(grove, { width: 3, depth: 1 }, { name: 'first' }))
    const first = page.getByRole('row', { name: /first/ })
    await first.getByText('4 actions').waitFor()
    await first.getByText('running', { exact: true }).waitFor()
    bench.runtime.abort('first', { reason: 'not today', by: 'Grace' })
    await first.getByText('aborted', { exact: true }).waitFor()
    expect(await first.textContent()).toMatch(/by Grace.*not today/)
    await chip(page, 'aborted', 1).waitFor()
  })

  it('filters by phase and by words, and keeps that in the address', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(bench.runtime.run(nap, undefined, { name: 'import-users' }))
    ignoreRejection(bench.runtime.run(nap, undefined, { name: 'import-orders' }))
    await bench.runtime.run(failing, { message: 'no users' }, { name: 'export' }).settled()
    const page = await bench.open()
    await page.getByRole('link', { name: 'export' }).waitFor()
    await page.getByRole('searchbox').fill('users')
    await page.getByRole('link', { name: 'import-orders' }).waitFor({ state: 'detached' })
    // The words may stand in an error, too.
    expect(await page.locator('.run-name').allTextContents()).toEqual(['import-users', 'export'])
    await chip(page, 'failed', 1).click()
    await page.getByRole('link', { name: 'import-users' }).waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('?phase=failed&q=users')
    await page.reload()
    await page.getByRole('link', { name: 'export' }).waitFor()
    expect(await page.locator('.run-name').allTextContents()).toEqual(['export'])
    await page.getByRole('searchbox').fill('nothing of the kind')
    await page.getByText('No run matches').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('link', { name: 'import-orders' }).waitFor()
  })

  it('forgets runs that are no longer retained', async () => {
    await using bench = await ConsoleBench.start({ retain: { runs: 1 } })
    const page = await bench.open()
    for (const name of ['one', 'two']) {
      const run = bench.runtime.run(nap, undefined, { name })
      await page.getByRole('link', { name }).waitFor()
      run.cancel('done with it')
      await run.settled()
    }
    await page.getByRole('link', { name: 'one' }).waitFor({ state: 'detached' })
    expect(await page.locator('.run-name').allTextContents()).toEqual(['two'])
  })

  it('leads to a run and back', async () => {
    await using bench = await ConsoleBench.start()
    const end = promised()
    ignoreRejection(bench.runtime.scope(() => end.kept, { name: 'a run / with ? signs & ünïcode' }))
    const page = await bench.open()
    await page.getByRole('link', { name: 'a run / with' }).click()
    await page.getByRole('heading', { name: 'a run / with ? signs & ünïcode' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'a run / with ? signs & ünïcode' }).waitFor()
    await page.goBack()
    // Never, not even for a frame, does it say that there are none.
    await page.evaluate(() => {
      const seen = globalThis as unknown as { saidNone: boolean }
      seen.saidNone = false
      new MutationObserver(() => {
        if (document.body.textContent.includes('No runs yet')) seen.saidNone = true
      }).observe(document.body, { subtree: true, childList: true })
    })
    await page.getByRole('link', { name: 'a run / with' }).waitFor()
    expect(await page.evaluate(() => (globalThis as unknown as { saidNone: boolean }).saidNone)).toBe(false)
    end.keep()
  })
})
