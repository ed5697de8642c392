import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { failing, grove, nap } from '#fixtures/console.js'
import {
  chip,
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  openGrove,
  promised,
  rowNamed,
  useBrowser,
} from './console-page.js'

/** Names of the rows in sight. */
function names(page: Page): Promise<string[]> {
  return page.locator('.row .row-name').allTextContents()
}

describeInBrowser('the table of a run', () => {
  useBrowser()

  it('filters by phase and by words, shows what leads to a match, and keeps that in the address', async () => {
    await using bench = await ConsoleBench.start()
    const end = promised()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          ctx.spawn(grove, { width: 2, depth: 2 })
          await ctx.spawn(failing, { message: 'no' }).settled()
          await end.kept
        },
        { name: 'filter' },
      ),
    )
    const page = await bench.open({ path: '/runs/filter' })
    await chip(page, 'running', 8).waitFor()
    await page.getByRole('searchbox').fill('leaf-1')
    await page.getByText('2 of 9 actions').waitFor()
    expect(await names(page)).toEqual(['filter', 'grove', 'branch-0', 'leaf-1', 'branch-1', 'leaf-1'])
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await chip(page, 'failed', 1).click()
    await page.getByText('1 of 9 actions').waitFor()
    expect(await names(page)).toEqual(['filter', 'failing'])
    expect(new URL(page.url()).search).toBe('?phase=failed')
    await page.reload()
    await page.getByText('1 of 9 actions').waitFor()
    expect(await names(page)).toEqual(['filter', 'failing'])
    await page.getByRole('searchbox').fill('nobody')
    await page.getByText('No action matches').waitFor()
    end.keep()
  })

  it.each([1280, 1000, 390])(
    'keeps the table where it is, whatever is pressed, at %d px',
    { timeout: 60_000 },
    async (width) => {
      await using bench = await ConsoleBench.start()
      const { page, run } = await openGrove(bench, { children: 3, depth: 2, width, height: 800 })
      const top = async (): Promise<number> => (await page.locator('.grid').boundingBox())!.y
      const first = await top()
      const stays = async (after: string): Promise<void> => {
        expect(Math.abs((await top()) - first), after).toBeLessThanOrEqual(1)
      }
      await chip(page, 'running', 13).click()
      await page.getByText('13 of 13 actions').waitFor()
      await stays('a chip')
      await page.getByRole('searchbox').fill('leaf-1')
      await page.getByText('3 of 13 actions').waitFor()
      await stays('a search')
      await page.getByRole('button', { name: 'Clear the filter' }).click()
      await page.getByText('3 of 13 actions').waitFor({ state: 'detached' })
      await stays('no filter any more')
      // The button is gone; the keyboard is at what it was about.
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('grid')
      for (const key of ['End', 'Space', 'ArrowUp', 'Space']) await page.keyboard.press(key)
      await page.getByText('2 marked', { exact: true }).waitFor()
      await page.locator('.selection-parts').getByText('2 running').waitFor()
      await stays('marks')
      await page.keyboard.press('Delete')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await stays('a dialog')
      // What was marked ends: so do the marks.
      run.cancel('enough, and for a reason that is told in the header')
      await chip(page, 'aborted', 13).waitFor()
      await page.getByText('2 marked', { exact: true }).waitFor({ state: 'detached' })
      await page.locator('.run-title').getByText('enough, and').waitFor()
      await stays('the end of the run')
    },
  )

  it('folds very many alike into one row, which says how they stand, and opens in place', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          ctx.spawn(nap, undefined, { name: 'alone' })
          for (let index = 0; index < 60; index += 1) ctx.spawn(nap, undefined, { name: `shard-${index}` })
          const broken = Array.from({ length: 51 }, (_, index) =>
            ctx.spawn(
              failing,
              { message: index % 3 === 0 ? 'disk full' : 'no route' },
              { name: `import ${index}` },
            ),
          )
          for (const handle of broken) await handle.settled()
          await ctx.sleep(3_600_000)
        },
        { name: 'alike' },
      ),
    )
    const page = await bench.open({ path: '/runs/alike' })
    await chip(page, 'failed', 51).waitFor()
    expect(await names(page)).toEqual(['alike', 'alone', 'shard', 'import'])
    const [shards, imports] = ['shard', 'import'].map((name) => rowNamed(page, name))
    await shards!.getByText('× 60').waitFor()
    await shards!.getByText('60 running').waitFor({ state: 'attached' })
    // Errors are grouped by what they say, the most frequent one first.
    await imports!.getByText('34 × QuotaError: no route').waitFor()
    await imports!.getByText(/p50 .* · p95 /).waitFor()
    await expect
      .poll(() => imports!.locator('.row-remark').getAttribute('title'))
      .toMatch(/17 × QuotaError: disk full/)
    // By the pointer, and by the keyboard.
    await shards!.locator('.row-name').click()
    await rowNamed(page, 'shard-0').waitFor()
    expect((await names(page)).slice(0, 5)).toEqual(['alike', 'alone', 'shard', 'shard-0', 'shard-1'])
    await page.getByRole('treegrid').focus()
    for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowLeft']) await page.keyboard.press(key)
    expect(await names(page)).toEqual(['alike', 'alone', 'shard', 'import'])
    expect(await shards!.getAttribute('aria-expanded')).toBe('false')
    await page.keyboard.press('Delete')
    await page.getByText('Abort all shard: 60 actions').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('60 requested, 60 acknowledged, 0 forced').waitFor()
    // A search goes through them, and a link to one of them opens its group.
    await page.getByRole('searchbox').fill('shard-5')
    await page.getByText('11 of 113 actions').waitFor()
    await page.goto(`${bench.server.url}/runs/alike?action=a0.30`)
    await rowNamed(page, 'shard-28').waitFor()
  })

  it('shows deep trees on a phone: names, and how deep they are', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { children: 1, depth: 16, width: 390, height: 800 })
    const last = rowNamed(page, 'leaf-0')
    const name = (await last.locator('.row-name').boundingBox())!
    const abort = (await last.getByRole('button', { name: 'Abort leaf-0' }).boundingBox())!
    const cell = (await last.locator('.cell-tree').boundingBox())!
    expect(name.width).toBeGreaterThanOrEqual(36)
    expect(abort.x + abort.width).toBeLessThanOrEqual(cell.x + cell.width)
    expect(await last.locator('.row-depth').textContent()).toBe('17')
    // Chips keep their names for those who don't see them, and where there is something to count, for those who do.
    expect((await chip(page, 'running', 17).locator('.chip-name').boundingBox())!.width).toBeGreaterThan(30)
    await page.getByRole('button', { name: 'timed out 0', exact: true }).waitFor({ state: 'attached' })
  })

  it('collapses and shows again, with the pointer and with the keyboard', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { depth: 2 })
    await rowNamed(page, 'branch-0').getByRole('button', { name: 'Hide what is under it' }).click()
    expect(await names(page)).toEqual(['grove', 'branch-0', 'branch-1', 'leaf-0', 'leaf-1'])
    const grid = page.getByRole('treegrid')
    await grid.focus()
    for (const key of ['Home', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
    expect(await names(page)).toHaveLength(7)
    expect(await rowNamed(page, 'branch-0').getAttribute('aria-expanded')).toBe('true')
    // To the first child, back to its parent, collapse, up to the root, collapse.
    for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft'])
      await page.keyboard.press(key)
    expect(await names(page)).toEqual(['grove'])
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('End')
    expect(await grid.getAttribute('aria-activedescendant')).toBe('row-a0.2.2')
    await page.keyboard.press('Space')
    await page.getByText('1 marked').first().waitFor()
    await page.keyboard.press('Delete')
    await page.getByText('Stops 1 live action').waitFor()
    await page.keyboard.press('Escape')
    // The focus is back where it was, and Enter opens the panel.
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Action a0.2.2' }).waitFor()
    expect(new URL(page.url()).searchParams.get('action')).toBe('a0.2.2')
  })
})
