import { describe, expect, it } from 'vitest'
import { describeEvent } from '../../../src/cli/display/event-lines.js'
import { widthOf } from '../../../src/cli/display/printable.js'
import { compareIds, describeCounts, drawRun } from '../../../src/cli/display/run-screen.js'
import { RunTotals } from '../../../src/cli/display/run-totals.js'
import type { ActionEventInfo, ActionItem } from '../../../src/control/api.js'
import type { Phase } from '../../../src/protocol/outcome.js'

const plain = (_: unknown, text: string): string => text
let seq = 0

function phaseOf(id: string, phase: Phase, at: number, more: object = {}): ActionEventInfo {
  seq += 1
  return { type: 'phase', seq, at, run: 'nightly', id, phase, name: `name of ${id}`, attempt: 1, ...more }
}

function totalsAfter(...events: ActionEventInfo[]): RunTotals {
  const totals = new RunTotals()
  for (const event of events) totals.apply(event)
  return totals
}

function draw(totals: RunTotals, { columns = 80, rows = 20, now = 10_000 } = {}): string[] {
  return drawRun(totals, { run: 'nightly', now, columns, rows, style: plain })
}

describe('the totals of a run', () => {
  it('counts what has settled, and knows only what lives', () => {
    const totals = totalsAfter(
      phaseOf('a0', 'running', 0),
      phaseOf('a0.1', 'queued', 1),
      phaseOf('a0.1', 'running', 2),
      phaseOf('a0.1', 'succeeded', 3),
      phaseOf('a0.2', 'queued', 4),
    )
    expect(totals.counts()).toMatchObject({ queued: 1, running: 1, succeeded: 1 })
    expect([...totals.live].map(({ id }) => id)).toEqual(['a0', 'a0.2'])
  })

  it('begins anew with a snapshot, whose counts include what is settled', () => {
    const totals = totalsAfter(phaseOf('a0', 'running', 0), phaseOf('a0.1', 'running', 0))
    totals.reset({ queued: 5, running: 1, aborting: 0, succeeded: 7, failed: 0, aborted: 0, timedOut: 0 })
    expect(totals.counts()).toMatchObject({ queued: 0, running: 0, succeeded: 7 })
  })

  it('does not count an action twice that is tried again', () => {
    const totals = totalsAfter(
      phaseOf('a0', 'running', 0),
      phaseOf('a0', 'queued', 1, { attempt: 2 }),
      phaseOf('a0', 'running', 2, { attempt: 2 }),
    )
    expect(totals.counts()).toMatchObject({ running: 1, failed: 0 })
  })
})

describe('the end of a grace', () => {
  it('is of one attempt, and not of the next one', () => {
    const totals = totalsAfter(phaseOf('a0', 'running', 0), phaseOf('a0', 'aborting', 1))
    totals.grace('a0', 500)
    expect(totals.action('a0')?.forceAt).toBe(500)
    totals.apply(phaseOf('a0', 'queued', 2, { attempt: 2 }))
    totals.apply(phaseOf('a0', 'running', 3, { attempt: 2 }))
    totals.apply(phaseOf('a0', 'aborting', 4, { attempt: 2 }))
    expect(totals.action('a0')?.forceAt).toBeUndefined()
  })
})

describe('the picture of a run', () => {
  it('shows the tree in its order, with reports and aborts', () => {
    const reason = { source: 'external', message: 'no longer needed', by: 'cli', origin: 'a0.2', at: 0 }
    const totals = totalsAfter(
      phaseOf('a0', 'running', 0),
      phaseOf('a0.10', 'running', 4000),
      phaseOf('a0.2', 'running', 5000),
      phaseOf('a0.2', 'aborting', 9000, { reason }),
      {
        type: 'report',
        seq: 99,
        at: 0,
        run: 'nightly',
        id: 'a0.10',
        value: { value: { loss: 0.25 }, cut: false },
      },
    )
    expect(draw(totals)).toEqual([
      '',
      '▸ running  nightly  10.0 s',
      '  3 actions  ▸ 2 running  ◌ 1 aborting',
      '  ▸ a0        name of a0            10.0 s',
      '  ◌ a0.2        name of a0.2         5.0 s  aborting for 1.0 s, by cli: no lon…',
      '  ▸ a0.10       name of a0.10        6.0 s  loss 0.25',
    ])
  })

  it('fits into any terminal, and says what it leaves out', () => {
    const totals = totalsAfter(
      phaseOf('a0', 'running', 0),
      ...Array.from({ length: 1000 }, (_, index) => phaseOf(`a0.${index + 1}`, 'running', 0)),
    )
    for (const [columns, rows] of [
      [80, 10],
      [20, 5],
      [5, 4],
      [1, 1],
    ] as const) {
      const lines = draw(totals, { columns, rows })
      expect(lines.length).toBeLessThanOrEqual(Math.max(rows, 3))
      for (const line of lines.slice(3)) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(columns, 30))
    }
    expect(draw(totals, { rows: 10 }).at(-1)).toBe('    … and 996 more that live')
  })

  it('puts a parent before its children and a0.2 before a0.10', () => {
    const ids = ['a0.10', 'a0.2.1', 'a0', 'a0.2'].map((id) => ({ id }))
    expect(ids.toSorted(compareIds).map(({ id }) => id)).toEqual(['a0', 'a0.2', 'a0.2.1', 'a0.10'])
  })
})

describe('the counts of a run', () => {
  const cause = { name: 'TrialStoppedError', message: 'worse than the median', code: 'pruned' }
  const by = { source: 'cancel', message: 'worse than the median', by: 'a0', origin: 'a0.1', at: 0, cause }
  const byCode = { source: 'cancel', message: 'not needed', by: 'a0', origin: 'a0.3', at: 0 }
  const reason = { source: 'external', message: 'enough', by: 'ann (cli)', origin: 'a0', at: 0 }
  const countsOf = (totals: RunTotals): string => describeCounts(totals.counts(), plain, totals.endings)

  it('say how actions were stopped', () => {
    const hows = ['cooperative', 'forced', 'cooperative', 'abandoned', 'cooperative']
    const ends = hows.map((how, index) => phaseOf(`a0.${index + 1}`, 'aborted', 1, { reason, how }))
    expect(countsOf(totalsAfter(...ends))).toBe(
      '5 actions  ■ 5 aborted: 3 cooperative, 1 forced, 1 abandoned',
    )
    const alike = totalsAfter(phaseOf('a0.1', 'timedOut', 1, { how: 'forced' }))
    expect(countsOf(alike)).toBe('1 action  ◷ 1 timed out, forced')
  })

  it('call what a sweep stops pruned, with what is under it', () => {
    const trial = { name: 'trial-1', reason: by }
    const totals = totalsAfter(
      phaseOf('a0', 'running', 0),
      phaseOf('a0.1', 'running', 0, { name: 'trial-1' }),
      phaseOf('a0.1.1', 'running', 0),
      phaseOf('a0.2', 'running', 0, { name: 'trial-2' }),
      phaseOf('a0.1', 'aborting', 1, trial),
      phaseOf('a0.1.1', 'aborting', 1, { reason: by }),
      phaseOf('a0.1.1', 'aborted', 2, { reason: by, how: 'cooperative' }),
      phaseOf('a0.1', 'aborted', 3, { ...trial, how: 'cooperative' }),
      phaseOf('a0.2', 'aborted', 3, { name: 'trial-2', reason, how: 'forced' }),
      // Called like a trial, but stopped by other code than a sweep's.
      phaseOf('a0.3', 'aborted', 3, { name: 'trial-3', reason: byCode, how: 'forced' }),
    )
    expect(countsOf(totals)).toBe('5 actions  ▸ 1 running  ✂ 2 pruned  ■ 2 aborted, forced')
  })

  it('know how those ended that a snapshot tells, once each', () => {
    const totals = new RunTotals()
    totals.reset({ queued: 0, running: 1, aborting: 0, succeeded: 0, failed: 0, aborted: 2, timedOut: 0 })
    const item = { id: 'a0.1', name: 'one', phase: 'aborted', how: 'forced', reason, queuedAt: 0, attempt: 1 }
    for (const id of ['a0.1', 'a0.2', 'a0.1']) totals.take({ ...item, id } as ActionItem)
    expect(countsOf(totals)).toBe('2 actions  ■ 2 aborted, forced')
    // Of some it isn't known: nothing is said.
    totals.reset({ queued: 0, running: 0, aborting: 0, succeeded: 0, failed: 0, aborted: 2, timedOut: 0 })
    totals.take(item as ActionItem)
    expect(countsOf(totals)).toBe('2 actions  ■ 2 aborted')
  })
})

describe('the line of an event', () => {
  const reason = { source: 'external', message: 'enough\u001b[2J', by: 'cli', origin: 'a0.1', at: 0 }
  const lineOf = (
    totals: RunTotals,
    event: ActionEventInfo,
    detail: 'normal' | 'verbose' = 'normal',
  ): string | undefined => describeEvent(event, totals.apply(event), { detail, style: plain })

  it('tells of what an abort was aimed at, and not of all that goes down with it', () => {
    const totals = totalsAfter(phaseOf('a0.1', 'running', 0), phaseOf('a0.1.1', 'running', 0))
    expect(lineOf(totals, phaseOf('a0.1', 'aborting', 10, { reason }))).toBe('◌ aborting by cli: enough␛[2J')
    expect(lineOf(totals, phaseOf('a0.1.1', 'aborting', 10, { reason }))).toBeUndefined()
    expect(lineOf(totals, phaseOf('a0.1.1', 'aborted', 12, { reason, how: 'cooperative' }))).toBeUndefined()
    expect(lineOf(totals, phaseOf('a0.1', 'aborted', 15, { reason, how: 'cooperative' }))).toBe(
      '■ aborted, cooperative after 5 ms',
    )
  })

  it('tells of every action that had to be forced', () => {
    const totals = totalsAfter(phaseOf('a0.1.1', 'running', 0))
    expect(lineOf(totals, phaseOf('a0.1.1', 'aborted', 12, { reason, how: 'forced' }))).toContain('forced')
  })

  it('says what an action failed with, without repeating which it is', () => {
    const totals = totalsAfter(phaseOf('a0.1', 'running', 0))
    const error = {
      name: 'ActionFailedError',
      message: "action a0.1 of run 'nightly' failed with ValueError: -1",
      run: 'nightly',
      action: 'a0.1',
    }
    expect(lineOf(totals, phaseOf('a0.1', 'failed', 1, { error }))).toBe('✘ failed: ValueError: -1')
  })

  it('leaves plain starts and ends to --verbose', () => {
    const totals = new RunTotals()
    expect(lineOf(totals, phaseOf('a0.1', 'running', 0, { thread: 3 }))).toBeUndefined()
    expect(lineOf(totals, phaseOf('a0.1', 'running', 0, { thread: 3 }), 'verbose')).toBe(
      '▸ running, in thread 3',
    )
    expect(lineOf(totals, phaseOf('a0.1', 'succeeded', 1))).toBeUndefined()
  })
})
