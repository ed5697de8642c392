// XState's own functions, upon the actors of roots and of children: before the body has begun, in the middle of its life, at
// its end and after it.

import { createRuntime, type Run, type Runtime } from 'heddle'
import type { ActionActorRef, ActionSnapshot } from 'heddle/actors'
import { shared, whole, type Plan, type Word } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { toPromise, waitFor } from 'xstate'
import { actorAt, actorOf, eventually } from '../../support/actors.js'
import { open, word } from '../../support/shared-words.js'

/** One that computes until its gate is open, as a root or as the only child of one; it may have to wait for its thread. */
async function started(
  runtime: Runtime,
  kind: string,
  plan: Plan,
): Promise<{ run: Run; actor: ActionActorRef }> {
  if (kind === 'root') {
    const run = runtime.run(whole, plan) as Run
    return { run, actor: actorOf(run) }
  }
  const run = runtime.scope(async (ctx) => {
    await ctx.spawn(whole, plan).settled()
    await ctx.sleep(1e9)
  }) as Run
  return { run, actor: await actorAt(run, 'a0.1') }
}

/** It has begun. */
function begins(actor: ActionActorRef): Promise<unknown> {
  return waitFor(actor, ({ report }) => report === 'up')
}

const computes = (gate: Word): Plan => ({ ending: 'compute', gate, report: 'up' })

describe.each(['root', 'child'])('XState’s own functions, upon the actor of a %s', (kind) => {
  it('give its output, asked for before, amid and after its life (X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const { run, actor } = await started(runtime, kind, computes(gate))
    const before = toPromise(actor)
    await begins(actor)
    const amid = toPromise(actor)
    open(gate)
    await expect(before).resolves.toBe('computed')
    await expect(amid).resolves.toBe('computed')
    await expect(toPromise(actor)).resolves.toBe('computed')
    run.cancel()
    await run.settled()
  })

  it('reject with its failure, asked for before, amid and after its life (X1, X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { run, actor } = await started(runtime, kind, { ending: 'throw', sleepMs: 50, report: 'up' })
    const before = toPromise(actor)
    const failure = { code: 'TypeError', cause: { message: 'as planned' } }
    // Heard of at once, since it may be over before the other has said something.
    const asked = expect(before).rejects.toMatchObject(failure)
    await begins(actor)
    await Promise.all([asked, expect(toPromise(actor)).rejects.toMatchObject(failure)])
    await expect(toPromise(actor)).rejects.toMatchObject(failure)
    run.cancel()
    await run.settled()
  })

  it('give nothing for an abort that comes meanwhile, and the abort afterwards (X3, X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { run, actor } = await started(runtime, kind, { ending: 'sleep', report: 'up' })
    const before = toPromise(actor)
    await begins(actor)
    const amid = toPromise(actor)
    actor.send({ type: 'heddle.cancel', reason: 'enough' })
    await expect(before).resolves.toBeUndefined()
    await expect(amid).resolves.toBeUndefined()
    await expect(toPromise(actor)).rejects.toMatchObject({
      code: 'ActionAbortedError',
      reason: { message: 'enough' },
    })
    run.cancel()
    await run.settled()
  })

  it('wait for a phase: one that comes, one that is, and not for the end of an abort (X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const held = runtime.run(whole, computes(gate))
    await held.reports().next()
    const { run, actor } = await started(runtime, kind, { ending: 'sleep', report: 'up' })
    await expect(waitFor(actor, ({ phase }) => phase === 'queued')).resolves.toMatchObject({
      status: 'active',
    })
    const running = waitFor(actor, ({ phase }) => phase === 'running')
    open(gate)
    await expect(running).resolves.toMatchObject({ status: 'active', phase: 'running' })
    const isAborted = ({ phase }: ActionSnapshot): boolean => phase === 'aborted'
    // XState tells nobody of the last snapshot of an actor that is stopped.
    const asked = expect(waitFor(actor, isAborted)).rejects.toThrow('terminated without satisfying')
    actor.send({ type: 'heddle.cancel' })
    await asked
    await expect(waitFor(actor, isAborted)).resolves.toMatchObject({
      status: 'stopped',
      reason: { source: 'cancel' },
    })
    run.cancel()
    await run.settled()
  })

  it('get plain data of it in each phase (X5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const held = runtime.run(whole, computes(gate))
    await held.reports().next()
    const { run, actor } = await started(runtime, kind, { ending: 'sleep', report: 'up', cleanUpTurns: 50 })
    const seen: unknown[] = []
    const persist = (): void => {
      const persisted = actor.getPersistedSnapshot()
      expect(structuredClone(persisted)).toEqual(persisted)
      const { status, phase } = JSON.parse(JSON.stringify(persisted)) as { status: string; phase: string }
      seen.push([status, phase])
    }
    persist()
    open(gate)
    await begins(actor)
    persist()
    actor.send({ type: 'heddle.cancel' })
    persist()
    await eventually(() => actor.getSnapshot().phase).toBe('aborted')
    persist()
    expect(seen).toEqual([
      ['active', 'queued'],
      ['active', 'running'],
      ['active', 'aborting'],
      ['stopped', 'aborted'],
    ])
    run.cancel()
    await run.settled()
  })
})

describe('the actor of a child', () => {
  it('is stopped by an event, and not by stop(), which XState keeps for roots (X4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(shared, {
      ending: 'await',
      report: 'up',
      children: [{ on: 'shared', ending: 'sleep' }],
    }) as Run
    await waitFor(actorOf(run), ({ report }) => report === 'up')
    const child = await actorAt(run, 'a0.1')
    expect(() => child.stop()).toThrow('A non-root actor cannot be stopped directly')
    expect(child.getSnapshot().status).toBe('active')
    child.send({ type: 'heddle.cancel', reason: 'by its actor' })
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded' })
    await eventually(() => run.actions()[1]).toMatchObject({
      phase: 'aborted',
      reason: { message: 'by its actor' },
    })
  })
})
