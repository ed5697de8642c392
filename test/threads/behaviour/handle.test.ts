import { describe, expect, it } from 'vitest'
import {
  awaitsEachWay,
  disposes,
  ignoresRejections,
  readsReports,
  sendsRef,
  spawnsWrongly,
  takesContextApart,
  tellsPhases,
} from '#fixtures/behaviour/handle-probes.js'
import { counts, echo, fails, waits } from '#fixtures/behaviour/children.js'
import { places, reported, untilEvent } from '../../support/places.js'

describe.each(places)('a handle of a child, $name', ({ create, start }) => {
  it('is a PromiseLike with catch and finally, and no Promise (design 3.3)', async () => {
    await using runtime = create()
    expect(await start(runtime, awaitsEachWay, undefined)).toEqual({
      awaited: 'value',
      fulfilled: ['value'],
      thenNothing: 'value',
      finally: 'value',
      catchPasses: 'value',
      catch: 'ValueError',
      thenRejected: 'rejected',
      finallyRejects: 'ValueError',
      sameError: true,
      finals: 2,
      isPromise: false,
    })
  })

  it('tells phase, last report, id and name, and keeps the first reason of several (I3)', async () => {
    await using runtime = create()
    expect(await start(runtime, tellsPhases, undefined)).toMatchObject({
      before: { phase: 'queued' },
      up: { phase: 'running', lastReport: 'up' },
      after: { phase: 'aborted', lastReport: 'up' },
      id: 'a0.1',
      name: 'my child',
      message: 'enough',
      by: 'a0',
      source: 'cancel',
      how: 'cooperative',
      escalations: ['again'],
      settledTwice: true,
      ordered: true,
    })
  })

  it('gives reports from the call of reports() on, and ends with the action', async () => {
    await using runtime = create()
    const { rest, ...others } = await start(runtime, readsReports, undefined)
    expect(others).toEqual({ all: [0, 1, 2, 3, 4], afterEnd: [], lastReport: 4, phase: 'succeeded' })
    // Those that came in one array with the one that ended the first loop have gone to that loop.
    expect([[], [4], [3, 4]]).toContainEqual(rest)
  })

  it('has a ref that can be cloned and is not thenable', async () => {
    await using runtime = create()
    const run = start(runtime, sendsRef, undefined)
    const { ref, travelled, awaited, info, own } = await run
    expect(ref).toEqual({ run: run.run, action: 'a0.1', name: 'tellsInfo' })
    expect(travelled).toEqual(ref)
    expect(awaited).toEqual(ref)
    expect(info).toMatchObject({ id: 'a0.1', name: 'tellsInfo', run: run.run, parent: 'a0', attempt: 1 })
    expect(own).toMatchObject({ id: 'a0', run: run.run, attempt: 1 })
    expect(own.parent).toBeUndefined()
  })

  it('cancels and waits when it is disposed of', async () => {
    await using runtime = create()
    expect(await start(runtime, disposes, undefined)).toEqual({ phase: 'aborted', lastReport: 'clean' })
  })

  it('keeps a rejection silent until somebody listens', async () => {
    await using runtime = create()
    expect(await start(runtime, ignoresRejections, undefined)).toBe('ValueError')
  })

  it('rejects what was started wrongly, and never throws (design 3.5)', async () => {
    await using runtime = create()
    const { ids, ...codes } = await start(runtime, spawnsWrongly, undefined)
    expect(Object.values(codes)).toEqual(Object.values(codes).map(() => 'ActionInputError'))
    expect(new Set(ids).size).toBe(2)
  })

  it('belongs to a context that can be taken apart', async () => {
    await using runtime = create()
    const events = runtime.events()
    const run = start(runtime, takesContextApart, undefined)
    expect(await run).toEqual({
      seen: ['completed'],
      mapped: [1, 2],
      all: [3, 4],
      first: 5,
      idle: 6,
      shield: 7,
      aborted: false,
    })
    expect(run.lastReport).toBe('apart')
    const entry = await untilEvent(events, 'log', ({ message }) => message === 'apart')
    expect(entry).toMatchObject({ run: run.run, id: 'a0', attempt: 1, level: 'info', fields: { from: 'a0' } })
    expect(await untilEvent(events, 'log', ({ message }) => message === 'alone')).toMatchObject({
      level: 'debug',
    })
  })
})

describe.each(places.filter(({ name }) => name !== 'in a scope'))(
  'a run, with its bodies $name',
  ({ create }) => {
    it('is a handle: awaitable, with catch, finally and settled', async () => {
      await using runtime = create()
      const run = runtime.run(echo, 'value')
      expect(await run).toBe('value')
      expect(await run.finally(() => {})).toBe('value')
      expect(await run.settled()).toMatchObject({ status: 'succeeded', output: 'value' })
      expect(run).not.toBeInstanceOf(Promise)
      expect(run.phase).toBe('succeeded')
      expect(structuredClone(run.ref)).toEqual({ run: run.run, action: 'a0', name: 'echo' })
      expect(await runtime.run(fails, 'no').catch((error: unknown) => error)).toMatchObject({
        code: 'ValueError',
      })
    })

    it('gives its reports and ends them, also to somebody who comes late', async () => {
      await using runtime = create()
      const run = runtime.run(counts, 4)
      const seen: unknown[] = []
      for await (const report of run.reports()) seen.push(report)
      expect(seen).toEqual([0, 1, 2, 3])
      expect(run.lastReport).toBe(3)
      const late: unknown[] = []
      for await (const report of run.reports()) late.push(report)
      expect(late).toEqual([])
    })

    it('is aborted by cancel, once, and by its disposal', async () => {
      await using runtime = create()
      const run = runtime.run(waits)
      await reported(run, 'up')
      expect(run.cancel('enough') as unknown).toBeUndefined()
      expect(run.phase).toBe('aborting')
      const outcome = await run.settled()
      expect(outcome).toMatchObject({
        status: 'aborted',
        how: 'cooperative',
        reason: { source: 'cancel', message: 'enough', origin: 'a0' },
      })
      run.cancel('later')
      expect(await run.settled()).toBe(outcome)
      const disposed = runtime.run(waits)
      await disposed[Symbol.asyncDispose]()
      expect(disposed.phase).toBe('aborted')
    })
  },
)
