import { describe, expect, it } from 'vitest'
import {
  endsAfterAbort,
  idlesOnRejected,
  isInterrupted,
  isRefused,
  leavesRefusals,
  operationNames,
  polls,
  readsSignalLate,
  seesSignal,
  spreads,
  staysAborted,
  swallowsInLoop,
  worksOn,
} from '#fixtures/behaviour/abort-probes.js'
import { abortWhenReady, places, reported, thread, untilEvent } from '../../support/places.js'

describe.each(places)('the signal of a body $name', ({ create, start }) => {
  it('tells one truth by aborted, reason and throwIfAborted, and its event comes once (S17)', async () => {
    await using runtime = create()
    const { report } = await abortWhenReady(start(runtime, seesSignal, undefined))
    expect(report).toEqual({
      before: { aborted: false, reason: undefined, same: true },
      isSignal: true,
      aborted: true,
      isAbort: true,
      slept: true,
      thrown: true,
      events: 1,
      onabort: 1,
      inEvent: { type: 'abort', target: true, aborted: true },
      reason: {
        kind: 'ActionAbortedError',
        code: 'ActionAbortedError',
        message: 'enough',
        source: 'cancel',
        action: 'a0',
      },
    })
  })

  it('is a real one, also when it is first read after the abort (I5)', async () => {
    await using runtime = create()
    const { report } = await abortWhenReady(start(runtime, readsSignalLate, undefined))
    expect(report).toEqual({ aborted: true, followed: true, node: 'AbortError' })
  })
})

describe('the signal of a body that computes', () => {
  it.each(['aborted', 'reason', 'throws'] as const)(
    'is seen by polling (%s), and its event comes once, in the next turn (I5, S17)',
    async (how) => {
      await using runtime = thread.create()
      const { outcome, report } = await abortWhenReady(thread.start(runtime, polls, how))
      expect(report).toEqual({
        aborted: true,
        agree: true,
        source: 'cancel',
        atOnce: 0,
        afterMicrotask: 0,
        afterTurn: 1,
        events: 1,
      })
      expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
      expect(outcome.status === 'aborted' && outcome.abortDeliveredAt).toBeGreaterThanOrEqual(
        (outcome as { abortRequestedAt: number }).abortRequestedAt,
      )
    },
  )
})

describe.each(places)('an aborted body $name', ({ create, start }) => {
  it.each(operationNames)(
    'is refused by %s with its reason, in a later turn of the loop (S12)',
    async (name) => {
      await using runtime = create()
      const { report } = await abortWhenReady(start(runtime, isRefused, name))
      expect(report).toEqual({ sameReason: true, turned: true })
    },
  )

  it.each(operationNames)(
    'does not block its thread when it swallows the aborts of %s in a loop (S12)',
    async (name) => {
      await using runtime = create()
      const { outcome, report } = await abortWhenReady(start(runtime, swallowsInLoop, name))
      expect(report).toBe('left the loop')
      expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    },
  )

  it('is interrupted in all that is pending, by combinators once their children have settled (S12)', async () => {
    await using runtime = create()
    const { report } = await abortWhenReady(start(runtime, isInterrupted, undefined))
    expect(report).toEqual({
      same: { map: true, all: true, first: true, completed: true, sleep: true, idle: true },
      allWaited: ['aborted', 'aborted'],
      firstWaited: ['aborted', 'aborted'],
    })
  })

  it('reports, logs, cancels, awaits and disposes of handles until it ends (S12)', async () => {
    await using runtime = create()
    const events = runtime.events()
    const run = start(runtime, worksOn, undefined)
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const report of run.reports()) seen.push(report)
    })()
    await abortWhenReady(run)
    await reading
    expect(seen).toEqual([
      'ready',
      {
        awaited: {
          kind: 'ActionAbortedError',
          code: 'ActionAbortedError',
          message: 'enough',
          source: 'cancel',
          action: 'a0.1',
        },
        settled: 'aborted',
        disposed: 'aborted',
        lastReport: 'clean',
      },
      'the last word',
    ])
    expect(await untilEvent(events, 'log')).toMatchObject({ level: 'warn', message: 'still logging' })
  })

  it('stays aborted, with the same reason; a refused spawn was never started (I6, S12)', async () => {
    await using runtime = create()
    const { report } = await abortWhenReady(start(runtime, staysAborted, undefined))
    expect(report).toEqual({
      same: true,
      isOwn: true,
      status: 'aborted',
      how: 'never-started',
      phase: 'aborted',
      name: 'refused',
    })
  })

  it('is not hit by the rejection of what it gave to idle in vain', async () => {
    await using runtime = create()
    const { outcome, report } = await abortWhenReady(start(runtime, idlesOnRejected, undefined))
    expect(report).toEqual({ refused: true })
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(outcome.status === 'aborted' && outcome.error.cause).toBeUndefined()
  })

  it('raises no unhandled rejection by what is pending when it ends (S15)', async () => {
    await using runtime = create()
    const { outcome, report } = await abortWhenReady(start(runtime, leavesRefusals, undefined))
    expect(report).toBe('left')
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    // The loops of both threads turn: a rejection would have come to light.
    expect(
      await start(runtime, endsAfterAbort, 'returns', { signal: AbortSignal.abort() }).settled(),
    ).toMatchObject({
      status: 'aborted',
      how: 'never-started',
      reason: { source: 'signal' },
    })
  })

  it('is aborted whatever it returns or throws; another error is the cause (S4)', async () => {
    await using runtime = create()
    const returned = await abortWhenReady(start(runtime, endsAfterAbort, 'returns'))
    expect(returned.outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect('output' in returned.outcome).toBe(false)
    const own = await abortWhenReady(start(runtime, endsAfterAbort, 'throws reason'))
    expect(own.outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(own.outcome.status === 'aborted' && own.outcome.error.cause).toBeUndefined()
    const threw = await abortWhenReady(start(runtime, endsAfterAbort, 'throws'))
    expect(threw.outcome).toMatchObject({
      status: 'aborted',
      error: { action: 'a0', cause: { code: 'RangeError', cause: { message: 'while cleaning up' } } },
    })
  })

  it('passes its reason on to its descendants unchanged (S16, I3)', async () => {
    await using runtime = create()
    const run = start(runtime, spreads, undefined)
    await reported(run, 'ready')
    expect(runtime.abort(run.run, { reason: 'too hot', by: 'operator' })).toEqual({
      accepted: true,
      phase: 'aborting',
    })
    const outcome = await run.settled()
    const reason = { source: 'external', message: 'too hot', by: 'operator', origin: 'a0' }
    expect(outcome).toMatchObject({ status: 'aborted', reason })
    expect(run.lastReport).toMatchObject({ reason, how: 'cooperative' })
    expect(run.actions().map((action) => action.reason)).toMatchObject([reason, reason])
    expect(runtime.abort(run.run)).toEqual({ accepted: false, phase: 'aborted' })
  })

  it('keeps the message and the cause of the reason that it was given (I3)', async () => {
    await using runtime = create()
    const { outcome } = await abortWhenReady(start(runtime, spreads, undefined), new RangeError('too big'))
    expect(outcome).toMatchObject({
      reason: { message: 'too big', cause: { name: 'RangeError', message: 'too big' } },
    })
    const controller = new AbortController()
    const run = start(runtime, spreads, undefined, { signal: controller.signal })
    await reported(run, 'ready')
    controller.abort('the request is gone')
    expect(await run.settled()).toMatchObject({
      reason: { source: 'signal', message: 'the request is gone', origin: 'a0' },
    })
  })
})
