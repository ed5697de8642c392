import { describe, expect, it } from 'vitest'
import { createActor, type AnyActorRef, type InspectionEvent } from 'xstate'
import { actionLogic, type ActionActorRef, type ActionSnapshot } from '../../actors/action.js'
import type { AbortReason } from '../../src/protocol/abort-reason.js'
import { ActionAbortedError, ActionTimedOutError, RunEndedError } from '../../src/protocol/errors.js'

const times = { queuedAt: 1, settledAt: 2 }
const reason: AbortReason = { source: 'cancel', message: 'enough', origin: 'a0', at: 1 }

function start(): { actor: ActionActorRef; snapshots: ActionSnapshot[]; stops: string[]; errors: unknown[] } {
  const stops: string[] = []
  const snapshots: ActionSnapshot[] = []
  const errors: unknown[] = []
  const actor = createActor(actionLogic, {
    id: 'a0',
    input: { id: 'a0', name: 'train', run: 'run', onStop: () => stops.push('asked') },
  })
  actor.subscribe({ next: (snapshot) => snapshots.push(snapshot), error: (error) => errors.push(error) })
  actor.start()
  return { actor, snapshots, stops, errors }
}

describe('actor of an action', () => {
  it('begins queued', () => {
    const { actor } = start()
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', phase: 'queued', attempt: 0 })
  })

  it('shows phases, attempts, the reason and reports (3.6)', () => {
    const { actor, snapshots } = start()
    actor.send({ type: 'heddle.phase', phase: 'running', attempt: 1, reason: undefined })
    actor.send({ type: 'heddle.report', value: { done: 1 } })
    actor.send({ type: 'heddle.phase', phase: 'aborting', attempt: 1, reason })
    expect(snapshots.slice(-3)).toMatchObject([
      { phase: 'running', attempt: 1, report: undefined },
      { phase: 'running', report: { done: 1 } },
      { phase: 'aborting', report: { done: 1 }, reason },
    ])
  })

  it('is done with the output of an action that succeeded', () => {
    const { actor } = start()
    actor.send({ type: 'heddle.settled', outcome: { status: 'succeeded', output: 7, ...times } })
    expect(actor.getSnapshot()).toMatchObject({ status: 'done', output: 7, phase: 'succeeded' })
  })

  it('is in error with the error of one that failed or timed out', () => {
    const error = new RunEndedError('ended')
    const { actor, errors } = start()
    actor.send({ type: 'heddle.settled', outcome: { status: 'failed', error, ...times } })
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', error, phase: 'failed' })
    expect(errors).toEqual([error])
    const late = new ActionTimedOutError('late', { bound: 'runMs', limitMs: 1 })
    const other = start().actor
    other.send({
      type: 'heddle.settled',
      outcome: { status: 'timedOut', error: late, reason, escalations: [], how: 'cooperative', ...times },
    })
    expect(other.getSnapshot()).toMatchObject({ status: 'error', error: late, phase: 'timedOut' })
  })

  it('is stopped by the outcome of one that was aborted, without asking for an abort', () => {
    const { actor, stops, errors } = start()
    const error = new ActionAbortedError({ reason })
    actor.send({
      type: 'xstate.stop',
      outcome: { status: 'aborted', error, reason, escalations: [], how: 'forced', ...times },
    })
    expect(actor.getSnapshot()).toMatchObject({ status: 'stopped', phase: 'aborted', reason })
    expect(stops).toEqual([])
    expect(errors).toEqual([])
  })

  it('asks for an abort when somebody else stops it', () => {
    const { actor, stops } = start()
    ;(actor as unknown as { stop(): void }).stop()
    expect(stops).toEqual(['asked'])
    expect(actor.getSnapshot().status).toBe('stopped')
  })

  it('does not care about what children tell their parent', () => {
    const { actor } = start()
    const before = actor.getSnapshot()
    actor.send({ type: 'xstate.done.actor.a0.1', output: 1 } as never)
    expect(actor.getSnapshot()).toBe(before)
  })

  it('is shown to an inspector with its children', () => {
    const seen: string[] = []
    const parent = createActor(actionLogic, {
      id: 'a0',
      input: { id: 'a0', name: 'root', run: 'run', onStop() {} },
      inspect: (event: InspectionEvent) => {
        if (event.type === '@xstate.actor') seen.push((event.actorRef as AnyActorRef).id)
      },
    }).start()
    createActor(actionLogic, {
      id: 'a0.1',
      input: { id: 'a0.1', name: 'child', run: 'run', onStop() {} },
      parent: parent as never,
    }).start()
    expect(seen).toEqual(['a0', 'a0.1'])
  })
})
