import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'

import { ConsoleBench, describeInBrowser, openGrove, rowNamed, useBrowser } from './console-page.js'

async function openTree(bench: ConsoleBench, width = 1280): Promise<Page> {
  const { page } = await openGrove(bench, { name: 'wide', width, height: 800 })
  await rowNamed(page, 'leaf-1').waitFor()
  await rowNamed(page, 'leaf-0').locator('.row-name').click()
  await page.locator('.panel').getByText('Definition').waitFor()
  return page
}

function separator(page: Page, of: 'tree' | 'panel'): Locator {
  return page.getByRole('separator', { name: `Width of the ${of}` })
}

async function valueOf(line: Locator): Promise<number> {
  return Number(await line.getAttribute('aria-valuenow'))
}

async function widthOf(page: Page, selector: string): Promise<number> {
  return (await page.locator(selector).first().boundingBox())!.width
}

describeInBrowser('the parts of the page', () => {
  useBrowser()

  it('are made wider by the keyboard, within bounds, and as they were', async () => {
    await using bench = await ConsoleBench.start()
    const page = await openTree(bench)
    for (const [of, selector, wider] of [
      ['tree', '.row .cell-tree', 'ArrowRight'],
      ['panel', '.panel', 'ArrowLeft'],
    ] as const) {
      const line = separator(page, of)
      const usual = await valueOf(line)
      expect(await widthOf(page, selector)).toBe(usual)
      await line.focus()
      await page.keyboard.press(wider)
      await expect.poll(() => widthOf(page, selector)).toBe(usual + 16)
      await page.keyboard.press(`Shift+${wider}`)
      await expect.poll(() => widthOf(page, selector)).toBe(usual + 80)
      expect(await valueOf(line)).toBe(usual + 80)
      await page.keyboard.press('Home')
      await expect.poll(() => widthOf(page, selector)).toBe(Number(await line.getAttribute('aria-valuemin')))
      await page.keyboard.press('End')
      await expect.poll(() => widthOf(page, selector)).toBe(Number(await line.getAttribute('aria-valuemax')))
      await page.keyboard.press(wider)
      expect(await valueOf(line)).toBe(Number(await line.getAttribute('aria-valuemax')))
      await page.keyboard.press('Enter')
      await expect.poll(() => widthOf(page, selector)).toBe(usual)
      // What it says that it is about is there.
      expect(await page.locator(`#${await line.getAttribute('aria-controls')}`).count()).toBe(1)
    }
  })

  it('are dragged, keep what was chosen, and give way where there is less room', async () => {
    await using bench = await ConsoleBench.start()
    const page = await openTree(bench)
    const usual = await widthOf(page, '.panel')
    const box = (await separator(page, 'panel').boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + 200)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2 - 90, box.y + 220, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => widthOf(page, '.panel')).toBe(usual + 90)
    await page.reload()
    await page.locator('.panel').waitFor()
    await expect.poll(() => widthOf(page, '.panel')).toBe(usual + 90)
    await page.setViewportSize({ width: 800, height: 800 })
    await expect.poll(() => widthOf(page, '.panel')).toBe(Math.min(usual + 90, 800 - 320))
    // The bars stand where the tree ends, whatever lies beside them.
    const tree = (await page.locator('.row .cell-tree').first().boundingBox())!
    const track = (await page.locator('.track').boundingBox())!
    expect(track.x).toBe(tree.x + tree.width)
    // On a phone, the panel lies over all of it, and there is nothing to divide.
    await page.setViewportSize({ width: 390, height: 800 })
    await expect.poll(() => widthOf(page, '.panel')).toBe(390)
    expect(await page.getByRole('separator').count()).toBe(0)
    await page.setViewportSize({ width: 1280, height: 800 })
    await separator(page, 'panel').dblclick()
    await expect.poll(() => widthOf(page, '.panel')).toBe(usual)
  })
})
