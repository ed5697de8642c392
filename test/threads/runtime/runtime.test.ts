import { describe, expect, it } from 'vitest'
import { createRuntime, isHeddleError } from 'heddle'
import { createTurnstile, open } from '#fixtures/gates.js'
import { answer, answerLightly, fail, holdThread, linger, lingerLightly } from '#fixtures/surface.js'
import { reachesPhase, reports } from '../../support/events.js'

describe('runtime', () => {
  it('runs an action in a thread and gives its output and its outcome', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(answer, { deep: [1, 2n, new Date(5)] })
    expect(run.phase).toBe('queued')
    expect(await run).toEqual({ deep: [1, 2n, new Date(5)] })
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'succeeded', output: { deep: [1, 2n, new Date(5)] } })
    expect(outcome.queuedAt).toBeLessThanOrEqual(outcome.startedAt as number)
    expect(outcome.startedAt).toBeLessThanOrEqual(outcome.settledAt)
    expect(run.phase).toBe('succeeded')
  })

  it('gives a failure whole, with the run and the action it happened to', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(fail, { message: 'too far' }, { name: 'failing' })
    const error: unknown = await run.catch((caught: unknown) => caught)
    expect(isHeddleError(error, 'RangeError')).toBe(true)
    expect(error).toMatchObject({ code: 'RangeError', run: 'failing', action: 'a0' })
    expect((error as Error).cause).toBeInstanceOf(RangeError)
    expect(await run.settled()).toMatchObject({ status: 'failed' })
  })

  it('lists live runs and finished ones, and finds each by its name', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const done = runtime.run(answer, 1, { name: 'done' })
    await done
    const live = runtime.run(lingerLightly, undefined, { name: 'live' })
    expect(runtime.runs().map((run) => [run.run, run.phase])).toEqual([
      ['done', 'succeeded'],
      ['live', live.phase],
    ])
    expect(runtime.get('done')).toBe(done)
    expect(runtime.get('live')).toBe(live)
    expect(runtime.get('neither')).toBeUndefined()
  })

  it('names a run after its action unless it is told a name', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const [one, other] = [runtime.run(answer, 1), runtime.run(answer, 2)]
    expect(one.run).toMatch(/^answer-/)
    expect(one.run).not.toBe(other.run)
    await Promise.all([one, other])
  })

  it('runs the body of a scope in the thread of the app, where it closes over what the app has', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const database = new Map([['key', 20]])
    const run = runtime.scope(async (ctx) => {
      expect(ctx.info).toMatchObject({ id: 'a0', thread: 0, parent: undefined, attempt: 1 })
      const outputs = await ctx.map(answer, [database.get('key'), 1])
      database.set('key', 21)
      return outputs
    })
    expect(await run).toEqual([20, 1])
    expect(database.get('key')).toBe(21)
    expect(run.actions().map(({ id, parent }) => [id, parent])).toEqual([
      ['a0', undefined],
      ['a0.1', 'a0'],
      ['a0.2', 'a0'],
    ])
  })

  it('gives the children of a scope threads of their own', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope((ctx) => ctx.spawn(answer, 1).settled())
    await run
    const threads = run.actions().map(({ thread }) => thread)
    expect(threads[0]).toBe(0)
    expect(threads[1]).toBeGreaterThan(0)
  })

  it('aborts the children that a scope leaves behind when it returns (I1)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      await reports(ctx.spawn(lingerLightly), 'up')
      return 'returned'
    })
    expect(await run).toBe('returned')
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', reason: { source: 'root', origin: 'a0' } })
  })

  it('fails a scope with what its body throws, wrapped once (S13)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const thrown = new SyntaxError('of the app')
    const error: unknown = await runtime
      .scope(() => {
        throw thrown
      })
      .catch((caught: unknown) => caught)
    expect(isHeddleError(error, 'SyntaxError')).toBe(true)
    expect((error as Error).cause).toMatchObject({ name: 'SyntaxError', message: 'of the app' })
  })

  it('counts what is queued, running and aborting, and the outcomes', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const held = createTurnstile()
    const holding = runtime.run(holdThread, held)
    await reports(holding, 'up')
    const queued = runtime.run(answer, 1)
    expect(runtime.stats()).toMatchObject({ queued: 1, running: 1, aborting: 0, abandoned: 0, threads: 1 })
    expect(runtime.stats().lanes).toHaveLength(1)
    expect(runtime.stats().lanes[0]).toMatchObject({ role: 'cpu', state: 'open', held: 1, inFlight: 1 })
    holding.cancel()
    expect(runtime.stats()).toMatchObject({ queued: 1, running: 0, aborting: 1 })
    open(held)
    await Promise.all([holding.settled(), queued, runtime.run(fail, { message: 'counted' }).settled()])
    expect(runtime.stats()).toMatchObject({
      queued: 0,
      running: 0,
      aborting: 0,
      totals: { succeeded: 1, failed: 1, aborted: 1, timedOut: 0 },
    })
    const { eventLoopDelay } = runtime.stats()
    for (const value of Object.values(eventLoopDelay)) expect(value).toBeGreaterThanOrEqual(0)
  })

  it('refuses what the queue has no room for, and is ready again when it has', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 2 })
    await runtime.ready()
    const held = createTurnstile()
    const holding = runtime.run(holdThread, held)
    await reports(holding, 'up')
    const waiting = [runtime.run(answer, 1), runtime.run(answer, 2)]
    const refused = runtime.run(answer, 3, { name: 'refused' })
    const error: unknown = await refused.catch((caught: unknown) => caught)
    expect(isHeddleError(error, 'QueueFullError')).toBe(true)
    expect((error as Error).message).toMatch(/maxQueued is 2.*runtime\.ready\(\)/)
    expect(error).toMatchObject({ run: 'refused', action: 'a0' })
    let ready = false
    const whenReady = runtime.ready().then(() => (ready = true))
    // What needs no share needs no place in the queue.
    expect(await runtime.run(answerLightly, 4)).toBe(4)
    expect(ready).toBe(false)
    open(held)
    await whenReady
    expect(await Promise.all(waiting)).toEqual([1, 2])
  })

  it('counts as queued only what has to wait: what a free thread takes has room', async () => {
    await using runtime = createRuntime({ threads: 2, maxQueued: 1 })
    const held = createTurnstile()
    const runs = [1, 2, 3, 4].map(() => runtime.run(holdThread, held))
    expect(await runs[3]?.settled()).toMatchObject({ status: 'failed', error: { code: 'QueueFullError' } })
    open(held)
    expect(
      (await Promise.all(runs.slice(0, 3).map((run) => run.settled()))).map(({ status }) => status),
    ).toEqual(['succeeded', 'succeeded', 'succeeded'])
  })

  it('takes a queue of no length: what can not start at once is refused', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 0 })
    await runtime.ready()
    const held = createTurnstile()
    const holding = runtime.run(holdThread, held)
    expect(await runtime.run(answer, 1).settled()).toMatchObject({ error: { code: 'QueueFullError' } })
    open(held)
    await holding
    expect(await runtime.run(answer, 2)).toBe(2)
  })

  it('has map wait for room instead of failing (S20)', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 1 })
    const inputs = Array.from({ length: 40 }, (_, index) => index)
    expect(await runtime.scope((ctx) => ctx.map(answer, inputs))).toEqual(inputs)
  })

  it('is disposed of by closing it', async () => {
    const runtime = createRuntime({ threads: 1 })
    let run
    {
      await using disposed = runtime
      run = disposed.run(linger)
      await reports(run, 'up')
    }
    expect(await run.settled()).toMatchObject({ status: 'aborted', reason: { source: 'shutdown' } })
    expect(runtime.stats().threads).toBe(0)
  })

  it('keeps a handle that is disposed of from outliving its block', async () => {
    await using runtime = createRuntime({ threads: 1 })
    let kept
    {
      await using run = runtime.run(linger)
      await reports(run, 'up')
      kept = run
    }
    expect(kept.phase).toBe('aborted')
    expect(await kept.settled()).toMatchObject({ reason: { source: 'cancel' }, how: 'cooperative' })
  })

  it('runs bodies in the thread of the app with threads: 0', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = runtime.run(answer, 7)
    expect(await run).toBe(7)
    expect(run.actions()[0]).toMatchObject({ thread: 0 })
    expect(runtime.stats().threads).toBe(0)
  })

  it('starts another thread for what has no share, which is never behind what computes', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const held = createTurnstile()
    const holding = runtime.run(holdThread, held, { name: 'holding' })
    await reachesPhase(runtime, 'holding', 'a0', 'running')
    expect(await runtime.run(answerLightly, 'beside')).toBe('beside')
    expect(holding.phase).toBe('running')
    open(held)
    await holding
  })
})
