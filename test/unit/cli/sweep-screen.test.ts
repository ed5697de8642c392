import { describe, expect, it } from 'vitest'
import { random, renderSweep, uniform, type SweepProgress } from 'heddle/sweep'
import { drawRun } from '../../../src/cli/display/run-screen.js'
import { RunTotals } from '../../../src/cli/display/run-totals.js'
import { drawSweeps } from '../../../src/cli/display/sweep-screen.js'
import type { ActionEventInfo } from '../../../src/control/api.js'
import { show } from '../../../src/control/shown/shown-value.js'
import type { Phase } from '../../../src/protocol/outcome.js'
import { resolveSweepOptions } from '../../../src/sweep/resolve-options.js'
import { readSweepProgress } from '../../../src/sweep/results/read-progress.js'
import { TrialLedger } from '../../../src/sweep/trials/trial-ledger.js'

const plain = (_: unknown, text: string): string => text
let seq = 0

/** How a sweep of 60 trials stands when so many have ended and four run. */
function progressOf(study: string, ended: number): SweepProgress {
  const ledger = new TrialLedger(
    resolveSweepOptions({
      space: { learningRate: uniform(0, 1), momentumOfTheFirstLayer: uniform(0, 1) },
      metric: 'accuracy',
      direction: 'maximize',
      step: 'epoch',
      sampler: random({ seed: 1 }),
      trials: 60,
    }),
  )
  ledger.beginSession(0)
  for (let number = 1; number <= ended + 4; number += 1) {
    const record = ledger.begin(ledger.suggest()!, number)
    record.action = `a0.${number}`
    ledger.report(record, { epoch: 3, accuracy: number / 100 })
    if (number > ended) continue
    const reason = `accuracy ${number / 100} in epoch 3 is worse than the median of the others, which is 0.5`
    ledger.end(record, { state: 'pruned', reason, failure: undefined, numbers: {}, threadMs: 10, at: number })
  }
  return ledger.progress(ledger.describe(study), 10_000, undefined)
}

function event(id: string, more: object): ActionEventInfo {
  seq += 1
  return { seq, at: 0, run: 'nightly', id, attempt: 1, ...more } as ActionEventInfo
}

function phase(id: string, name: string, to: Phase = 'running'): ActionEventInfo {
  return event(id, { type: 'phase', phase: to, name })
}

function report(id: string, value: unknown): ActionEventInfo {
  return event(id, { type: 'report', value: show(value) })
}

function totalsAfter(...events: ActionEventInfo[]): RunTotals {
  const totals = new RunTotals()
  for (const one of events) totals.apply(one)
  return totals
}

function draw(totals: RunTotals, columns = 120, rows = 20): string {
  const options = { run: 'nightly', now: 0, columns, rows, style: plain, drawSweeps }
  const lines = drawRun(totals, options)
  expect(lines.length).toBeLessThanOrEqual(rows)
  return lines.join('\n')
}

describe('a run with a sweep on the terminal', () => {
  it('shows the sweep in place of its trials, and what is not of it below', () => {
    const totals = totalsAfter(
      phase('a0', 'study'),
      phase('a0.1', 'trial-1'),
      phase('a0.1.1', 'a part of it'),
      phase('a0.2', 'the cache'),
    )
    expect(draw(totals)).toMatch(/a0\.1 .*trial-1/)
    totals.apply(report('a0', progressOf('digits', 12)))
    const text = draw(totals)
    expect(text).toContain('digits: random(seed 1), none, best accuracy 0.16 (trial 16)')
    expect(text).toContain('12 of 60 ended, 12 pruned, 4 running')
    expect(text).toMatch(/some \S+ s left/)
    expect(text).toMatch(/\n {2} +16 {2}running +0\.16 +3 /)
    expect(text).toMatch(/a0\.2 .*the cache/)
    expect(text).not.toMatch(/trial-1|a part of it|a0 .*study/)
    // It ends with its study.
    totals.apply(phase('a0', 'study', 'succeeded'))
    expect(totals.sweeps.size).toBe(0)
  })

  it('reads it from the log where it is within an action, and from a snapshot', () => {
    const fields = show({ sweep: 'progress', progress: progressOf('inside', 3) })
    const totals = totalsAfter(
      phase('a0', 'main'),
      event('a0', { type: 'log', level: 'debug', message: '', fields }),
    )
    expect(draw(totals)).toContain('3 of 60 ended')
    const late = new RunTotals()
    late.take({
      id: 'a0',
      name: 'study',
      phase: 'running',
      attempt: 1,
      queuedAt: 0,
      cpu: 0,
      children: 0,
      liveChildren: 0,
      lastReport: show(progressOf('late', 5)),
    })
    expect(draw(late)).toContain('5 of 60 ended')
  })

  it('shares the room between sweeps, the newest first', () => {
    const totals = totalsAfter(
      phase('a0', 'main'),
      ...[1, 2, 3].flatMap((index) => [
        phase(`a0.${index}`, `study ${index}`),
        report(`a0.${index}`, progressOf(`study ${index}`, index)),
      ]),
    )
    expect(draw(totals, 120, 40).match(/study \d/g)).toEqual(['study 3', 'study 2', 'study 1'])
    const text = draw(totals, 120, 14)
    expect(text.match(/study \d/g)).toEqual(['study 3'])
    expect(text).toContain('… and 2 more sweeps')
  })

  it('keeps to narrow terminals by shorter names, and by leaving out whole columns', () => {
    const table = (columns: number): string[] =>
      renderSweep(progressOf('digits', 6), { columns, rows: 20 })
        .slice(4)
        .map(({ text }) => text)
    const [head, ...rows] = table(60) as [string, ...string[]]
    expect(head).toMatch(/^trial {2}state +accuracy {2}epoch {2}learni… +momen…$/)
    for (const row of rows) expect(row).toMatch(/^ +\d+ {2}\w+ +0\.\d+ +3 {2}0\.\d+ +0\.\d{2,}/)
    for (const row of table(40).slice(1)) expect(row).toMatch(/^ +\d+ {2}\w+ +0\.\d+ +3(?: {2}0\.\d{2,})?$/)
  })
})

describe('progress of a sweep that was cut to a size', () => {
  it('keeps the summary, and the rows that are whole', () => {
    const progress = progressOf('digits', 50)
    const shown = show(progress)
    expect(shown.cut).toBe(true)
    const read = readSweepProgress(shown.value)!
    expect({ ...read, rows: [], parameters: [] }).toEqual({ ...progress, rows: [], parameters: [] })
    expect(read.rows.length).toBeGreaterThan(8)
    expect(progress.rows.slice(0, read.rows.length - 1)).toEqual(read.rows.slice(0, -1))
  })

  it.each([
    null,
    7,
    'sweep',
    [],
    { type: 'sweep' },
    { type: 'sweep', study: 'a', metric: 'b', at: 1, startedAt: 'then', counts: {} },
    { type: 'sweep', study: 'a', metric: 'b', at: 1, startedAt: 1, counts: { $type: 'cut' }, rows: 5 },
  ])('believes nothing of %j that it cannot show', (value) => {
    const read = readSweepProgress(value)
    if (read !== undefined) expect(renderSweep(read, { columns: 80, rows: 10 }).length).toBeGreaterThan(2)
    expect(
      drawSweeps([value, progressOf('good', 1)], { columns: 80, rows: 20, style: plain })?.join(''),
    ).toContain('good')
  })
})
