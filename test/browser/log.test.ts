import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { failing, nap } from '#fixtures/console.js'
import {
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  promised,
  rowNamed,
  useBrowser,
} from './console-page.js'

const MANY = 100_000

describeInBrowser('the log of a run', () => {
  useBrowser()

  it('begins at the newest entry, follows, and is filtered by level and words', async () => {
    await using bench = await ConsoleBench.start()
    const [more, last] = [promised(), promised()]
    const run = bench.runtime.scope(
      async (ctx) => {
        for (let step = 1; step <= 300; step += 1) {
          ctx.log[step % 100 === 0 ? 'warn' : 'info'](`step ${step}`, { nested: { at: [step, 2, 3] } })
        }
        await ctx.spawn(failing, { message: 'no' }).settled()
        await more.kept
        ctx.log.debug('one more')
        await last.kept
      },
      { name: 'told' },
    )
    const page = await bench.open({ path: '/runs/told?view=logs' })
    const log = page.getByRole('region', { name: 'Log', exact: true })
    const rows = log.getByRole('region', { name: 'Entries' })
    // `failing` writes two.
    await log.getByText('302 entries').waitFor()
    await rows.getByText('no room').waitFor()
    expect(await log.locator('.log-row').count()).toBeLessThan(80)
    const scrolled = (): Promise<readonly number[]> =>
      rows.evaluate((element) => [element.scrollTop, element.scrollHeight - element.clientHeight])
    const [top, most] = await scrolled()
    expect(top).toBeGreaterThan(1000)
    expect(top).toBeCloseTo(most!, 0)
    more.keep()
    await log.getByText('303 entries').waitFor()
    await rows.getByText('one more').waitFor()
    // Whoever scrolls up isn't carried off.
    await rows.evaluate((element) => element.scrollTo({ top: 0 }))
    await rows.getByText('step 1', { exact: true }).waitFor()
    const follow = log.getByRole('button', { name: 'Follow' })
    await expect.poll(() => follow.getAttribute('aria-pressed')).toBe('false')
    await log.getByRole('button', { name: 'warn 3' }).click()
    await log.getByText('3 of 303 entries').waitFor()
    expect(await rows.locator('.log-message > bdi').allTextContents()).toEqual([
      'step 100',
      'step 200',
      'step 300',
    ])
    await log.getByRole('button', { name: 'warn 3' }).click()
    // Fields are searched, and the names of actions.
    await page.keyboard.press('/')
    await page.keyboard.type('177 nested')
    await log.getByText('1 of 303 entries').waitFor()
    const row = rows.locator('.log-row')
    expect(await row.count()).toBe(1)
    await row.getByRole('button', { name: 'All of it' }).click()
    await row.locator('.value pre').getByText('nested').waitFor()
    expect(await row.locator('.value pre').textContent()).toContain('[177, 2, 3]')
    await log.getByRole('searchbox').fill('failing')
    await log.getByText('2 of 303 entries').waitFor()
    await rows.getByRole('button', { name: 'failing' }).first().click()
    await page.locator('.panel').getByText('QuotaError').first().waitFor()
    last.keep()
    await run
  })

  it('unfolds an entry within its row where that has two lines', async () => {
    await using bench = await ConsoleBench.start()
    const run = bench.runtime.scope(
      async (ctx) => {
        for (const step of [1, 2]) ctx.log.info(`step ${step}`, { step })
      },
      { name: 'told' },
    )
    await run.settled()
    const page = await bench.open({ path: '/runs/told?view=logs', width: 390 })
    const row = page.locator('.log-row').first()
    await row.getByRole('button', { name: /^All of it/ }).click()
    const [line, whole] = await Promise.all(
      ['.log-level', '.log-text'].map((part) => row.locator(part).boundingBox()),
    )
    expect(whole!.y - (line!.y + line!.height)).toBeLessThan(10)
    // The next one begins where it ends.
    const second = page.locator('.log-row').nth(1)
    const spacer = page.locator('.log-spacer')
    const [next, all] = await Promise.all([second.boundingBox(), spacer.boundingBox()])
    expect(next!.y + next!.height).toBeCloseTo(all!.y + all!.height, 0)
  })

  it('is saved as lines of JSON, as far as it is shown', async () => {
    await using bench = await ConsoleBench.start()
    await bench.runtime.scope(
      (ctx) => {
        ctx.log.info('begun', { port: 80 })
        ctx.log.error('no \n more', { deep: { list: [1, { a: null }] } })
      },
      { name: 'saved' },
    )
    const page = await bench.open({ path: '/runs/saved?view=logs' })
    await page.getByText('2 entries').waitFor()
    await page.getByRole('button', { name: 'error 1' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'NDJSON' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^saved-.*\.log\.ndjson$/)
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        id: 'a0',
        level: 'error',
        message: 'no \n more',
        fields: { value: { deep: { list: [1, { a: null }] } } },
      },
    ])
  })

  it('stands in the panel of an action, with what is under it if one likes', async () => {
    await using bench = await ConsoleBench.start()
    const end = promised()
    const run = bench.runtime.scope(
      async (ctx) => {
        for (let step = 1; step <= 1200; step += 1) ctx.log.info(`step ${step}`)
        await ctx.spawn(failing, { message: 'no' }).settled()
        ignoreRejection(ctx.spawn(nap))
        await end.kept
      },
      { name: 'told' },
    )
    const page = await bench.open({ path: '/runs/told' })
    await rowNamed(page, 'nap').waitFor()
    await page.locator('.row-name').first().click()
    const log = page.locator('.panel .log-view')
    await log.getByText('1,200 entries').waitFor()
    await log.getByText('step 1200').waitFor()
    await log.getByLabel('with what is under it').check()
    await log.getByText('1,202 entries').waitFor()
    await log.getByText('no room').waitFor()
    end.keep()
    await run
  })

  it(
    'holds a hundred thousand entries, of which a page has those in sight',
    { timeout: 120_000 },
    async () => {
      await using bench = await ConsoleBench.start()
      const written = promised()
      const end = promised()
      const run = bench.runtime.scope(
        async (ctx) => {
          for (let entry = 1; entry <= MANY + 50; entry += 1) {
            ctx.log.info(`entry ${entry}`)
            // The app's own thread takes them in between.
            if (entry % 1000 === 0) await ctx.sleep(0)
          }
          written.keep()
          await end.kept
        },
        { name: 'much' },
      )
      await written.kept
      const page = await bench.open({ path: '/runs/much?view=logs' })
      page.setDefaultTimeout(60_000)
      const log = page.getByRole('region', { name: 'Log', exact: true })
      await log.getByText(`entry ${MANY + 50}`, { exact: true }).waitFor()
      const count = log.locator('.log-count')
      await expect
        .poll(() => count.textContent(), { timeout: 60_000 })
        .toMatch(/^100,0[05]0 entries(, the oldest|$)/)
      expect(await log.locator('.log-row').count()).toBeLessThan(80)
      await log.getByRole('region', { name: 'Entries' }).focus()
      await page.keyboard.press('Home')
      await log.locator('[aria-posinset="1"]').waitFor()
      await log.getByRole('searchbox').fill('77777')
      await log.getByText('entry 77777', { exact: true }).waitFor()
      expect(await log.locator('.log-row').count()).toBe(1)
      end.keep()
      await run
    },
  )
})
