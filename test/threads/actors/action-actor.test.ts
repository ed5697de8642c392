import { createRuntime, type ActionContext, type EventObject, type Run, type Runtime } from 'heddle'
import type { ActionActorRef, ActionSnapshot } from 'heddle/actors'
import { shared, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { createActor, createMachine, sendTo, toPromise, waitFor } from 'xstate'
import { actorAt, actorOf, eventually, family, isUp } from '../../support/actors.js'
import { collectEvents, reports } from '../../support/events.js'

/** A scope that gives the messages that it receives, until it is aborted. */
function mailReader(runtime: Runtime, seen: EventObject[]): Run<void, never> {
  return runtime.scope(async (ctx: ActionContext<{ receives: EventObject }>) => {
    ctx.report('reads')
    for (;;) seen.push(await ctx.receive())
  })
}

describe('what an actor is sent', () => {
  it('reaches the mailbox, as run.send does, and from a machine (X2)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const seen: EventObject[] = []
    const run = mailReader(runtime, seen)
    const actor = actorOf(run)
    actor.send({ type: 'early', n: 1 })
    await reports(run, 'reads')
    actor.send({ type: 'ping', n: 2 })
    const sender = createActor(
      createMachine({ entry: sendTo(actor as never, { type: 'from a machine' } as never) }),
    ).start()
    sender.stop()
    await eventually(() => seen).toEqual([
      { type: 'early', n: 1 },
      { type: 'ping', n: 2 },
      { type: 'from a machine' },
    ])
    run.cancel()
    await run.settled()
  })

  it('reaches the mailbox of a child, in a thread (X2)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      const { waitsForMail } = await import('#fixtures/actors/correspondents.js')
      await ctx.spawn(waitsForMail)
      return 'read'
    })
    const child = await actorAt(run, 'a0.1')
    child.send({ type: 'text' })
    await expect(run).resolves.toBe('read')
  })

  it('is refused as run.send refuses it, and taken no more after the end (X2)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = mailReader(runtime, [])
    const actor = actorOf(run)
    expect(() => actor.send({ type: 'uncloneable', call() {} })).toThrow(/can't be sent/)
    expect(actor.getSnapshot().status).toBe('active')
    run.cancel()
    await run.settled()
    expect(actor.getSnapshot().status).toBe('stopped')
  })

  it('cannot be forged: nothing changes, and a log entry says so; of XState’s own, nothing is said (X2)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen } = collectEvents(runtime)
    const run = family(runtime)
    await reports(run, 'up')
    const child = await actorAt(run, 'a0.1')
    const told: EventObject[] = []
    const inspected = actorOf(run).system.inspect((event) => {
      if (event.type === '@xstate.event') told.push(event.event)
    })
    await runtime.run(shared, { ending: 'return' })
    for (const actor of [actorOf(run), child]) {
      const before = actor.getSnapshot()
      const outcome = { status: 'succeeded', output: 42, queuedAt: 1, settledAt: 1 }
      actor.send({ type: 'heddle.settled', outcome })
      actor.send({ type: 'heddle.phase', phase: 'aborted', attempt: 1, reason: undefined })
      actor.send({ type: 'heddle.report', value: 'forged' })
      actor.send({ type: 'heddle.anything' })
      actor.send({ type: 'xstate.done.actor.x' })
      expect(actor.getSnapshot()).toBe(before)
    }
    expect(run.phase).toBe('running')
    const warnings = () =>
      seen.flatMap((event) => (event.type === 'log' && event.level === 'warn' ? [event] : []))
    await eventually(() => warnings().length).toBe(8)
    expect(warnings().map(({ id, message }) => [id, /'([^']*)'/.exec(message)?.[1]])).toEqual(
      ['a0', 'a0.1'].flatMap((id) =>
        ['heddle.settled', 'heddle.phase', 'heddle.report', 'heddle.anything'].map((type) => [id, type]),
      ),
    )
    // Nor by what an inspector has seen.
    run.cancel('enough')
    const own = told.findLast(({ type }) => type === 'heddle.phase') as EventObject
    expect(own).toBeDefined()
    const shown = actorOf(run).getSnapshot()
    actorOf(run).send(own)
    actorOf(run).send({ ...own, phase: 'running' })
    expect(actorOf(run).getSnapshot()).toBe(shown)
    inspected.unsubscribe()
    await run.settled()
  })
})

describe('within a subscriber, an emit listener and an inspector', () => {
  it('cancel, abort and send act at once (X1)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const seen: EventObject[] = []
    const phases: string[] = []
    const run = mailReader(runtime, seen)
    const actor = actorOf(run)
    actor.subscribe(({ report }) => {
      if (report !== 'reads' || phases.length > 0) return
      actor.send({ type: 'from within' })
      run.send({ type: 'and so' } as never)
      run.cancel('from within')
      phases.push(run.phase, String(runtime.stats().aborting))
    })
    await expect(run.settled()).resolves.toMatchObject({ reason: { message: 'from within' } })
    expect(phases).toEqual(['aborting', '1'])
  })

  it('a message is in the mailbox before the listener goes on (X1, X2)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const order: string[] = []
    const run = runtime.scope(async (ctx: ActionContext<{ receives: EventObject; emits: EventObject }>) => {
      ctx.emit({ type: 'asks' })
      const message = await ctx.receive()
      order.push(message.type)
      await ctx.sleep(1e9)
    }) as unknown as Run<void, never>
    const actor = actorOf(run)
    actor.on('asks' as never, () => {
      actor.send({ type: 'answer' })
      order.push('sent')
      actor.send({ type: 'heddle.cancel', reason: 'done' })
      order.push(run.phase)
    })
    await run.settled()
    expect(order.slice(0, 2)).toEqual(['sent', 'aborting'])
    const { reason } = (await run.settled()) as { reason?: { message: string } }
    expect(reason?.message).toBe('done')
  })

  it('an inspector may cancel what it sees, and subscribers see each step in order (X1)', async () => {
    const phases: string[] = []
    const runs: Run[] = []
    await using runtime = createRuntime({
      threads: 0,
      inspect(event) {
        if (event.type !== '@xstate.snapshot') return
        const { phase } = event.snapshot as ActionSnapshot
        if (phase === 'running' && runs[0]?.phase === 'running') {
          runs[0].cancel('seen')
          phases.push(runs[0].phase)
        }
      },
    })
    runs.push(runtime.scope((ctx) => ctx.sleep(1e9)))
    const steps: string[] = []
    actorOf(runs[0] as Run).subscribe(({ phase }) => steps.push(phase))
    await runs[0]?.settled()
    expect(phases).toEqual(['aborting'])
    expect(steps).toEqual(['running', 'aborting'])
  })
})

describe('the same life', () => {
  it.each([false, true])('is lived whether somebody watches (%s) or not (X1)', async (isWatched) => {
    await using runtime = createRuntime({ threads: 1, retain: 1000 })
    const { seen } = collectEvents(runtime)
    const run = runtime.run(shared, {
      ending: 'all',
      children: [
        { on: 'shared', ending: 'sleep' },
        { on: 'retried', ending: 'throw' },
      ],
    })
    if (isWatched) void run.actor
    await run.settled()
    const of = (id: string): string[] =>
      seen.flatMap((event) => (event.type === 'phase' && event.id === id ? [event.phase] : []))
    await eventually(() => of('a0')).toEqual(['queued', 'running', 'failed'])
    expect(of('a0.1')).toEqual(['queued', 'running', 'aborting', 'aborted'])
    expect(of('a0.2')).toEqual(['queued', 'running', 'queued', 'running', 'queued', 'running', 'failed'])
  })

  it('shows succeeded as done, failed and timed out as error, aborted as stopped (X1)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ends: [Run, string, string][] = [
      [runtime.run(whole, { ending: 'return' }), 'done', 'succeeded'],
      [runtime.run(whole, { ending: 'throw' }), 'error', 'failed'],
      [runtime.run(whole, { ending: 'sleep' }, { timeout: 1 }), 'error', 'timedOut'],
      [runtime.run(whole, { ending: 'sleep' }), 'stopped', 'aborted'],
    ]
    const settled = ends.map(([run]) => run.settled())
    for (const [run] of ends) void run.actor
    for (const [at, [run, status, phase]] of ends.entries()) {
      if (phase === 'aborted') run.cancel()
      await settled[at]
      expect(actorOf(run).getSnapshot()).toMatchObject({ status, phase })
    }
  })
})

describe('the tree', () => {
  it('is in the snapshots and in the system, also where somebody looks late (X4, X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = family(runtime)
    await isUp(run)
    const root = actorOf(run)
    const walk = (actor: ActionActorRef): unknown =>
      Object.fromEntries(Object.entries(actor.getSnapshot().children).map(([id, child]) => [id, walk(child)]))
    expect(walk(root)).toEqual({ 'a0.1': {}, 'a0.2': { 'a0.2.1': {} } })
    expect(Object.keys(root.system.getAll()).toSorted()).toEqual(['a0', 'a0.1', 'a0.2', 'a0.2.1'])
    for (const { id, phase, attempt } of run.actions()) {
      const actor = root.system.get(id) as ActionActorRef
      expect([actor.id, (actor as unknown as { systemId: string }).systemId]).toEqual([id, id])
      expect(actor.getSnapshot()).toMatchObject({ phase, attempt, status: 'active' })
    }
    const child = root.system.get('a0.1') as ActionActorRef
    child.send({ type: 'heddle.cancel' })
    await eventually(() => root.system.get('a0.1')).toBeUndefined()
    expect(walk(root)).toEqual({ 'a0.2': { 'a0.2.1': {} } })
    run.cancel()
    await run.settled()
    expect(root.system.getAll()).toEqual({})
  })

  it('goes on from where each life stood when somebody looked (X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = family(runtime)
    await isUp(run)
    run.cancel('enough', { graceMs: 5000 })
    const root = actorOf(run)
    expect(root.getSnapshot()).toMatchObject({
      phase: 'aborting',
      report: 'up',
      reason: { message: 'enough' },
    })
    const child = root.system.get('a0.1') as ActionActorRef
    expect(child.getSnapshot()).toMatchObject({ phase: 'aborting', reason: { message: 'enough' } })
    const phases: string[] = []
    child.subscribe({ next: ({ phase }) => phases.push(phase), complete: () => phases.push('complete') })
    await run.settled()
    expect(phases).toEqual(['complete'])
    expect(child.getSnapshot()).toMatchObject({ status: 'stopped', phase: 'aborted' })
  })

  it('a failed child whose actor is only watched for snapshots is no uncaught exception (X5, S19)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(shared, { ending: 'await', children: [{ ending: 'throw' }] })
    const child = await actorAt(run, 'a0.1')
    const statuses: string[] = []
    child.subscribe(({ status }) => statuses.push(status))
    await expect(run).resolves.toBe('returned')
    expect(child.getSnapshot()).toMatchObject({ status: 'error', phase: 'failed' })
  })
})

describe('an actor that is read after the end', () => {
  it('is final, in no system, and tells what came of it (X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ended: Run[] = [
      runtime.run(whole, { ending: 'return' }),
      runtime.run(whole, { ending: 'throw' }),
      runtime.run(whole, { ending: 'sleep' }),
    ]
    ended[2]?.cancel('enough')
    await Promise.all(ended.map((run) => run.settled()))
    const [done, failed, aborted] = ended.map((run) => actorOf(run)) as [
      ActionActorRef,
      ActionActorRef,
      ActionActorRef,
    ]
    for (const [at, actor] of [done, failed, aborted].entries()) {
      expect(actor.system.getAll()).toEqual({})
      expect(actor.getSnapshot().children).toEqual({})
      expect(ended[at]?.actor).toBe(actor)
      actor.subscribe(() => {})
      actor.subscribe({ error() {} })
    }
    await expect(toPromise(done)).resolves.toBe('returned')
    await expect(toPromise(failed)).rejects.toMatchObject({ code: 'TypeError' })
    await expect(toPromise(aborted)).rejects.toMatchObject({ reason: { message: 'enough' } })
    await expect(waitFor(done, ({ status }) => status === 'done')).resolves.toMatchObject({
      output: 'returned',
    })
    // Nothing is uncaught: it would have been thrown by now.
    await new Promise((resolve) => setTimeout(resolve, 20))
  })

  it('is the one that was watched before, with the same answers (X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(whole, { ending: 'sleep' }) as Run
    const actor = actorOf(run)
    run.cancel('enough')
    await run.settled()
    expect(run.actor).toBe(actor)
    await expect(toPromise(actor)).rejects.toMatchObject({ reason: { message: 'enough' } })
  })
})
