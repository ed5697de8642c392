// What those who observe actors do to the lives that they observe: nothing, unless they ask for it.

import { createRuntime, type Run, type Runtime, type RuntimeEvent } from 'heddle'
import { shared, whole } from '#fixtures/stopping.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createActor, toPromise, waitFor, type AnyActorLogic } from 'xstate'
import { actorAt, actorOf, eventually } from '../../support/actors.js'
import { collectEvents, reports } from '../../support/events.js'

const isQueued = (event: RuntimeEvent): boolean => event.type === 'phase' && event.phase === 'queued'

/** Spawns a child when it is told to, and gives how that has ended. */
function spawner(runtime: Runtime): Run {
  return runtime.scope(async (ctx) => {
    ctx.report('up')
    await ctx.receive()
    return (await ctx.spawn(shared, { ending: 'sleep', sleepMs: 50 }).settled()).status
  })
}

describe('whoever sees that an action is aborting', () => {
  it('finds all that is bound to it aborting, and its signal ahead of what it is sent (S2)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const heard: unknown[] = []
    const run = runtime.scope(async (ctx) => {
      ctx.spawn(shared, { ending: 'sleep' })
      const inner = ctx.spawn(shared, { ending: 'sleep', children: [{ on: 'shared', ending: 'sleep' }] })
      ctx.signal.addEventListener('abort', () => heard.push('signal'))
      ctx.report('up')
      try {
        await inner
      } finally {
        heard.push(await ctx.shield(1000, (shielded) => shielded.receive({ timeoutMs: 500 })))
      }
    }) as unknown as Run
    await reports(run, 'up')
    const running = (): number => run.actions().filter(({ phase }) => phase === 'running').length
    await eventually(running).toBe(4)
    const phases: string[][] = []
    const counts: unknown[] = []
    actorOf(run).subscribe(({ phase }) => {
      if (phase !== 'aborting') return
      phases.push(run.actions().map((one) => one.phase))
      counts.push({ running: runtime.stats().running, aborting: runtime.stats().aborting })
      run.send({ type: 'now' } as never)
    })
    run.cancel('enough')
    expect(phases[0]).toEqual(['aborting', 'aborting', 'aborting', 'aborting'])
    expect(counts[0]).toEqual({ running: 0, aborting: 4 })
    await run.settled()
    expect(heard[0]).toBe('signal')
    expect(heard).toHaveLength(2)
  })
})

describe('an inspector that has come later', () => {
  const uncaught: unknown[] = []
  const keep = (error: unknown): void => void uncaught.push(error)
  let others: NodeJS.UncaughtExceptionListener[] = []

  beforeEach(() => {
    uncaught.length = 0
    others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', keep)
  })

  afterEach(() => {
    process.off('uncaughtException', keep)
    for (const listener of others) process.on('uncaughtException', listener)
  })

  it('and throws at a spawn keeps nothing from being spawned (X1, X5)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = runtime.scope(async (ctx) => {
      ctx.report('up')
      await ctx.receive()
      return ctx.spawn(shared, { ending: 'return' })
    }) as unknown as Run
    await reports(run, 'up')
    actorOf(run).system.inspect(() => {
      throw new Error('of the inspector')
    })
    run.send({ type: 'go' } as never)
    await expect(run).resolves.toBe('returned')
    await eventually(() => uncaught).toContainEqual(new Error('of the inspector'))
  })

  it.each(['the child', 'the root'])(
    'and cancels %s as it is spawned leaves its events whole (X1, S23)',
    async (what) => {
      await using runtime = createRuntime({ threads: 0 })
      const { seen } = collectEvents(runtime)
      const run = spawner(runtime)
      await reports(run, 'up')
      actorOf(run).system.inspect((event) => {
        if (event.type !== '@xstate.actor') return
        if (what === 'the root') run.cancel('seen')
        else event.actorRef.send({ type: 'heddle.cancel', reason: 'seen' })
      })
      run.send({ type: 'go' } as never)
      await run.settled()
      const phases = () =>
        seen.flatMap((event) => (event.type === 'phase' && event.id === 'a0.1' ? [event.phase] : []))
      await eventually(phases).toEqual(
        what === 'the root' ? ['queued', 'aborted'] : ['queued', 'aborting', 'aborted'],
      )
      expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
      expect(actorOf(run).system.getAll()).toEqual({})
      expect(uncaught).toEqual([])
    },
  )

  it('may look at the tree while an actor comes (X4)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = spawner(runtime)
    await reports(run, 'up')
    const root = actorOf(run)
    const seen: string[] = []
    root.system.inspect(({ type, actorRef }) => {
      if (actorRef !== root) seen.push(`${type} ${Object.keys(root.getSnapshot().children).join()}`)
    })
    run.send({ type: 'go' } as never)
    await actorAt(run, 'a0.1')
    expect(seen.slice(0, 2)).toEqual(['@xstate.actor ', '@xstate.event a0.1'])
    run.cancel()
    await run.settled()
    expect(root.system.getAll()).toEqual({})
    expect(uncaught).toEqual([])
  })
})

describe('a subscriber', () => {
  it('of the parent sees that a child has ended when it is told so (X4)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = spawner(runtime)
    await reports(run, 'up')
    run.send({ type: 'go' } as never)
    const child = await actorAt(run, 'a0.1')
    const left = waitFor(actorOf(run), ({ children }) => Object.keys(children).length === 0)
    child.send({ type: 'heddle.cancel' })
    await expect(left).resolves.toBeDefined()
    await run.settled()
  })

  it('that ends an action as it starts leaves no bound of its behind (X1, S8)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const before = timers()
    const run = runtime.scope(() => new Promise<never>(() => {}), {
      timeout: 1e8,
    }) as unknown as Run
    actorOf(run).subscribe(({ phase }) => {
      if (phase === 'running') actorOf(run).send({ type: 'heddle.cancel', force: true })
    })
    await expect(run.settled()).resolves.toMatchObject({ how: 'abandoned' })
    await runtime.close()
    await eventually(timers).toBeLessThanOrEqual(before)
  })

  it('that ends an action by its first words has the others dropped (X1, S6, S9)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const { seen } = collectEvents(runtime)
    const run = runtime.run(shared, {
      ending: 'ignore',
      report: 'up',
      children: [{ ending: 'sleep' }],
    }) as Run
    actorOf(run).subscribe(({ phase }) => {
      if (phase === 'running') run.cancel('at once', { force: true })
    })
    await expect(run.settled()).resolves.toMatchObject({ how: 'abandoned' })
    await eventually(() => seen).toContainEqual(expect.objectContaining({ type: 'phase', phase: 'aborted' }))
    // Where its claim told that it runs, and not its first words, these are read ahead of the abort (S4).
    expect(new Set(run.actions().map(({ phase }) => phase))).toEqual(new Set(['aborted']))
    const abortedAt = seen.findIndex(({ type }) => type === 'abort')
    const later = seen.slice(abortedAt).filter((event) => event.type === 'report' || isQueued(event))
    expect(later).toEqual([])
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
  })

  it('of one that has been stopped is told of nothing once it has gone (X5)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = runtime.scope((ctx) => ctx.sleep(1e9)) as unknown as Run
    run.cancel()
    await run.settled()
    const told: string[] = []
    const error = (): void => void told.push('error')
    actorOf(run).subscribe({ error }).unsubscribe()
    actorOf(run).subscribe({ error })
    await eventually(() => told).toEqual(['error'])
  })
})

describe('what an actor is sent that is no message', () => {
  it.each([undefined, null, 5, {}, { type: 5 }, []])(
    'is refused as run.send refuses %j (X2)',
    async (given) => {
      await using runtime = createRuntime({ threads: 0 })
      const run = runtime.scope((ctx) => ctx.sleep(1e9)) as unknown as Run
      const actor = actorOf(run)
      expect(() => actor.send(given as never)).toThrow(/must be an object with a text 'type'/)
      expect(actor.getSnapshot().status).toBe('active')
      run.cancel()
      await run.settled()
      actor.send(given as never)
    },
  )
})

describe('an actor that is read for the first time after the end', () => {
  it('shows the last report as it was (X5, S29)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const report = 'long '.repeat(2000)
    const run = runtime.run(whole, { ending: 'return', report })
    await run.settled()
    expect(actorOf(run).getSnapshot().report).toBe(report)
  })

  it('hears of the failure, if it is observed for errors in time (X5, S19)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const unhandled: unknown[] = []
    const keep = (error: unknown): void => void unhandled.push(error)
    process.prependListener('unhandledRejection', keep)
    try {
      const run = runtime.run(whole, { ending: 'throw' }) as Run
      for await (const event of runtime.events())
        if (event.type === 'phase' && event.phase === 'failed') break
      await expect(toPromise(actorOf(run))).rejects.toMatchObject({ code: 'TypeError' })
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', keep)
    }
  })
})

describe('an actor that is made of a persisted snapshot', () => {
  it('is a copy with no action behind it, which can be stopped (X5)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = runtime.scope((ctx) => ctx.sleep(1e9)) as unknown as Run
    const { logic } = actorOf(run) as unknown as { logic: AnyActorLogic }
    const copy = createActor(logic, { snapshot: actorOf(run).getPersistedSnapshot() }).start()
    copy.stop()
    expect(copy.getSnapshot()).toMatchObject({ status: 'stopped' })
    expect(run.phase).not.toBe('aborting')
    run.cancel()
    await run.settled()
  })
})
