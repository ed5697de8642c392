import { describe, expect, it } from 'vitest'
import { ActionInputError, ThreadLostError } from '../../../src/protocol/errors/errors.js'
import type { Outcome } from '../../../src/protocol/outcome.js'
import { classifyEnd, type EndContext } from '../../../src/sweep/trials/classify-end.js'
import { measureFor } from '../../../src/sweep/failure-policy.js'
import { resolveSweepOptions } from '../../../src/sweep/resolve-options.js'
import { uniform } from '../../../src/sweep/space/space.js'

const context: EndContext = {
  metrics: [{ name: 'score', direction: 'maximize' }],
  returned: {},
  measured: true,
  isWhole: false,
  stopping: undefined,
  action: { run: 'main', id: 'a0.5' },
  interrupted: false,
}
const times = { queuedAt: 1, startedAt: 2, settledAt: 3 }
const pruned = { state: 'pruned', reason: 'too bad' } as const
const stopped = { state: 'stopped', reason: 'enough' } as const

function lost(
  blame: 'self' | 'other' | 'unknown',
  culprit?: { run: string; action: string },
): Outcome<unknown> {
  const error = new ThreadLostError('lost', { loss: 'exited', blame, culprit, run: 'main', action: 'a0.5' })
  return { status: 'failed', error, ...times }
}

function cancelled(how: 'cooperative' | 'forced'): Outcome<unknown> {
  const reason = { source: 'cancel', message: 'too bad', origin: 'a0.5', at: 2 } as const
  return { status: 'aborted', error: undefined as never, reason, escalations: [], how, ...times }
}

describe('the end of a trial', () => {
  it('is the verdict, whether its body heard of it in time or not', () => {
    const ends: readonly Outcome<unknown>[] = [
      cancelled('cooperative'),
      cancelled('forced'),
      { status: 'succeeded', output: { score: 1 }, ...times },
      { status: 'failed', error: new ActionInputError('wrong'), ...times },
      lost('self'),
      lost('other'),
    ]
    for (const outcome of ends) {
      expect(classifyEnd(outcome, { ...context, stopping: pruned, returned: { score: 1 } })).toEqual(pruned)
      expect(classifyEnd(outcome, { ...context, stopping: stopped })).toEqual(stopped)
    }
  })

  it('is completed at its last step, unless that took force', () => {
    const whole = { ...context, isWhole: true, stopping: stopped }
    expect(classifyEnd(cancelled('cooperative'), whole)).toEqual({ state: 'completed' })
    expect(classifyEnd({ status: 'succeeded', output: 1, ...times }, whole)).toEqual({ state: 'completed' })
    expect(classifyEnd(cancelled('forced'), whole)).toEqual(stopped)
  })

  it('is what it returned, if that is all it ever says', () => {
    const outcome: Outcome<unknown> = { status: 'succeeded', output: { score: 1 }, ...times }
    const silent = { ...context, measured: false, stopping: stopped, returned: { score: 1 } }
    expect(classifyEnd(outcome, silent)).toEqual({ state: 'completed' })
  })

  it('goes by whose doing a loss was, which is its own if one below it did it (S28)', () => {
    const of = (outcome: Outcome<unknown>): unknown => classifyEnd(outcome, context).loss
    expect(of(lost('self'))).toBe('self')
    expect(of(lost('unknown'))).toBe('unknown')
    expect(of(lost('other'))).toBe('other')
    expect(of(lost('other', { run: 'main', action: 'a0.50' }))).toBe('other')
    expect(of(lost('other', { run: 'else', action: 'a0.5.1' }))).toBe('other')
    // One of its children was lost through another one.
    expect(of(lost('other', { run: 'main', action: 'a0.5.1' }))).toBe('self')
    expect(of(lost('other', { run: 'main', action: 'a0.5' }))).toBe('self')
  })
})

describe('what is done about a trial that was lost (S28)', () => {
  const measure = (failures: unknown, outcome: Outcome<unknown>, failedAttempts = 0): string => {
    const options = { space: { x: uniform(0, 1) }, metric: 'score', direction: 'maximize', trials: 1 }
    const resolved = resolveSweepOptions({ ...options, failures, retries: 1 })
    return measureFor(classifyEnd(outcome, context), outcome, failedAttempts, resolved)
  }

  it('is another attempt, uncounted, where another action did it, whatever the policy', () => {
    for (const failures of [undefined, 'worst', 'fail', 'retry', { lost: 'fail' }]) {
      expect(measure(failures, lost('other'), 9)).toBe('uncounted')
    }
  })

  it('is another attempt where it is not known by whom, unless the policy says otherwise', () => {
    expect(measure(undefined, lost('unknown'))).toBe('again')
    expect(measure({ error: 'fail' }, lost('unknown'))).toBe('again')
    expect(measure(undefined, lost('unknown'), 1)).toBe('worst')
    expect(measure('worst', lost('unknown'))).toBe('worst')
    expect(measure({ lost: 'fail' }, lost('unknown'))).toBe('fail')
  })

  it('is what the policy says where it did it itself', () => {
    expect(measure(undefined, lost('self'))).toBe('worst')
    expect(measure('retry', lost('self'))).toBe('again')
    expect(measure({ lost: 'fail' }, lost('self'))).toBe('fail')
  })
})
