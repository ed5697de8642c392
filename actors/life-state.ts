// The state of one action's life, and the words of that: the events that happen to it, and the effects that its life asks
// for. The state is one object of one shape, which `transition` in action.ts moves on in place; whoever watches is given
// snapshots that are made of it.

import type { AbortReason } from '../src/protocol/errors/abort-reason.js'
import type { HeddleError, TimeoutBound } from '../src/protocol/errors/errors.js'
import type { EventObject } from '../src/protocol/event-object.js'
import type { HostName } from '../src/protocol/host-name.js'
import type { LivePhase, Phase, TerminalPhase } from '../src/protocol/outcome.js'
import type { ResolvedRetries } from '../src/protocol/resolved-options.js'
import type { AbortState } from './abort-state.js'
import type { Ending, FailedEnding, ResultEnding, StoppedEnding } from './ending.js'

/** Queued: no body of this attempt is known to have begun. */
type WaitingStage =
  /** It is in the queue, or waits for room in it. */
  | 'waiting'
  /** An attempt has failed, and the next one isn't due yet. */
  | 'backoff'
  /** It was sent to a thread. */
  | 'offered'

/** Aborting, and its body, if there is one, hasn't ended. */
export type StoppingStage =
  /** No body of this attempt has begun, and none will. */
  | 'withdrawn'
  /** Its body was told, and its own grace waits for its children (S5). */
  | 'told'
  /** Its time runs. */
  | 'grace'
  /** Its time is up, and it is found out what may be done to its thread (S6). */
  | 'asking'
  /** Its thread is being killed. */
  | 'killing'

/** Where a life stands: its phase, its stage within that, and what goes with both. */
export type Position =
  | (Unaborted & { readonly phase: 'queued' } & ((Unended & { readonly stage: WaitingStage }) | Ended))
  | (Unaborted & { readonly phase: 'running' } & ((Unended & { readonly stage: 'running' }) | Ended))
  | (Aborted & Unended & { readonly stage: StoppingStage })
  /** Its body has ended, and its children drain. */
  | (Aborted & { readonly stage: 'stopping'; readonly ending: StoppedEnding })
  /** It has its outcome. */
  | {
      readonly phase: TerminalPhase
      readonly stage: 'settled'
      /** How its last attempt has ended. */
      readonly ending: Ending
      readonly abort: AbortState | undefined
      /** In epoch milliseconds. */
      readonly settledAt: number
    }

/** Its attempt has ended by itself, and its children drain. It was running, or queued if no body began. */
type Ended =
  /** It has failed, and another attempt may follow. */
  | { readonly stage: 'failing'; readonly ending: FailedEnding }
  /** Its outcome stands (S4). */
  | { readonly stage: 'ended'; readonly ending: ResultEnding }

interface Unended {
  readonly ending?: undefined
}

interface Unaborted {
  readonly abort?: undefined
  readonly settledAt?: undefined
}

interface Aborted {
  readonly phase: 'aborting'
  readonly abort: AbortState
  readonly settledAt?: undefined
}

/** Where an action stands within its phase. */
export type Stage = Position['stage']

/** What is known of a life wherever it stands; of the present attempt, where it isn't said otherwise. */
interface Known {
  /** The current one, from 1. */
  attempt: number
  /** Failed attempts that count against `retries`. */
  failures: number
  /** Whether the body of any attempt has ever begun. */
  began: boolean
  queuedAt: number
  startedAt: number | undefined
  /** When the first attempt was queued, and the first body began; only where there is more than one attempt. */
  first: { readonly queuedAt: number; readonly startedAt: number | undefined } | undefined
  thread: number | undefined
  /** The machine of that thread; `undefined` for this one. */
  host: HostName | undefined
  /** What it reported last. */
  report: unknown
}

/** The state of one action's life. */
export type LifeState = Known & Position

/** A life from its beginning on: it waits. */
export function newLife(queuedAt: number): LifeState {
  return new Fields(queuedAt) as LifeState
}

/** Has a life stand elsewhere. */
export function moveTo(life: LifeState, { phase, stage, ending, abort, settledAt }: Position): void {
  const fields = life as Fields
  fields.phase = phase
  fields.stage = stage
  fields.ending = ending
  fields.abort = abort
  fields.settledAt = settledAt
}

/** The one object that all of these are, of one shape. */
class Fields implements Known {
  phase: Phase = 'queued'
  stage: Stage = 'waiting'
  attempt = 1
  failures = 0
  began = false
  queuedAt: number
  startedAt: number | undefined
  first: Known['first']
  settledAt: number | undefined
  thread: number | undefined
  host: HostName | undefined
  ending: Ending | undefined
  abort: AbortState | undefined
  report: unknown

  constructor(queuedAt: number) {
    this.queuedAt = queuedAt
  }
}

/**
 * Its body has ended by itself: it has returned or thrown. `thrown` is left out where that was the abort that it was told of.
 * `startedAt`: when exactly it had begun, if it had.
 */
export type EndedEvent = { readonly type: 'ended'; readonly startedAt: number | undefined } & (
  | { readonly ok: true; readonly output: unknown; readonly transfer: readonly unknown[] | undefined }
  | { readonly ok: false; readonly thrown: { readonly value: unknown } | undefined }
)

/** What happens to an action. */
export type LifeEvent<Subject> =
  /** It was sent to a thread. */
  | { readonly type: 'sent' }
  /** It was taken back from there. */
  | { readonly type: 'takenBack' }
  /** Its wait for the next attempt is over. */
  | { readonly type: 'backoffOver' }
  /** Its body has begun, in that thread. */
  | {
      readonly type: 'started'
      readonly at: number
      readonly thread: number | undefined
      readonly host?: HostName | undefined
    }
  | EndedEvent
  /** Its body can't be started. */
  | { readonly type: 'cannotStart'; readonly error: HeddleError }
  /** Its thread is lost (S21). `uncounted`: for a neighbour (S28). */
  | {
      readonly type: 'threadLost'
      readonly error: HeddleError
      readonly uncounted: boolean
      /** Nobody knows whether its body had begun: that was elsewhere. */
      readonly mayHaveBegun?: boolean
    }
  /** A child has settled. */
  | { readonly type: 'childSettled' }
  | AbortEvent<Subject>
  /** Its parent's abort, from which it has its phase, since it was never sent, is its own from now on (S2). */
  | { readonly type: 'abortedWithParent'; readonly abort: AbortState }
  /** It was aborted before its body began, and settles now. `parentsAbort`: if that was only by its parent's abort. */
  | { readonly type: 'neverStarts'; readonly parentsAbort?: AbortState | undefined }
  /** A bound of its time has passed. */
  | { readonly type: 'timedOut'; readonly bound: TimeoutBound }
  /** A request binds it to a deadline (S5). */
  | { readonly type: 'hasten'; readonly deadline: number }
  /** All signals are on their way: its time is set. */
  | { readonly type: 'awaitEnd' }
  /** Its body has seen the abort. */
  | { readonly type: 'abortSeen'; readonly at: number }
  /** Its time to clean up is over. */
  | { readonly type: 'graceOver' }
  /** Its thread is being killed. */
  | { readonly type: 'killed' }
  /** Its host has dropped its parked body (S6 b). */
  | { readonly type: 'dropped' }
  /** It was given up: its code may still run (S6 d, S15). */
  | { readonly type: 'abandoned' }
  /** The thread in which it began is known now: it has come up. */
  | { readonly type: 'threadKnown'; readonly thread: number }
  | { readonly type: 'report'; readonly value: unknown }
  | { readonly type: 'emit'; readonly event: EventObject }
  /** It has settled, and only what its record shows is kept (S29). */
  | { readonly type: 'retired' }

/** It is aborted, by itself or by what is above it. One event for all that are hit by one abort. */
export interface AbortEvent<Subject> {
  readonly type: 'abort'
  readonly reason: AbortReason
  readonly at: number
  /** One for all that are hit (S5). */
  readonly deadline: number | undefined
  /** Whether it is put on record where there is an abort already: what follows from the end of a parent isn't. */
  readonly escalates: boolean
  /** The bound of its time that has passed, if that is why; not of those that are hit with it. */
  readonly bound?: TimeoutBound | undefined
  readonly walk: AbortWalk<Subject>
}

/** What an abort collects on its way through the tree. */
export interface AbortWalk<Subject> {
  /** Takes one back from the thread that it was sent to; `false` if its body has begun. */
  takeBack(subject: Subject): boolean
  /** No body of it begins any more: it settles when the walk is over. */
  withdrawn(subject: Subject): void
  /** It is told before anything else is sent to its thread; its time is looked at when the walk is over. */
  tell(subject: Subject): void
  /** It was told before; its time is looked at when the walk is over. */
  alreadyAborting(subject: Subject): void
}

/** What the life of an action asks about it. */
export interface Living {
  readonly id: string
  readonly name: string
  readonly isRoot: boolean
  /** Its body is a program: what stops that by force is no end of a thread. */
  readonly isCommand: boolean
  readonly retries: ResolvedRetries
  /** How long it may clean up, in milliseconds. */
  readonly graceMs: number
  /** It has its phase from its parent's abort, since it was never sent (S2). */
  readonly isAbortedWithParent: boolean
  /** Whether children of it live. */
  readonly hasChildren: boolean
  /** Whether some of those were spawned in a shield. */
  readonly hasShieldedChildren: boolean
  /** Whether some weren't: until they have settled, no grace runs (S5). */
  readonly hasUnshieldedChildren: boolean
}

/** What the life of an action does to the world: all of it. */
export interface LifeEffects<Subject> {
  now(): number
  /** Looks whether it has started; if so, that happens to it at once. */
  look(subject: Subject): void
  /** It has started: its run time is watched from here on. */
  started(subject: Subject): void
  /** It has changed its phase. */
  phaseChanged(subject: Subject, from: LivePhase): void
  /** A bound of its time has passed, and that counts: it is aborted. */
  timeOut(subject: Subject, bound: TimeoutBound): void
  /** Its grace ends at that time: `graceOver` comes then, or at once. */
  endGraceAt(subject: Subject, at: number): void
  /** Shields end: those that they have protected are hit now (S14). */
  endShields(subject: Subject): void
  /** Does what S6 says. */
  force(subject: Subject): void
  /** Its attempt is over: nothing is to be heard of it. */
  attemptEnded(subject: Subject): void
  /** What its body has thrown, as an error of the action's (S13). */
  failure(subject: Subject, thrown: unknown): HeddleError
  /** What lives under it ends with it (I2). */
  abortChildren(subject: Subject, reason: AbortReason): void
  /** What its attempt has failed with. */
  errorOf(subject: Subject, ending: Ending): HeddleError
  /** How long the next attempt waits after so many failures, in milliseconds. */
  backoffMs(subject: Subject): number
  /** There is another attempt, after that wait. */
  retried(subject: Subject, error: HeddleError, delayMs: number): void
  /** Calls back with `backoffOver`. */
  backOff(subject: Subject, delayMs: number): void
  /** Its next attempt goes into the queue. */
  queue(subject: Subject): void
  /** It has its outcome. */
  settled(subject: Subject, ending: Ending, from: LivePhase): void
  abortSeen(subject: Subject, at: number): void
  reported(subject: Subject, value: unknown): void
  emitted(subject: Subject, event: EventObject): void
}
