// The logic of the XState actor that each action is, on the main thread. The runtime tells it what has happened; it
// turns that into snapshots, which `subscribe` and `inspect` show.
//
// A custom logic and not a machine: a machine copies its children at each spawn, 3 ms at 16 000 of them, and stopping
// half of those took 11 s. So the children are the runtime's, which stops them itself, in its own order.

import type { ActorLogic, ActorRef, Snapshot } from 'xstate'
import type { EventObject } from '../src/protocol/event-object.js'
import type { AbortReason } from '../src/protocol/abort-reason.js'
import type { HeddleError } from '../src/protocol/errors.js'
import type { Outcome, Phase } from '../src/protocol/outcome.js'

/** What an action's actor shows. XState's `status` follows the phase: `stopped` is aborted, `error` failed or timed out. */
export type ActionSnapshot = Snapshot<unknown> & {
  readonly phase: Phase
  /** From 1; 0 while the first one has not started. */
  readonly attempt: number
  /** What it reported last. */
  readonly report: unknown
  /** Once it is being aborted. */
  readonly reason: AbortReason | undefined
}

/** What an action's actor is told by the runtime. */
export type ActionActorEvent =
  | {
      readonly type: 'heddle.phase'
      readonly phase: Phase
      readonly attempt: number
      readonly reason: AbortReason | undefined
    }
  | { readonly type: 'heddle.report'; readonly value: unknown }
  | { readonly type: 'heddle.emit'; readonly event: EventObject }
  | { readonly type: 'heddle.settled'; readonly outcome: Outcome<unknown> }
  /** XState's own: the actor stops. From the runtime with the outcome; from anyone else it asks for an abort. */
  | { readonly type: 'xstate.stop'; readonly outcome?: Outcome<unknown> }

/** What an action's actor is made of. */
export interface ActionActorInput {
  readonly id: string
  readonly name: string
  readonly run: string
  /** Called when somebody else than the runtime stops the actor. */
  readonly onStop: () => void
}

/** The logic of an action's actor. */
export type ActionLogic = ActorLogic<ActionSnapshot, ActionActorEvent, ActionActorInput>

/** An action's actor, to look at: `runtime.run(…).actor`. */
export type ActionActorRef = ActorRef<ActionSnapshot, ActionActorEvent>

/** The one logic that all actions share: what differs is in the input. */
export const actionLogic: ActionLogic = {
  getInitialSnapshot: (_scope, input) => ({
    status: 'active',
    output: undefined,
    error: undefined,
    // Where XState keeps it, too; the transition finds `onStop` there.
    input,
    phase: 'queued',
    attempt: 0,
    report: undefined,
    reason: undefined,
  }),
  transition(snapshot, event, scope) {
    switch (event.type) {
      case 'heddle.phase':
        return { ...snapshot, phase: event.phase, attempt: event.attempt, reason: event.reason }
      case 'heddle.report':
        return { ...snapshot, report: event.value }
      case 'heddle.emit':
        scope.emit(event.event)
        return snapshot
      case 'heddle.settled':
        return settled(snapshot, event.outcome)
      case 'xstate.stop':
        if (event.outcome !== undefined) return settled(snapshot, event.outcome)
        inputOf(snapshot).onStop()
        return { ...snapshot, status: 'stopped', output: undefined, error: undefined }
      default:
        // What children's actors tell their parent's: the runtime knows already.
        return snapshot
    }
  },
  getPersistedSnapshot: (snapshot) => snapshot,
}

function settled(snapshot: ActionSnapshot, outcome: Outcome<unknown>): ActionSnapshot {
  const phase = outcome.status
  switch (outcome.status) {
    case 'succeeded':
      return { ...snapshot, status: 'done', output: outcome.output, error: undefined, phase }
    case 'aborted':
      return {
        ...snapshot,
        status: 'stopped',
        output: undefined,
        error: undefined,
        phase,
        reason: outcome.reason,
      }
    default: {
      const error: HeddleError = outcome.error
      return { ...snapshot, status: 'error', output: undefined, error, phase }
    }
  }
}

function inputOf(snapshot: ActionSnapshot): ActionActorInput {
  return (snapshot as unknown as { input: ActionActorInput }).input
}
