import { readFile } from 'node:fs/promises'
import { choice, int, logUniform, median, random, sweep } from 'heddle/sweep'
import { expect, it } from 'vitest'
import { learn, type LearnInput } from '#fixtures/console.js'
import { ConsoleBench, describeInBrowser, ignoreRejection, rowNamed, useBrowser } from './console-page.js'

const TRIALS: readonly LearnInput[] = Array.from({ length: 12 }, (_, index) => ({
  trial: index,
  settings: {
    rate: 10 ** (-4 + (index * 3) / 11),
    width: 16 + index * 8,
    shape: index % 2 === 0 ? 'relu' : 'tanh',
  },
  steps: index < 4 ? 3 : 6,
  // The first four are stopped after three epochs; the last two wait to be.
  stays: index < 4 || index >= 10,
}))

/** Runs the trials, and stops the first four. */
function search(bench: ConsoleBench): void {
  ignoreRejection(
    bench.runtime.scope(
      async (ctx) => {
        const handles = TRIALS.map((input) => ctx.spawn(learn, input, { name: `trial-${input.trial}` }))
        for (const handle of handles.slice(0, 4)) {
          void (async () => {
            for await (const { epoch } of handle.reports()) if (epoch === 3) handle.cancel('below the median')
          })()
        }
        for (const handle of handles) await handle.settled()
      },
      { name: 'search' },
    ),
  )
}

describeInBrowser('the sweep view', () => {
  useBrowser()

  it('shows curves, the best, what was saved, and the trials sorted by metric', async () => {
    await using bench = await ConsoleBench.start()
    search(bench)
    const page = await bench.open({ path: '/runs/search?view=sweep' })
    const facts = page.locator('.facts')
    await facts.getByText('· 2 running · 4 aborted').waitFor()
    // Four were stopped after 3 of 6 epochs.
    await facts.getByText('12', { exact: false }).first().waitFor()
    expect(await facts.textContent()).toMatch(/Epochs saved12 · 17 % of what all would have taken · 60 spent/)
    const table = page.locator('.trials')
    const best = await table.locator('tbody tr').first().textContent()
    // The ceiling of `learn` is highest near a rate of 0.01 and for wide ones.
    expect(best).toMatch(/^trial-(8|7|9)/)
    const values = (await table.locator('tbody tr td:nth-child(4)').allTextContents()).map(Number)
    expect(values).toEqual(values.toSorted((left, right) => right - left))
    // By another column, the other way round.
    await table.getByRole('button', { name: 'rate' }).click()
    expect(await table.locator('tbody tr th').first().textContent()).toBe('trial-0')
    await table.getByRole('button', { name: 'rate' }).click()
    expect(await table.locator('tbody tr th').first().textContent()).toBe('trial-11')
    // Another metric turns what is better round.
    await page.getByLabel('Metric').selectOption('loss')
    await page.getByRole('button', { name: 'Best loss' }).waitFor()
    expect(await page.getByLabel('Better is').inputValue()).toBe('minimize')
    expect(await page.locator('.curves .u-over').count()).toBe(1)
  })

  it('shows nothing of what was reported before it was opened until it has all of it', async () => {
    await using bench = await ConsoleBench.start()
    search(bench)
    const early = await bench.open({ path: '/runs/search?view=sweep' })
    await early.locator('.facts').getByText('· 2 running · 4 aborted').waitFor()
    const late = await bench.open({}, early)
    let release = (): void => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const asked = late.waitForRequest(/series\?.*cursor=/)
    await late.route(/series\?/, async (route) => {
      const url = new URL(route.request().url())
      url.searchParams.set('limit', '5')
      if (url.searchParams.has('cursor')) await released
      await route.continue({ url: url.href })
    })
    await late.goto(`${bench.server.url}/runs/search?view=sweep`)
    await asked
    // More than it takes to draw what has come.
    await late.evaluate(async () => {
      for (let frame = 0; frame < 60; frame += 1) await new Promise(requestAnimationFrame)
    })
    await late.getByText('Loading the reports …').waitFor()
    release()
    const rows = late.locator('.trials tbody tr')
    await rows.first().waitFor()
    expect(await rows.count()).toBe(TRIALS.length)
  })

  it('shows a sweep as it says of itself: its metric, its stops, and what they have saved', async () => {
    await using bench = await ConsoleBench.start()
    const study = sweep(bench.runtime, learn, {
      name: 'rates',
      space: {
        rate: logUniform(1e-4, 1e-1),
        width: int(16, 128, { step: 16 }),
        shape: choice(['relu', 'tanh']),
      },
      input: (settings, { number }) => ({ trial: number, settings, steps: 8, stays: false }),
      // Not what would be guessed of the reports.
      metric: 'loss',
      direction: 'minimize',
      step: 'epoch',
      maxSteps: 8,
      sampler: random({ seed: 3 }),
      pruner: median({ minSteps: 2 }),
      trials: 16,
      concurrency: 4,
    })
    const page = await bench.open({ path: '/runs/rates?view=sweep' })
    const { best, counts, cost } = await study
    // In the list and in the tree it is a sweep, and says how that stands, in words.
    const list = await bench.open()
    const line = list.getByRole('row', { name: /rates/ })
    await line.getByText(/^16 of 16 trials · best loss 0\.\d+ \(trial \d+\)$/).waitFor()
    expect(await line.locator('.run-root').textContent()).toBe('sweep')
    await list.getByRole('link', { name: 'rates' }).click()
    await rowNamed(list, 'sweep').getByText('16 of 16 trials').waitFor()
    expect(counts.pruned).toBeGreaterThan(0)
    const facts = page.locator('.facts')
    await facts.getByText(`· 0 running · ${counts.pruned} pruned`).waitFor()
    await facts.getByText(`${cost.steps} spent`).waitFor()
    const text = await facts.textContent()
    expect(text).toContain('Trials16 of 16 · 0 running')
    expect(text).toContain(`Epochs saved${cost.stepsSaved}`)
    expect(text).toContain('random(seed 3)')
    expect(await page.getByLabel('Metric').inputValue()).toBe('loss')
    expect(await page.getByLabel('Better is').inputValue()).toBe('minimize')
    const rows = page.locator('.trials tbody tr')
    expect(await rows.count()).toBe(16)
    expect(await rows.first().locator('th').textContent()).toBe(`trial-${best?.number}`)
    // The sweep may have said so ahead of the actions.
    const reasons = page.locator('.trials').getByText('worse than the median of')
    await expect.poll(() => reasons.count()).toBe(counts.pruned)
    expect(await page.locator('.curves .u-over').count()).toBe(1)
    // The axes are those of the space, not whatever the inputs hold.
    for (const axis of ['rate', 'width', 'shape']) {
      await page.locator('.trials thead').getByText(axis, { exact: true }).waitFor()
    }
    expect(await page.locator('.trials thead').textContent()).not.toMatch(/steps|stays/)
  })

  it('draws what the report of a sweep draws, compares trials, and saves them with notes', async () => {
    await using bench = await ConsoleBench.start()
    const study = sweep(bench.runtime, learn, {
      name: 'rates',
      space: { rate: logUniform(1e-4, 1e-1), width: choice([16, 32, 64]) },
      input: ({ rate, width }, { number }) => ({
        trial: number,
        settings: { rate, width, shape: 'relu' },
        steps: 3,
        stays: false,
      }),
      metric: 'accuracy',
      direction: 'maximize',
      step: 'epoch',
      sampler: random({ seed: 1 }),
      trials: 12,
      concurrency: 4,
    })
    const { best } = await study
    const page = await bench.open({ path: '/runs/rates?view=sweep' })
    const history = page.locator('.history .report')
    await expect.poll(() => history.locator('.dot').count()).toBe(12)
    expect(await history.locator('.dot.best').getAttribute('data-trial')).toBe(String(best!.number))
    await page.locator('.history select').selectOption('time')
    await history.getByText('seconds since the start').waitFor()
    for (const title of ['Importance', 'Distribution', 'Slices', 'Contour and ranks']) {
      await page.getByRole('heading', { name: title, exact: true }).waitFor()
    }
    // Of a choice, each value has as much room as any other.
    const slices = page.locator('.report section').filter({ hasText: 'Slices' })
    expect(await slices.locator('.dot').count()).toBe(24)
    await history.locator('.dot.best').click()
    await page.locator('.panel h2').getByText(`trial-${best!.number}`).waitFor()
    await page.locator('.panel').press('Escape')
    await page.getByLabel('Mark trial-1', { exact: true }).check()
    await page.getByLabel('Mark trial-2', { exact: true }).check()
    await page.getByRole('button', { name: 'Compare 2 marked' }).click()
    const comparison = page.getByRole('region', { name: 'Comparison' })
    expect(await comparison.locator('thead button').allTextContents()).toEqual(['trial-1', 'trial-2'])
    await comparison.locator('.differs').getByText('rate', { exact: true }).waitFor()
    const note = page.getByLabel('Note on trial-1', { exact: true })
    await note.fill('=odd, "one"')
    // Which draws both rows anew, while the note has the keyboard.
    await page
      .getByRole('row')
      .filter({ has: page.getByLabel('Mark trial-2', { exact: true }) })
      .hover()
    await page
      .getByRole('row')
      .filter({ has: page.getByLabel('Mark trial-1', { exact: true }) })
      .hover()
    await comparison.getByText('=odd, "one"').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ])
    const lines = (await readFile(await download.path(), 'utf8')).split('\r\n')
    expect(lines[0]).toBe('trial,state,accuracy,epoch,rate,width,note,why')
    expect(lines).toHaveLength(14)
    // What a spreadsheet would take for a formula is none.
    expect(lines[1]).toMatch(/^1,completed,0\.\d+,3,[\d.e-]+,(16|32|64),"'=odd, ""one""",$/)
    await page.reload()
    await expect
      .poll(() => page.getByLabel('Note on trial-1', { exact: true }).inputValue())
      .toBe('=odd, "one"')
  })

  it('aborts the trials that are brushed in parallel coordinates', async () => {
    await using bench = await ConsoleBench.start()
    search(bench)
    const page = await bench.open({ path: '/runs/search?view=sweep' })
    await page.locator('.facts').getByText('· 2 running · 4 aborted').waitFor()
    // The upper end of the first axis, the rate: the two that still run are there.
    const parallel = page.locator('.parallel')
    await parallel.scrollIntoViewIfNeeded()
    const box = (await parallel.boundingBox())!
    await page.mouse.move(box.x + 14, box.y + 30)
    await page.mouse.down()
    await page.mouse.move(box.x + 14, box.y + 80, { steps: 5 })
    await page.mouse.up()
    const chosen = page.locator('.brushed')
    await chosen.getByText(/[2-5] trials chosen, 2 live/).waitFor()
    await chosen.getByRole('button', { name: 'Abort 2 chosen' }).click()
    await page.getByLabel('Reason').fill('rates too high')
    await page.getByRole('button', { name: 'Abort 2 actions' }).click()
    await page.getByText('2 requested, 2 acknowledged, 0 forced').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.locator('.facts').getByText('· 0 running · 6 aborted').waitFor()
    const stopped = bench.runtime
      .get('search')!
      .actions()
      .filter(({ reason }) => reason?.message === 'rates too high')
    expect(stopped.map(({ name }) => name)).toEqual(['trial-10', 'trial-11'])
  })

  it('shows the reports of an action as curves', async () => {
    await using bench = await ConsoleBench.start()
    search(bench)
    const page = await bench.open({ path: '/runs/search' })
    await rowNamed(page, 'trial-11').getByText('epoch 6').waitFor()
    await rowNamed(page, 'trial-11').locator('.row-name').click()
    const panel = page.locator('.panel')
    await panel.getByText('Reports (6)').waitFor()
    expect(await panel.locator('.report-chart figcaption .mono').allTextContents()).toEqual([
      'accuracy',
      'loss',
    ])
    expect(await panel.locator('.report-chart .u-over').count()).toBe(2)
    expect(await panel.locator('.report-chart .chart').first().getAttribute('aria-label')).toMatch(
      /accuracy: 6 points from 0\.\d+ to 0\.\d+/,
    )
  })

  it('says so where nothing was reported', async () => {
    await using bench = await ConsoleBench.start()
    await bench.runtime.scope(() => 1, { name: 'silent' })
    const page = await bench.open({ path: '/runs/silent?view=sweep' })
    await page.getByText('No numbers were reported').waitFor()
  })
})
