import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createRuntime, isHeddleError } from 'heddle'
import { createTurnstile, open } from '#fixtures/gates.js'
import {
  answer,
  computeForEver,
  fail,
  holdThread,
  linger,
  lingerLightly,
  refuseToStop,
} from '#fixtures/surface.js'
import { collectEvents, reports } from '../../support/events.js'

describe('a signal given to a call (S22)', () => {
  it('that is already aborted leaves a record and calls no body', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const cause = new Error('too late')
    const run = runtime.run(linger, undefined, { signal: AbortSignal.abort(cause), name: 'late' })
    expect(run.phase).toBe('aborted')
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      status: 'aborted',
      how: 'never-started',
      reason: { source: 'signal', message: 'too late', origin: 'a0', cause },
    })
    expect(outcome).not.toHaveProperty('startedAt')
    expect(runtime.get('late')).toBe(run)
    expect(run.actions()).toMatchObject([{ id: 'a0', phase: 'aborted', attempt: 0, how: 'never-started' }])
    expect(runtime.stats().threads).toBe(0)
  })

  it('that is already aborted stops a scope and a child, too', async () => {
    await using runtime = createRuntime({ threads: 1 })
    let called = false
    const scope = runtime.scope(() => (called = true), { signal: AbortSignal.abort() })
    expect(await scope.settled()).toMatchObject({ how: 'never-started', reason: { source: 'signal' } })
    expect(called).toBe(false)
    const child = await runtime.scope(
      async (ctx) => await ctx.spawn(answer, 1, { signal: AbortSignal.abort('why') }).settled(),
    )
    expect(child).toMatchObject({
      how: 'never-started',
      reason: { source: 'signal', message: 'why', origin: 'a0.1' },
    })
  })

  it('aborts the run when it fires, with its reason as the cause', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const controller = new AbortController()
    const run = runtime.run(linger, undefined, { signal: controller.signal })
    await reports(run, 'up')
    const cause = new Error('the client has left')
    controller.abort(cause)
    expect(run.phase).toBe('aborting')
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      how: 'cooperative',
      reason: { source: 'signal', message: 'the client has left' },
    })
    expect(outcome.status === 'aborted' && outcome.reason.cause).toBe(cause)
  })

  it('is not listened to after the run has settled, however it has', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { signal } = new AbortController()
    const runs = [
      runtime.run(answer, 1, { signal }),
      runtime.run(fail, { message: 'failed' }, { signal }),
      runtime.run(linger, undefined, { signal, timeout: { queuedMs: 0 } }),
      runtime.run(linger, undefined, { signal, timeout: 1 }),
      runtime.scope(() => 1, { signal }),
      runtime.run(answer, () => {}, { signal }),
    ]
    // One for all of them: Node warns of eleven (I13).
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    runs.push(runtime.run(answer, 1, { signal, name: runs[0]?.run ?? '' }))
    await Promise.all(runs.map((run) => run.settled()))
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('aborts all that hang on it, in the order of their calls, by one listener (I9, I13)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const controller = new AbortController()
    const { signal } = controller
    const runs = Array.from({ length: 20 }, () => runtime.run(linger, undefined, { signal }))
    const { seen, ended } = collectEvents(runtime)
    const scope = runtime.scope(async (ctx) => {
      const children = Array.from({ length: 15 }, () => ctx.spawn(linger, undefined, { signal }))
      const message = ctx.receive({ signal }).catch((error: unknown) => error)
      expect(getEventListeners(signal, 'abort')).toHaveLength(1)
      controller.abort(new Error('all of them'))
      const outcomes = await Promise.all(children.map((child) => child.settled()))
      return { received: await message, outcomes: outcomes.map(({ status }) => status) }
    })
    const { received, outcomes } = await scope
    expect(received).toBe(signal.reason)
    expect(outcomes).toEqual(Array.from({ length: 15 }, () => 'aborted'))
    for (const run of runs) expect(await run.settled()).toMatchObject({ reason: { source: 'signal' } })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await runtime.close()
    await ended
    const aborts = seen.filter((event) => event.type === 'abort').map(({ run }) => run)
    expect(aborts.slice(0, 20)).toEqual(runs.map(({ run }) => run))
  })

  it('is not listened to after a child has settled', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { signal } = new AbortController()
    const left = await runtime.scope(async (ctx) => {
      const child = ctx.spawn(answer, 1, { signal })
      expect(getEventListeners(signal, 'abort')).toHaveLength(1)
      await child
      return getEventListeners(signal, 'abort').length
    })
    expect(left).toBe(0)
  })
})

describe('the name of a run (S22)', () => {
  it('rejects when it is that of a live run', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const live = runtime.run(lingerLightly, undefined, { name: 'taken' })
    const error: unknown = await runtime.run(answer, 1, { name: 'taken' }).catch((thrown: unknown) => thrown)
    expect(isHeddleError(error, 'ActionInputError')).toBe(true)
    expect((error as Error).message).toContain("'taken'")
    expect(runtime.get('taken')).toBe(live)
    expect(await runtime.scope(() => 1, { name: 'taken' }).settled()).toMatchObject({ status: 'failed' })
    expect(runtime.runs()).toHaveLength(1)
  })

  it('makes a finished run of that name forgotten first', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const first = runtime.run(answer, 1, { name: 'again' })
    expect(await first).toBe(1)
    const second = runtime.run(answer, 2, { name: 'again' })
    expect(runtime.get('again')).toBe(second)
    expect(runtime.runs()).toEqual([second])
    expect(await second).toBe(2)
    expect(await first).toBe(1)
    expect(first.actions()).toHaveLength(1)
  })

  it('is free again for the callback of its own end', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const outputs: unknown[] = []
    for (let round = 0; round < 20; round += 1)
      outputs.push(await runtime.run(answer, round, { name: 'same' }))
    expect(outputs).toEqual(Array.from({ length: 20 }, (_, round) => round))
  })
})

describe('runtime.close (S22)', () => {
  it('stops acceptance at once, and says so', async () => {
    const runtime = createRuntime({ threads: 1 })
    const closing = runtime.close()
    for (const refused of [runtime.run(answer, 1), runtime.scope(() => 1), runtime.ready()]) {
      const error: unknown = await Promise.resolve(refused).catch((thrown: unknown) => thrown)
      expect(isHeddleError(error, 'RuntimeClosedError')).toBe(true)
      expect((error as Error).message).toMatch(/close/)
    }
    await closing
    expect(await runtime.run(answer, 1).settled()).toMatchObject({ error: { code: 'RuntimeClosedError' } })
  })

  it('never starts what is queued, and aborts what runs with source shutdown', async () => {
    const runtime = createRuntime({ threads: 1 })
    const held = createTurnstile()
    const [running, queued] = [runtime.run(holdThread, held), runtime.run(answer, 1)]
    await reports(running, 'up')
    const closing = runtime.close()
    expect(queued.phase).toBe('aborted')
    open(held)
    await closing
    expect(await queued.settled()).toMatchObject({ how: 'never-started', reason: { source: 'shutdown' } })
    expect(await running.settled()).toMatchObject({
      how: 'cooperative',
      reason: { source: 'shutdown', origin: 'a0' },
    })
    expect(runtime.stats()).toMatchObject({ threads: 0, lanes: [], queued: 0, running: 0, aborting: 0 })
  })

  it('returns the same promise for every call', async () => {
    const runtime = createRuntime({ threads: 1 })
    await runtime.run(answer, 1)
    const closing = runtime.close()
    expect(runtime.close({ graceMs: 5 })).toBe(closing)
    expect(runtime[Symbol.asyncDispose]()).toBe(closing)
    await closing
    expect(runtime.close()).toBe(closing)
  })

  it('ends a blocked thread at the end of its grace', async () => {
    const runtime = createRuntime({ threads: 1 })
    const run = runtime.run(computeForEver)
    await reports(run, 'up')
    await runtime.close({ graceMs: 1 })
    expect(await run.settled()).toMatchObject({ how: 'forced', reason: { source: 'shutdown' } })
    expect(runtime.stats().threads).toBe(0)
  })

  it('is shortened by a later call with a smaller grace', async () => {
    const runtime = createRuntime({ threads: 1, graceMs: 600_000 })
    const runs = [runtime.run(computeForEver), runtime.run(refuseToStop)]
    await reports(runs[0] as (typeof runs)[0], 'up')
    const closing = runtime.close({ graceMs: 500_000 })
    void runtime.close({ graceMs: 400_000 })
    void runtime.close({ graceMs: 0 })
    await closing
    expect(await runs[0]?.settled()).toMatchObject({ how: 'forced', reason: { source: 'shutdown' } })
    expect(await runs[1]?.settled()).toMatchObject({ how: 'never-started' })
  })

  it('is not lengthened by a later call with a larger grace', async () => {
    const runtime = createRuntime({ threads: 1, graceMs: 600_000 })
    const run = runtime.run(computeForEver)
    await reports(run, 'up')
    const closing = runtime.close({ graceMs: 0 })
    expect(runtime.close({ graceMs: 500_000 })).toBe(closing)
    await closing
    expect(await run.settled()).toMatchObject({ how: 'forced' })
  })

  it('ends threads that are still starting, and never starts what waits for them', async () => {
    const runtime = createRuntime({ threads: 2 })
    const runs = [runtime.run(linger), runtime.run(linger), runtime.run(lingerLightly)]
    await new Promise((resolve) => setImmediate(resolve))
    await runtime.close()
    for (const run of runs) {
      expect(await run.settled()).toMatchObject({ how: 'never-started', reason: { source: 'shutdown' } })
    }
    expect(runtime.stats().threads).toBe(0)
  })

  it('ends a scope that does not stop as abandoned, with what is under it', async () => {
    const runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      ctx.spawn(computeForEver)
      await new Promise(() => {})
    })
    for await (const event of runtime.events()) if (event.type === 'report') break
    await runtime.close({ graceMs: 1 })
    expect(await run.settled()).toMatchObject({
      status: 'aborted',
      how: 'abandoned',
      reason: { source: 'shutdown' },
    })
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', how: 'forced' })
  })

  it('ends the iterators of events() after the last event', async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const run = runtime.run(linger, undefined, { name: 'last' })
    await reports(run, 'up')
    await runtime.close()
    await ended
    expect(seen.at(-1)).toMatchObject({ type: 'phase', id: 'a0', phase: 'aborted' })
    const after = []
    for await (const event of runtime.events()) after.push(event)
    expect(after).toMatchObject([{ type: 'snapshot', runs: [{ run: 'last', phase: 'aborted' }] }])
  })

  it('is there at once for a runtime that was never used', async () => {
    const runtime = createRuntime({ threads: 1 })
    await runtime.close()
    expect(runtime.stats().threads).toBe(0)
  })

  it('takes a second run of a handle callback into account: nothing starts after it', async () => {
    const runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger)
    await reports(run, 'up')
    const after = run.settled().then(() => runtime.run(answer, 'too late').settled())
    await runtime.close()
    expect(await after).toMatchObject({ status: 'failed', error: { code: 'RuntimeClosedError' } })
  })
})
