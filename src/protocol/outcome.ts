// Phases and outcomes of an action: the words that handle, events, records and the wire share.

import type { AbortReason } from './errors/abort-reason.js'
import type { AbortHow, ActionAbortedError, ActionTimedOutError, HeddleError } from './errors/errors.js'
import type { EncodedError, EncodedReason } from './errors/encoded-error.js'

/** Where an action stands. `succeeded`, `failed`, `aborted` and `timedOut` are terminal. */
export type Phase = 'queued' | 'running' | 'aborting' | TerminalPhase

/** How an action has ended. */
export type TerminalPhase = 'succeeded' | 'failed' | 'aborted' | 'timedOut'

/** Where an action stands that hasn't ended. */
export type LivePhase = Exclude<Phase, TerminalPhase>

/** The phases of live actions, in the order of a life. */
export const LIVE_PHASES: readonly LivePhase[] = ['queued', 'running', 'aborting']

/** All phases, in the order in which they are shown: the live ones first. */
export const PHASES: readonly Phase[] = [...LIVE_PHASES, 'succeeded', 'failed', 'aborted', 'timedOut']

/** When each step of an action happened: epoch milliseconds, fractional, comparable across threads. */
export interface ActionTimes {
  /** When it was spawned; for a retried action, when its last attempt was queued. */
  readonly queuedAt: number
  /** When its body's (last) attempt started; left out if it never did. */
  readonly startedAt?: number
  /** When the main thread accepted the abort. */
  readonly abortRequestedAt?: number
  /** When the abort was seen inside the thread, by an event or by polling. */
  readonly abortDeliveredAt?: number
  /** When it ended. */
  readonly settledAt: number
}

/** How an action ended, exactly. Narrow it by `status`. */
export type Outcome<Output> =
  | ({ readonly status: 'succeeded'; readonly output: Output } & ActionTimes)
  | ({ readonly status: 'failed'; readonly error: HeddleError } & ActionTimes)
  | ({ readonly status: 'timedOut'; readonly error: ActionTimedOutError } & Stopped & ActionTimes)
  | ({ readonly status: 'aborted'; readonly error: ActionAbortedError } & Stopped & ActionTimes)

interface Stopped {
  /** The abort that won. */
  readonly reason: AbortReason
  /** Aborts that came after it, in order; they changed nothing but deadlines. */
  readonly escalations: readonly AbortReason[]
  /** How it stopped. */
  readonly how: AbortHow
}

/** That of an abort, all of whose error is in its reason; without that, it is its spawner's, with which it was aborted. */
export interface EncodedAbort extends ActionTimes {
  readonly status: 'aborted'
  readonly how: AbortHow
  readonly error?: undefined
  readonly reason?: EncodedReason
  readonly escalations?: readonly EncodedReason[]
}

/** An outcome on its way to another thread. `output` and `transfer` travel as they are. */
export type EncodedOutcome = ActionTimes &
  (
    | { readonly status: 'succeeded'; readonly output: unknown; readonly transfer?: readonly unknown[] }
    | { readonly status: 'failed'; readonly error: EncodedError }
    | EncodedAbort
    | {
        readonly status: 'timedOut' | 'aborted'
        readonly error: EncodedError
        /** Left out where the error has it: when the status is `aborted`. */
        readonly reason?: EncodedReason
        readonly escalations: readonly EncodedReason[]
        readonly how: AbortHow
      }
  )

/** A count for each phase, to be counted up. */
export function noCounts(): Record<Phase, number> {
  return { queued: 0, running: 0, aborting: 0, succeeded: 0, failed: 0, aborted: 0, timedOut: 0 }
}

/** Whether a phase is an end. */
export function isTerminal(phase: Phase): phase is TerminalPhase {
  return phase === 'succeeded' || phase === 'failed' || phase === 'aborted' || phase === 'timedOut'
}
