// What axe finds in a page.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The colours in which a page may be shown, besides light ones. */
const OTHER_COLOURS = [
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'light', forcedColors: 'active' },
  { colorScheme: 'dark', forcedColors: 'active' },
] as const

/**
 * What it finds in each of the colours, in a line each: by all rules in the page as it is, and by the one for colours in the others,
 * since they change nothing else. The page is left in light ones.
 */
export async function violationsInAllColours(page: Page): Promise<string[]> {
  const found = await violations(page)
  for (const colours of OTHER_COLOURS) {
    // No colour is on its way to another one.
    await page.emulateMedia({ ...colours, reducedMotion: 'reduce' })
    const here = await violations(page, { runOnly: { type: 'rule', values: ['color-contrast'] } })
    found.push(...here.map((violation) => `${Object.values(colours).join(', ')}: ${violation}`))
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' })
  return found
}

/** What it finds, in a line each. It is put into the page by the debugger's protocol, past the page's own policy. */
export async function violations(page: Page, options: RunOptions = {}): Promise<string[]> {
  // Half a megabyte, once a page.
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axeSource)
  const { violations: found } = await page.evaluate(async (more): Promise<AxeResults> => {
    const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }
    return axe.run({ resultTypes: ['violations'], ...more })
  }, options)
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary?.split('\n')[1] ?? ''}`,
    ),
  )
}
