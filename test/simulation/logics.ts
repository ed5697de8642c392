// Bodies that are actor logics: machines that follow a plan. A state invokes what a step of it says, a wait or actions; letters
// move the machine on, or go to those. XState's own delays have no part in it: its clock is Node's.

import { createMachine, emit, fromPromise, log, sendParent, sendTo, type AnyActorLogic } from 'xstate'
import { fromAction } from '../../actors/from-action.js'
import { bodyOf } from '../../actors/inside/logic/logic-body.js'
import type { EventObject } from '../../src/index.js'
import type { On, Plan, Step } from './plan.js'
import { noteEntry, noteRead, plainWait, witness, type Context, type Definition } from './witness.js'

/** What a plan's own failure throws. */
export class PlannedError extends RangeError {
  override readonly name = 'PlannedError'
}

/** How long a state waits for a letter that is given no time. */
const PATIENCE_MS = 60
/** How long it leaves to what it has invoked: that may never end. */
const LONGEST_MS = 400

const waits = fromPromise(({ input }: { input: number }) => plainWait(input))

/** The first of the actions that a state has invoked. */
const FIRST = 'work0'

/** The body that follows a plan as a machine. */
export function logicBody(
  definitionOf: (on: On) => Definition,
): (plan: Plan, ctx: Context) => Promise<unknown> {
  return async (plan, ctx) => {
    const { run, id, attempt } = ctx.info
    witness.entered(run, id, attempt, plan)
    noteEntry(run, id, attempt)
    let hasReturned = false
    let isOver = false
    const take = (letter: EventObject | undefined): void => {
      if (isOver) witness.broken('X3', `${id}: its machine goes on after its end`)
      if (letter !== undefined) noteRead(ctx.info, letter)
    }
    try {
      const logic = machineOf(plan, ctx, definitionOf, take)
      const output = await bodyOf(logic)(plan as never, ctx)
      hasReturned = true
      return output
    } finally {
      isOver = true
      witness.ended(run, id, { attempt, returned: hasReturned, threwOwn: false })
    }
  }
}

/** How many actions a state of its machine invokes at most. */
export function mostInvoked({ steps }: Plan): number {
  return Math.max(0, ...steps.map((step) => (step.do === 'spawn' ? step.calls.length : 0)))
}

/** Told of each letter, and of what the machine does by itself. */
type Take = (letter: EventObject | undefined) => void

function machineOf(
  plan: Plan,
  ctx: Context,
  definitionOf: (on: On) => Definition,
  take: Take,
): AnyActorLogic {
  const states: Record<string, object> = {}
  for (const [at, step] of plan.steps.entries())
    states[`step${at}`] = stateOf(step, `step${at + 1}`, ctx, definitionOf, take)
  states[`step${plan.steps.length}`] = lastOf(plan)
  return createMachine({
    id: 'follows',
    initial: 'step0',
    states,
    output: () => (plan.end === 'returnUncloneable' ? { call: () => {} } : { done: ctx.info.id }),
    on: { letter: { actions: ({ event }: { event: EventObject }) => take(event) } },
  } as never) as AnyActorLogic
}

function stateOf(
  step: Step,
  next: string,
  ctx: Context,
  definitionOf: (on: On) => Definition,
  take: Take,
): object {
  const { run, id, attempt } = ctx.info
  const wait = (ms: number): object => ({ id: 'wait', src: waits, input: ms, onDone: next })
  switch (step.do) {
    case 'sleep':
    case 'await':
    case 'idle':
      return { invoke: wait(step.ms) }
    case 'receive':
      return {
        invoke: wait(step.timeoutMs ?? PATIENCE_MS),
        on: { letter: { target: next, actions: ({ event }: { event: EventObject }) => take(event) } },
      }
    case 'say': {
      if (step.what === 'report' || step.isUncloneable) return { always: next }
      if (step.what === 'log') return { entry: log('logged'), always: next }
      const said = { type: 'emitted', attempt }
      const parts = Array.from({ length: step.count }, (_, at) =>
        at % 2 === 0 ? emit(said) : sendParent(said as never),
      )
      const note = (): void => {
        take(undefined)
        witness.said(run, id, attempt, 'emit', step.count, ctx.signal.aborted)
      }
      return { entry: [note, ...parts], always: next }
    }
    case 'spawn': {
      const work = step.calls.map(({ plan }, at) => ({
        id: `work${at}`,
        src: fromAction(definitionOf(plan.on)),
        // An actor that is invoked is given no options.
        input: { ...plan, place: undefined },
        onDone: next,
        onError: next,
      }))
      if (work.length === 0) return { always: next }
      return { invoke: [...work, wait(LONGEST_MS)], on: { letter: lettersOf(next, take) } }
    }
    default:
      return { always: next }
  }
}

/** What a letter does while actions are invoked: it leaves their state, cancels the first one, forges its end, or goes to it. */
function lettersOf(next: string, take: Take): object[] {
  const which =
    (rest: number) =>
    ({ event }: { event: EventObject }): boolean =>
      (event as unknown as { count: number }).count % 4 === rest
  const taken =
    (rule: string) =>
    ({ event }: { event: EventObject }): void => {
      witness.cover(rule)
      take(event)
    }
  const cancel = { type: 'heddle.cancel', reason: 'by its machine' }
  return [
    { guard: which(0), target: next, actions: taken('X3 inside') },
    { guard: which(1), actions: [taken('X4 inside'), sendTo(FIRST, cancel)] },
    { guard: which(2), actions: [taken('X2 inside'), sendTo(FIRST, { type: 'heddle.ended' })] },
    { actions: [taken('X2 inside'), sendTo(FIRST, ({ event }: { event: EventObject }) => event)] },
  ]
}

function lastOf({ end }: Plan): object {
  switch (end) {
    case 'throw':
    case 'throwNull':
    case 'throwFinal':
    case 'throwLarge':
      return {
        entry: () => {
          throw new PlannedError('as planned')
        },
      }
    case 'sleepForever':
    case 'pollForever':
    case 'ignore':
    case 'spin':
    case 'expose':
      return {}
    default:
      return { type: 'final' }
  }
}
