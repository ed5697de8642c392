import { describe, expect, it } from 'vitest'
import { widthOf } from '../../../src/cli/display/printable.js'
import { RunTotals } from '../../../src/cli/display/run-totals.js'
import { drawWatch, rowsOf } from '../../../src/cli/display/watch-screen.js'
import { FIRST_STATE, type WatchState } from '../../../src/cli/input/watch-keys.js'
import type { ActionEventInfo, ErrorInfo } from '../../../src/control/api.js'
import type { Phase } from '../../../src/protocol/outcome.js'

const plain = (_: unknown, text: string): string => text
let seq = 0

function event(id: string, at: number, more: object): ActionEventInfo {
  seq += 1
  return { seq, at, run: 'nightly', id, ...more } as ActionEventInfo
}

function phase(id: string, to: Phase, at: number, more: object = {}): ActionEventInfo {
  return event(id, at, { type: 'phase', phase: to, name: `name of ${id}`, attempt: 1, ...more })
}

function totalsAfter(...events: ActionEventInfo[]): RunTotals {
  const totals = new RunTotals()
  for (const one of events) totals.apply(one)
  return totals
}

function draw(
  totals: RunTotals,
  state: Partial<WatchState> = {},
  { columns = 80, rows = 24, now = 10_000, recent = [] as string[], sheet = [] as string[] } = {},
): string[] {
  const whole = { ...FIRST_STATE, ...state }
  const all = rowsOf(totals, whole.filter)
  return drawWatch(totals, whole, {
    run: 'nightly',
    now,
    columns,
    rows,
    style: plain,
    all,
    recent,
    note: undefined,
    sheet,
  })
}

const error: ErrorInfo = {
  name: 'ActionFailedError',
  message: "action a0.4 of run 'nightly' failed with RangeError: -1",
  run: 'nightly',
  action: 'a0.4',
}
const reason = { source: 'external', message: 'too slow', by: 'ann (cli)', origin: 'a0.3', at: 9000 }

/** One that has failed, one that is tried again, one that is aborting, and three that run. */
function busy(): RunTotals {
  const totals = totalsAfter(
    phase('a0', 'running', 0),
    phase('a0.1', 'running', 3000),
    phase('a0.2', 'running', 1000),
    phase('a0.3', 'running', 500),
    phase('a0.4', 'running', 500),
    phase('a0.5', 'running', 600),
    phase('a0.3', 'aborting', 9000, { reason }),
    phase('a0.4', 'failed', 9500, { error }),
    event('a0.5', 9600, { type: 'retry', attempt: 1, error: { ...error, action: 'a0.5' }, delayMs: 900 }),
    phase('a0.5', 'queued', 9600),
  )
  totals.grace('a0.3', 12_500)
  return totals
}

describe('the screen of heddle watch', () => {
  it('lists failures, retries, aborts and the longest, in that order, with the grace counting down', () => {
    const lines = draw(busy(), { selected: 'a0.3' })
    expect(lines.slice(0, 9)).toEqual([
      '▸ running  nightly  10.0 s',
      '  6 actions  ▸ 3 running  ◌ 1 aborting  · 1 queued  ✘ 1 failed',
      '',
      '  ✘ a0.4      name of a0.4           9.0 s  failed: RangeError: -1',
      '  · a0.5      name of a0.5           9.4 s  attempt 2 in 500 ms, after action …',
      '❯ ◌ a0.3      name of a0.3           9.5 s  aborting, force in 2.5 s, by ann (…',
      '  ▸ a0        name of a0            10.0 s',
      '  ▸ a0.2      name of a0.2           9.0 s',
      '  ▸ a0.1      name of a0.1           7.0 s',
    ])
    expect(lines).toHaveLength(24)
    expect(lines.at(-1)).toContain('q leave')
  })

  it('keeps its columns when longer names and ids come', () => {
    const column = (totals: RunTotals): number =>
      draw(totals)
        .find((line) => line.includes(' a0.2 '))!
        .indexOf('9.0 s')
    const totals = busy()
    const before = column(totals)
    totals.apply(
      phase('a0.1.22.333.4444', 'running', 9000, { name: 'a name that is longer than its column' }),
    )
    expect(column(totals)).toBe(before)
    const long = draw(totals).find((line) => line.includes('4444'))!
    expect(long).toMatch(/^ {2}▸ ….*\.4444 {2}a name that is lo… +1\.0 s$/)
  })

  it('shows the chosen row among as many as there is room for', () => {
    const totals = totalsAfter(
      phase('a0', 'running', 0),
      ...Array.from({ length: 500 }, (_, index) => phase(`a0.${index + 1}`, 'running', index + 1)),
    )
    const lines = draw(totals, { selected: 'a0.250' })
    expect(lines.filter((line) => /^[❯ ] ▸ a0/.test(line))).toHaveLength(19)
    expect(lines.find((line) => line.startsWith('❯'))).toContain('a0.250')
    expect(lines.some((line) => /… \d+ above, \d+ below/.test(line))).toBe(true)
    expect(draw(totals, { selected: 'a0.500' }).some((line) => /… \d+ above$/.test(line))).toBe(true)
  })

  it('lists what a filter describes, all failures that are remembered included', () => {
    const totals = busy()
    for (let index = 10; index < 30; index += 1) totals.apply(phase(`a0.${index}`, 'failed', 9700, { error }))
    expect(rowsOf(totals, '').filter((row) => row.phase === 'failed')).toHaveLength(5)
    expect(rowsOf(totals, 'FAILED')).toHaveLength(21)
    expect(rowsOf(totals, 'too slow').map(({ id }) => id)).toEqual(['a0.3'])
    expect(rowsOf(totals, 'name a0.2').map(({ id }) => id)).toContain('a0.2')
    expect(draw(totals, { filter: 'nobody' }).join('\n')).toContain("nothing is like 'nobody'")
  })

  it('says what an abort would stop while its reason is typed', () => {
    const prompt = {
      kind: 'abort',
      id: 'a0.2',
      name: 'two',
      text: 'why',
      force: false,
      requested: 3,
    } as const
    expect(draw(busy(), { prompt }).at(-1)).toContain('Abort two (a0.2) and 2 under it? Why: why▏')
    expect(draw(busy(), { prompt: { ...prompt, force: true } }).at(-1)).toMatch(/Force two .*Enter forces/)
  })

  it('shows what has happened last below the list', () => {
    const recent = Array.from({ length: 50 }, (_, index) => `line ${index}`)
    const lines = draw(busy(), {}, { recent })
    expect(lines.at(-2)).toBe('line 49')
    expect(lines[9]).toBe('')
    expect(lines[10]).toMatch(/^line \d+$/)
  })

  it('scrolls a sheet, logs from their end', () => {
    const sheet = Array.from({ length: 100 }, (_, index) => `line ${index}`)
    expect(draw(busy(), { sheet: 'action', scroll: 3 }, { sheet })[3]).toBe('line 3')
    expect(draw(busy(), { sheet: 'logs' }, { sheet }).at(-2)).toBe('line 99')
    expect(draw(busy(), { sheet: 'logs', scroll: 1000 }, { sheet })[3]).toBe('line 0')
  })

  it('fits into any terminal', () => {
    const totals = busy()
    const recent = Array.from(
      { length: 50 },
      () => 'something that has happened, in many words, again and again',
    )
    for (const [columns, rows] of [
      [160, 50],
      [80, 24],
      [40, 10],
      [20, 5],
    ] as const) {
      for (const state of [{}, { sheet: 'action' }, { filter: 'a0' }] as const) {
        const lines = draw(totals, state, { columns, rows, recent, sheet: recent })
        for (const line of lines) expect(widthOf(line)).toBeLessThan(columns)
        if (rows >= 10) expect(lines).toHaveLength(rows)
      }
    }
  })
})
