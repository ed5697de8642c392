import { describe, expect, it } from 'vitest'
import {
  computesAfterCompleted,
  failsInOrderOfTime,
  mapsBadInputs,
  mapsFailures,
  mapsInOrder,
  mapsIntoFullQueue,
  mapsLazily,
  mapsMillion,
  mapsUntilAborted,
  spawnsIntoFullQueue,
  takesFirst,
  takesTheLot,
  waitsForAll,
} from '#fixtures/behaviour/combinator-probes.js'
import { cleansUp, echo, fails, waits } from '#fixtures/behaviour/children.js'
import { abortWhenReady, places, reported, scope, thread } from '../../support/places.js'

describe.each(places)('combinators in a body $name', ({ create, start }) => {
  it('all gives outputs in order; a failure cancels the rest and waits for them (S20)', async () => {
    await using runtime = create()
    expect(await start(runtime, waitsForAll, undefined)).toEqual({
      outputs: [2, 'b', 'c'],
      repeated: [[4, 6, 4], [4]],
      empty: [],
      error: 'ValueError',
      phases: ['aborted', 'aborted'],
      cleaned: ['clean', 'clean'],
    })
  })

  it('all rejects with the failure that came first in time, not in the list (S20)', async () => {
    await using runtime = create()
    expect(await start(runtime, failsInOrderOfTime, undefined)).toMatchObject({
      code: 'ValueError',
      action: 'a0.2',
    })
  })

  it('first gives the first accepted output; failures are skipped while others live (S20)', async () => {
    await using runtime = create()
    const seen = await start(runtime, takesFirst, undefined)
    expect(seen).toMatchObject({
      output: 2,
      rest: { phase: 'aborted', lastReport: 'clean' },
      none: ['ValueError', 'ValueError'],
      refused: [],
      empty: [],
      thrown: { kind: 'RangeError', message: 'accept threw' },
      kept: 'aborted',
    })
    expect(seen.accepted).toContainEqual([2, 4])
  })

  it('completed gives each as it ends, and leaving its loop stops nothing (S20)', async () => {
    await using runtime = create()
    expect(await start(runtime, takesTheLot, undefined)).toEqual({
      seen: expect.arrayContaining([
        [0, 'aborted', true],
        [1, 'succeeded', true],
        [2, 'failed', true],
      ]) as unknown,
      last: [0, 'aborted', true],
      empty: true,
      waiting: true,
    })
  })

  it('map takes inputs only as there is room, none after a failure, and returns the iterator (S20)', async () => {
    await using runtime = create()
    expect(await start(runtime, mapsLazily, undefined)).toEqual({
      error: 'RangeError',
      returned: 1,
      bounded: true,
    })
    expect(await start(runtime, mapsMillion, undefined)).toEqual({
      error: 'RangeError',
      bounded: true,
      finished: true,
    })
  })

  it('map gives outputs in the order of the inputs, or outcomes (S20)', async () => {
    await using runtime = create()
    const doubled = Array.from({ length: 50 }, (_, index) => 2 * index)
    expect(await start(runtime, mapsInOrder, undefined)).toEqual({
      outputs: doubled,
      byGenerator: [2, 4, 6],
      unbounded: doubled,
      empty: [],
      outcomes: [1, 'failed', 2],
    })
  })

  it('map is not held up by inputs that fail, block or misbehave (S20)', async () => {
    await using runtime = create()
    expect(await start(runtime, mapsBadInputs, undefined)).toEqual({
      blocked: 'RangeError',
      returned: 1,
      thrown: { kind: 'SyntaxError', message: 'the input is broken' },
      badReturn: 'RangeError',
      thenables: [2, 4, 6],
    })
  })

  it('map never tells of the aborts that a failure has caused (S20)', async () => {
    await using runtime = create()
    const run = start(runtime, mapsFailures, undefined)
    expect(await run).toMatchObject({ code: 'RangeError' })
    expect(
      run
        .actions()
        .slice(1)
        .map(({ phase }) => phase)
        .toSorted(),
    ).toEqual(['aborted', 'aborted', 'aborted', 'failed'])
  })

  it('map waits for room in the queue, where spawn fails with QueueFullError (S20)', async () => {
    await using runtime = create({ maxQueued: 2 })
    expect(await start(runtime, mapsIntoFullQueue, undefined)).toBe(40)
    expect((await start(runtime, spawnsIntoFullQueue, undefined)).toSorted()).toEqual([
      'QueueFullError',
      'succeeded',
    ])
  })

  it('map takes no further input after an abort (S20, S12)', async () => {
    await using runtime = create()
    const { report } = await abortWhenReady(start(runtime, mapsUntilAborted, undefined))
    expect(report).toEqual({ same: true, taken: 5, returned: true })
  })
})

describe('combinators and what they do not own', () => {
  it('leave handles of others alone: they are merely no longer awaited (S20)', async () => {
    await using runtime = scope.create()
    const foreign = runtime.run(waits)
    await reported(foreign, 'up')
    const phases = await runtime.scope(async (ctx) => {
      const own = ctx.spawn(cleansUp, undefined)
      const failed = await ctx.all([foreign, own, ctx.spawn(fails, 'no')]).catch(() => 'failed')
      const first = await ctx.first([foreign, ctx.spawn(echo, 'accepted')])
      return { failed, first, foreign: foreign.phase, own: own.phase }
    })
    expect(phases).toEqual({ failed: 'failed', first: 'accepted', foreign: 'running', own: 'aborted' })
  })

  it('end the wait of a body that leaves the loop over completed: it holds its share again (S1)', async () => {
    await using runtime = thread.create()
    const run = thread.start(runtime, computesAfterCompleted, undefined)
    await reported(run, 'left')
    const lane = runtime.stats().lanes.find(({ role }) => role === 'cpu')
    expect(lane?.held).toBe(1)
    run.cancel()
    await run.settled()
  })
})
