import { expect, it } from 'vitest'
import { failing, grove, nap, spin } from '#fixtures/console.js'
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

  it('shows the process: its threads, what waits, its loop and its memory', async () => {
    await using bench = await ConsoleBench.start()
    const spinning = bench.runtime.run(spin, undefined, { name: 'spin' })
    const page = await bench.open()
    const process = page.getByRole('region', { name: 'The process' })
    await process.locator('.cell[data-state=busy]').first().waitFor()
    await process.getByText(/1 busy/).waitFor()
    for (const what of ['Queue', 'Event loop, p99', 'Memory']) await process.getByText(what).waitFor()
    await process.getByText(/\d+ MB, at most \d+ MB/).waitFor()
    // The curves go on while a run is looked at, and while nobody looks.
    const points = (): Promise<number> =>
      process
        .locator('.spark polyline')
        .first()
        .evaluate((line) => line.getAttribute('points')!.split(' ').length)
    await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(1)
    await page.getByRole('link', { name: 'spin' }).click()
    await page.getByRole('treegrid').waitFor()
    await page.getByRole('link', { name: 'Runs' }).click()
    await process.waitFor()
    expect(await points()).toBeGreaterThan(1)
    await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(3)
    await page.reload()
    await process.waitFor()
    expect(await points()).toBeGreaterThan(3)
    spinning.cancel('seen', { force: true })
    await spinning.settled()
    await process.locator('.cell[data-state=busy]').first().waitFor({ state: 'detached' })
  })

  it('aborts one run of the list, and several that are marked', async () => {
    await using bench = await ConsoleBench.start()
    for (const name of ['one', 'two', 'three', 'four'])
      ignoreRejection(bench.runtime.run(nap, undefined, { name }))
    const page = await bench.open()
    await chip(page, 'running', 4).waitFor()
    await page.getByRole('button', { name: 'Abort four' }).click()
    await page.getByRole('dialog', { name: 'Abort 1 run' }).waitFor()
    await page.getByLabel('Reason').fill('one too many')
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /four/ }).getByText('one too many').waitFor()
    for (const name of ['one', 'three']) await page.getByRole('checkbox', { name: `Mark ${name}` }).check()
    await page.getByRole('button', { name: 'Abort 2 …' }).click()
    await page.getByText('one, three, with all their actions').waitFor()
    await page.getByRole('button', { name: 'Abort 2 runs' }).click()
    await chip(page, 'aborted', 3).waitFor()
    await chip(page, 'running', 1).waitFor()
    // The keyboard is at the list, and nothing is marked any more.
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('runs-table-frame')
    await page.locator('thead .run-abort button').waitFor({ state: 'hidden' })
  })

  it('offers no abort to who may only look', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(bench.runtime.run(nap, undefined, { name: 'look' }))
    const page = await bench.open({ token: 'read' })
    await page.getByRole('link', { name: 'look' }).waitFor()
    await page.getByRole('region', { name: 'The process' }).waitFor()
    expect(await page.getByRole('button', { name: /^Abort/ }).count()).toBe(0)
    expect(await page.getByRole('checkbox').count()).toBe(0)
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
