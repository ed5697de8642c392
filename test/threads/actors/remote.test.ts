import { describe, expect, it } from 'vitest'
import { createRuntime, isHeddleError } from 'heddle'
import {
  abortedInCall,
  callsModel,
  callsOnOneThread,
  exposesNothing,
  exposesWrongly,
  modelServer,
  neverExposes,
  waitsForRemote,
} from '#fixtures/actors/calls.js'
import { reports } from '../../support/events.js'

describe.each([
  { place: 'in threads', threads: 2 },
  { place: "in the app's own thread", threads: 0 },
])('what an action exposes $place', ({ threads }) => {
  it('is called by the app until it is stopped; pending calls reject with its outcome', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(modelServer, 4)
    const model = await run.remote()
    expect(await model.predict(5)).toBe(20)
    expect(await model.size).toBe(3)
    const losses: number[] = []
    expect(await model.watch((loss) => void losses.push(loss))).toBe('watched')
    expect(losses).toEqual([3, 2, 1])
    await expect(model.fails()).rejects.toMatchObject({
      name: 'RangeError',
      code: 'E_LARGE',
      cause: { message: 'overflow' },
    })
    const pending = model.hangs().catch((error: unknown) => error)
    run.cancel('enough')
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative', reason: { message: 'enough' } })
    expect(await pending).toBe(outcome.status === 'aborted' && outcome.error)
    expect(await model.predict(1).catch((error: unknown) => error)).toBe(
      outcome.status === 'aborted' && outcome.error,
    )
    expect(await run.remote().catch((error: unknown) => error)).toBe(
      outcome.status === 'aborted' && outcome.error,
    )
  })

  it('is called by its parent, with two thousand calls in flight', async () => {
    await using runtime = createRuntime({ threads })
    expect(await runtime.run(callsModel, 2000)).toEqual({
      right: true,
      count: 2000,
      losses: [3, 2, 1],
      watched: 'watched',
      size: 3,
      failure: ['RangeError', 'too large', 'E_LARGE', 'overflow', true],
      pending: expect.objectContaining({ code: 'ActionAbortedError', message: 'enough', action: 'a0.1' }),
      afterwards: expect.objectContaining({ code: 'ActionAbortedError', action: 'a0.1' }),
      status: 'aborted',
    })
  })

  it('can not be called once it has ended by itself', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(modelServer, 4)
    const model = await run.remote()
    const pending = model.hangs().catch((error: unknown) => error)
    run.send({ type: 'stop' })
    expect(await run).toBe('stopped by message')
    expect(isHeddleError(await pending, 'RunEndedError')).toBe(true)
    expect(isHeddleError(await model.predict(1).catch((error: unknown) => error), 'RunEndedError')).toBe(true)
  })

  it('is waited for, and its outcome is the answer if it ends without', async () => {
    await using runtime = createRuntime({ threads })
    expect(await runtime.run(waitsForRemote, true)).toMatchObject({ code: 'RangeError', action: 'a0.1' })
    expect(await runtime.run(waitsForRemote, false)).toMatchObject({ code: 'RunEndedError', action: 'a0.1' })
    const run = runtime.run(exposesNothing, false)
    expect(isHeddleError(await run.remote().catch((error: unknown) => error), 'RunEndedError')).toBe(true)
    const failed = runtime.run(exposesNothing, true)
    // To have asked for what it exposes is not to have heard of its failure (S19).
    void failed.settled()
    expect(isHeddleError(await failed.remote().catch((error: unknown) => error), 'RangeError')).toBe(true)
    const slow = runtime.run(neverExposes, 1)
    const waiting = slow.remote().catch((error: unknown) => error)
    slow.cancel('no model')
    expect(await waiting).toMatchObject({ reason: { message: 'no model' } })
  })

  it('must be one object', async () => {
    await using runtime = createRuntime({ threads })
    expect(await runtime.run(exposesWrongly)).toEqual({
      wrong: expect.objectContaining({
        code: 'ActionInputError',
        message: expect.stringContaining('was given 5'),
      }),
      twice: expect.objectContaining({
        code: 'ActionInputError',
        message: expect.stringContaining('another object already'),
      }),
    })
  })

  it.each(['remote', 'call'] as const)(
    'is no longer waited for by an aborted caller (%s, S12)',
    async (waitsFor) => {
      await using runtime = createRuntime({ threads })
      const run = runtime.run(abortedInCall, waitsFor)
      await reports(run, 'ready')
      run.cancel('enough')
      expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
      expect(run.lastReport).toEqual({ isReason: true, isOwn: true })
    },
  )

  it('is no promise itself', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(modelServer, 1)
    const model = await run.remote()
    expect('then' in (model as object) && (model as { then?: unknown }).then).toBe(false)
    run.cancel()
  })
})

describe('what an action exposes in a thread', () => {
  it('is called from the only thread there is (I10, S1)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(callsOnOneThread)).toBe(15)
  })

  it('is served by its next attempt when its thread is lost; calls that were pending are rejected', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(modelServer, 2)
    const model = await run.remote()
    const pending = model.hangs().catch((error: unknown) => error)
    void model.exits().catch(() => {})
    expect(isHeddleError(await pending, 'ThreadLostError')).toBe(true)
    expect(await model.predict(10)).toBe(21)
    expect(run.actions()[0]?.attempt).toBe(2)
    run.cancel()
    await run.settled()
  })
})
