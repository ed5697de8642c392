import { pathToFileURL } from 'node:url'
import { choice, logUniform, random, sweep, type Study } from 'heddle/sweep'
import { expect, it } from 'vitest'
import { learn, nap } from '#fixtures/console.js'
import { anything, train } from '#fixtures/offered.js'
import { createTemporaryFolder } from '../support/temporary-folder.js'
import { violationsInAllColours } from './axe.js'
import { ConsoleBench, describeInBrowser, ignoreRejection, useBrowser } from './console-page.js'

/** A sweep of ten trials that end, and two that stay. */
function begin(bench: ConsoleBench): Study {
  return sweep(bench.runtime, learn, {
    name: 'rates',
    space: { rate: logUniform(1e-4, 1e-1), width: choice([16, 32, 64]) },
    input: ({ rate, width }, { number }) => ({
      trial: number,
      settings: { rate, width, shape: 'relu' as const },
      steps: 3,
      stays: number > 10,
    }),
    metric: 'accuracy',
    direction: 'maximize',
    step: 'epoch',
    sampler: random({ seed: 1 }),
    trials: 12,
    concurrency: 4,
  })
}

describeInBrowser('what the console asks, compares and saves', () => {
  useBrowser()

  it('has nothing for axe to find, in light, dark and forced colours', { timeout: 120_000 }, async () => {
    await using bench = await ConsoleBench.start({}, { definitions: [train, anything] })
    for (const name of ['first', 'second']) ignoreRejection(bench.runtime.run(nap, undefined, { name }))
    const study = begin(bench)
    ignoreRejection(study)
    const page = await bench.open()
    const found: string[] = []
    const look = async (what: string): Promise<void> => {
      found.push(...(await violationsInAllColours(page)).map((violation) => `${what}: ${violation}`))
    }
    for (const name of ['first', 'second']) await page.getByLabel(`Mark ${name}`, { exact: true }).check()
    await look('marked runs')
    await page.getByRole('button', { name: 'Abort 2 …' }).click()
    await page.getByRole('dialog', { name: 'Abort 2 runs' }).waitFor()
    await look('abort of runs')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'New run …' }).click()
    const dialog = page.getByRole('dialog', { name: 'New run' })
    await dialog.getByLabel('What').selectOption('train')
    await dialog.getByRole('button', { name: 'Start' }).click()
    await dialog.getByText('is required').first().waitFor()
    await look('new run with mistakes')
    await dialog.getByRole('button', { name: 'Write it as JSON' }).click()
    await look('new run as JSON')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'rates' }).click()
    await page.getByRole('button', { name: 'Sweep', exact: true }).click()
    await page.locator('.facts').getByText('2 running').waitFor()
    for (const trial of [1, 2]) await page.getByLabel(`Mark trial-${trial}`, { exact: true }).check()
    await page.getByRole('button', { name: 'Compare 2 marked' }).click()
    await page.getByRole('region', { name: 'Comparison' }).waitFor()
    await look('comparison')
    await page.getByRole('button', { name: 'Stop the sweep …' }).click()
    await page.getByRole('dialog', { name: 'Stop the sweep rates' }).waitFor()
    await look('stop of a sweep')
    // The report is another page, which shows the same.
    await using folder = await createTemporaryFolder()
    const file = folder.path('report.html')
    await study.report(file)
    await page.goto(pathToFileURL(file).href)
    await page.getByRole('heading', { name: 'rates' }).waitFor()
    await look('report')
    expect(found).toEqual([])
  })
})
