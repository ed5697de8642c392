import { expect, it } from 'vitest'
import { blink } from '#fixtures/console.js'
import { chip, ConsoleBench, describeInBrowser, promised, useBrowser } from './console-page.js'

const MANY = 100_000
const MORE = 2000

describeInBrowser('a hundred thousand actions in the console', () => {
  useBrowser()

  it('are all there, of which a page holds those in sight', { timeout: 120_000 }, async () => {
    await using bench = await ConsoleBench.start({ retain: 2 * MANY })
    const [many, more] = [promised(), promised()]
    const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index)
    const run = bench.runtime.scope(
      async (ctx) => {
        await ctx.map(blink, numbers(MANY), { concurrency: 5000 })
        many.keep()
        await more.kept
        await ctx.map(blink, numbers(MORE), { concurrency: 500 })
      },
      { name: 'busy' },
    )
    await many.kept
    const page = await bench.open({ path: '/runs/busy' })
    page.setDefaultTimeout(60_000)
    await chip(page, 'succeeded', MANY).waitFor()
    const grid = page.getByRole('treegrid')
    // So many alike are one row, until it is opened.
    const group = page.locator('.row.group')
    await group.getByText(`× ${MANY.toLocaleString('en-US')}`).waitFor()
    await page.locator('[role=treegrid][aria-rowcount="3"]').waitFor()
    await group.locator('.row-name').click()
    await page.locator(`[role=treegrid][aria-rowcount="${MANY + 3}"]`).waitFor()
    expect(await page.locator('.row').count()).toBeLessThan(80)
    await grid.focus()
    await page.keyboard.press('End')
    await page.locator(`[id="row-a0.${MANY}"]`).waitFor()
    await page.keyboard.press('Home')
    await page.locator('[id="row-a0"]').waitFor()
    // The scroll bar reaches everything, too.
    await grid.evaluate((element) => element.scrollTo({ top: element.scrollHeight / 2 }))
    await page.locator(`[id="row-a0.${MANY / 2 + 10}"]`).waitFor()
    // Thousands more, as fast as they come, and the page keeps up.
    more.keep()
    await run
    await chip(page, 'succeeded', MANY + MORE + 1).waitFor()
    // A search goes through all of them.
    await page.getByRole('searchbox').fill('id:a0.77777')
    await page.getByText('1 of 102,001 actions').waitFor()
    expect(await page.locator('.row .row-id').allTextContents()).toEqual(['a0', 'a0.77777'])
    await page.getByRole('button', { name: 'Threads', exact: true }).click()
    await page.locator('.threads-labels li').nth(1).waitFor()
  })
})
