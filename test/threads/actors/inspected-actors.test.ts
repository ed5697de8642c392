import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect'
import { createRuntime, type Run } from 'heddle'
import type { ActionSnapshot } from 'heddle/actors'
import { spinning, working } from '#fixtures/actors/logics.js'
import { shared, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import type { AnyActorRef, InspectionEvent } from 'xstate'
import { actorAt, actorOf, eventually } from '../../support/actors.js'
import { collectEvents, reports } from '../../support/events.js'
import { open, word } from '../../support/shared-words.js'

/** What an inspector sees of actions' own actors: the spawn of each, and the phases that it shows. */
function seenBy(events: readonly InspectionEvent[]): string[] {
  return events.flatMap((event) => {
    const { id } = event.actorRef as AnyActorRef
    if (event.type === '@xstate.actor') return [`${id} comes`]
    if (event.type !== '@xstate.snapshot' || event.event.type.startsWith('xstate.init')) return []
    const { phase } = event.snapshot as ActionSnapshot
    return event.event.type === 'heddle.report' ? [] : [`${id} ${phase}`]
  })
}

describe('an inspector', () => {
  it('sees the actor of each action from its spawn to its end, in the order of events (X6)', async () => {
    const inspected: InspectionEvent[] = []
    await using runtime = createRuntime({ threads: 1, inspect: (event) => void inspected.push(event) })
    const { seen } = collectEvents(runtime)
    const run = runtime.run(shared, {
      ending: 'await',
      children: [
        { on: 'shared', ending: 'return' },
        { on: 'retried', ending: 'throw' },
        { on: 'whole', ending: 'poll', timeoutMs: 50 },
      ],
    })
    await run.settled()
    // What an actor tells its parent of its end is XState's, and shows the parent once more.
    const shown = () =>
      seenBy(
        inspected.filter(
          (event) =>
            !('event' in event) ||
            event.event.type.startsWith('heddle.') ||
            event.event.type === 'xstate.stop',
        ),
      )
    const published = () =>
      seen.flatMap((event) => {
        if (event.type !== 'phase') return []
        // The first one is the spawn; another attempt is queued again.
        return [
          event.phase === 'queued' && event.attempt === 0
            ? `${event.id} comes`
            : `${event.id} ${event.phase}`,
        ]
      })
    await eventually(() => published().at(-1)).toBe('a0 succeeded')
    await eventually(shown).toEqual(published())
  })

  it('sees the end of each that never started, whose phase came from its parent (X6, S2)', async () => {
    const inspected: InspectionEvent[] = []
    const count = 700
    await using runtime = createRuntime({ threads: 1, inspect: (event) => void inspected.push(event) })
    const run = runtime.scope(async (ctx) => {
      for (let spawned = 0; spawned < count; spawned += 1) ctx.spawn(whole, { ending: 'poll' })
      ctx.report('up')
      await ctx.sleep(1e9)
    }) as unknown as Run
    await reports(run, 'up')
    run.cancel('enough')
    expect(runtime.stats()).toMatchObject({ queued: 0, aborting: count + 1 })
    expect(run.actions().map(({ phase }) => phase)).not.toContain('queued')
    await run.settled()
    const seen = new Set(seenBy(inspected))
    for (const { id } of run.actions()) {
      expect(seen.has(`${id} comes`)).toBe(true)
      await eventually(() => seenBy(inspected).includes(`${id} aborted`)).toBe(true)
    }
  })

  it('that comes later sees what there is then, also in threads (X5, X6)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      ctx.report('up')
      await ctx.receive()
      const child = ctx.spawn(working)
      child.send({ type: 'go' })
      return child
    })
    await reports(run, 'up')
    const inspected: InspectionEvent[] = []
    actorOf(run).system.inspect((event) => void inspected.push(event))
    run.send({ type: 'go on' } as never)
    await run.settled()
    const seen = seenBy(inspected)
    expect(seen.slice(0, 1)).toEqual(['a0.1 comes'])
    expect(seen).toContain('a0.1 running')
    expect(seen.at(-1)).toBe('a0 succeeded')
    // The machine in the thread, below its action, with what it invokes.
    const inside = inspected.flatMap((event) =>
      event.type === '@xstate.actor' ? [(event.actorRef as AnyActorRef).sessionId] : [],
    )
    expect(inside.filter((session) => session.includes('a0.1#1/')).length).toBeGreaterThanOrEqual(2)
  })

  it('sees the ends of those in a thread that is killed (X6)', async () => {
    const inspected: InspectionEvent[] = []
    await using runtime = createRuntime({ threads: 1, inspect: (event) => void inspected.push(event) })
    const spins = word()
    const run = runtime.run(spinning, spins)
    const actors = () =>
      inspected.flatMap((event) => (event.type === '@xstate.actor' ? [event.actorRef as AnyActorRef] : []))
    await eventually(() => actors().length).toBe(2)
    run.send({ type: 'spin' })
    await eventually(() => spins[0]).toBe(1)
    run.cancel('now', { force: true })
    await expect(run.settled()).resolves.toMatchObject({ how: 'forced' })
    const ends = () =>
      inspected.flatMap((event) =>
        event.type === '@xstate.snapshot' && event.snapshot.status === 'stopped' ? [event.actorRef] : [],
      )
    await eventually(ends).toEqual(actors().toReversed())
  })

  it('that throws, and has come later, ends nothing (X1)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const uncaught: unknown[] = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => uncaught.push(error))
    try {
      const run = runtime.scope(() => 'done') as unknown as Run
      actorOf(run).system.inspect(() => {
        throw new Error('of the inspector')
      })
      await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded', output: 'done' })
      await eventually(() => uncaught.length).toBeGreaterThan(0)
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})

describe("Stately's inspector", () => {
  it('shows the tree that run.actions() has (X6)', async () => {
    const sent: StatelyInspectionEvent[] = []
    const { inspect } = createInspector({ send: (event) => void sent.push(event) })
    await using runtime = createRuntime({ threads: 1, inspect })
    const run = runtime.run(shared, {
      ending: 'await',
      children: [
        { on: 'shared', ending: 'await', children: [{ on: 'whole', ending: 'return' }] },
        { on: 'whole', ending: 'throw' },
      ],
    })
    await run.settled()
    const actors = () => sent.flatMap((event) => (event.type === '@xstate.actor' ? [event] : []))
    await eventually(() => actors().length).toBe(4)
    const nameOf = new Map(actors().map(({ sessionId, name }) => [sessionId, name]))
    expect(actors().map(({ name, parentId }) => [name, parentId && nameOf.get(parentId)])).toEqual(
      run.actions().map(({ id, parent }) => [id, parent]),
    )
    const lastPhase = (id: string): unknown => {
      const snapshots = sent.flatMap((event) =>
        event.type === '@xstate.snapshot' && nameOf.get(event.sessionId) === id ? [event.snapshot] : [],
      )
      return (snapshots.at(-1) as { phase?: string } | undefined)?.phase
    }
    for (const { id, phase } of run.actions()) await eventually(() => lastPhase(id)).toBe(phase)
  })

  it('shows a tree that it comes late to, from then on to its end (X6)', async () => {
    const sent: StatelyInspectionEvent[] = []
    const { inspect } = createInspector({ send: (event) => void sent.push(event) })
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const run = runtime.run(shared, {
      ending: 'await',
      children: [
        { on: 'shared', ending: 'sleep' },
        { on: 'whole', ending: 'compute', gate },
      ],
    }) as Run
    await eventually(() => run.actions().filter(({ phase }) => phase === 'running').length).toBe(3)
    actorOf(run).system.inspect(inspect)
    const child = await actorAt(run, 'a0.1')
    child.send({ type: 'heddle.cancel', reason: 'enough' })
    open(gate)
    await run.settled()
    const last = new Map<string, unknown>()
    await eventually(() => {
      for (const event of sent)
        if (event.type === '@xstate.snapshot')
          last.set(event.sessionId, (event.snapshot as { phase?: string }).phase)
      return [...last.values()].map(String).toSorted((a, b) => a.localeCompare(b))
    }).toEqual(['aborted', 'succeeded', 'succeeded'])
  })
})
