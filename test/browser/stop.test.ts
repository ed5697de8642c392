import type { Runtime } from 'heddle'
import { sweep, uniform, type Study } from 'heddle/sweep'
import { expect, it } from 'vitest'
import { learn, nap } from '#fixtures/console.js'
import { violations } from './axe.js'
import { ConsoleBench, describeInBrowser, ignoreRejection, useBrowser } from './console-page.js'

/** A sweep of three trials that stay. */
function begin(runtime: Runtime): Study {
  return sweep(runtime, learn, {
    name: 'rates',
    space: { rate: uniform(0.001, 0.1) },
    input: ({ rate }, { number }) => ({
      trial: number,
      settings: { rate, width: 32, shape: 'relu' as const },
      steps: 3,
      stays: true,
    }),
    metric: 'loss',
    direction: 'minimize',
    step: 'epoch',
    concurrency: 3,
    trials: 9,
  })
}

describeInBrowser('stopping a sweep', () => {
  useBrowser()

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('lets running trials finish, and aborts them then, in %s at %d px', async (theme, width) => {
    await using bench = await ConsoleBench.start()
    const study = begin(bench.runtime)
    const page = await bench.open({ path: '/runs/rates?view=sweep', theme, width })
    const other = await bench.open({ path: '/runs/rates', theme, width }, page)
    await page.getByRole('button', { name: 'Stop the sweep …' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Stop the sweep rates' })
    expect(await dialog.getByLabel('Let them finish').isChecked()).toBe(true)
    expect(await violations(page)).toEqual([])
    await page.keyboard.type('good enough')
    await dialog.getByLabel('Who').fill('ann')
    await page.keyboard.press('Enter')
    for (const one of [page, other]) {
      const strip = one.getByRole('group', { name: 'Stop of the sweep' })
      await strip.getByText('Finishing: 3 trials still run').waitFor()
      expect(await strip.textContent()).toContain('good enough · by ann')
    }
    // It is asked once.
    await page.getByRole('button', { name: 'Stop the sweep …' }).waitFor({ state: 'detached' })
    expect(await violations(page)).toEqual([])
    await other.getByRole('button', { name: 'Abort now' }).click()
    const { stoppedBy, counts } = await study
    expect(stoppedBy).toEqual({ rule: 'stop', reason: 'good enough', by: 'ann' })
    expect(counts).toMatchObject({ stopped: 3 })
    for (const one of [page, other])
      await one.getByRole('group', { name: 'Stop of the sweep' }).waitFor({ state: 'detached' })
    await page.locator('.facts').getByText('Ended by').waitFor()
    expect(await page.locator('.facts').textContent()).toContain('ann · good enough')
  })

  it('is offered for sweeps only, and not to those who only read', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(begin(bench.runtime))
    ignoreRejection(bench.runtime.run(nap, undefined, { name: 'plain' }))
    const reader = await bench.open({ path: '/runs/rates?view=sweep', token: 'read' })
    await reader.locator('.facts').getByText('3 running').waitFor()
    expect(await reader.getByRole('button', { name: 'Stop the sweep …' }).count()).toBe(0)
    const page = await bench.open({ path: '/runs/plain?view=sweep' })
    await page.getByText('No numbers were reported').waitFor()
    expect(await page.getByRole('button', { name: 'Stop the sweep …' }).count()).toBe(0)
  })
})
