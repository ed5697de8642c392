// The events of a runtime, as its readers get them: numbered without gaps (S23).

import type { AbortReason } from './protocol/errors/abort-reason.js'
import type { AbortHow, HeddleError } from './protocol/errors/errors.js'
import type { EventObject } from './protocol/event-object.js'
import type { LogLevel } from './protocol/messages.js'
import type { Phase } from './protocol/outcome.js'

/** What all events of an action carry. */
export interface ActionEventBase {
  /** Counted up by one with each event of the runtime. */
  readonly seq: number
  /** Epoch milliseconds, fractional. */
  readonly at: number
  /** Name of the run. */
  readonly run: string
  /** Id of the action. */
  readonly id: string
}

/** The action has changed its phase. */
export interface PhaseEvent extends ActionEventBase {
  readonly type: 'phase'
  readonly phase: Phase
  readonly name: string
  readonly parent?: string
  /** From 1; 0 while the first one has not started. */
  readonly attempt: number
  /** Id of the thread it runs on. */
  readonly thread?: number
  /** The machine of that thread, where it isn't this one: its name, and what tells it from others of that name. */
  readonly host?: string
  readonly hostInstance?: string
  /** For `aborting`, `aborted` and `timedOut`. */
  readonly reason?: AbortReason
  /** For `aborted` and `timedOut`. */
  readonly how?: AbortHow
  /** For every end but `succeeded`. */
  readonly error?: HeddleError
}

/** The action has reported. */
export interface ReportEvent extends ActionEventBase {
  readonly type: 'report'
  readonly value: unknown
}

/** The action has emitted an event. */
export interface EmitEvent extends ActionEventBase {
  readonly type: 'emit'
  readonly event: EventObject
}

/** The action has written a log entry. */
export interface LogEvent extends ActionEventBase {
  readonly type: 'log'
  readonly level: LogLevel
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly attempt: number
}

/** An abort was accepted for the action that it was aimed at; with `escalation`, it was already being aborted. */
export interface AbortEvent extends ActionEventBase {
  readonly type: 'abort'
  readonly reason: AbortReason
  readonly escalation: boolean
}

/** The abort was seen inside the thread. */
export interface AbortSeenEvent extends ActionEventBase {
  readonly type: 'abortSeen'
}

/** A failed attempt will be made again. */
export interface RetryEvent extends ActionEventBase {
  readonly type: 'retry'
  /** The attempt that has failed. */
  readonly attempt: number
  readonly error: HeddleError
  /** How long until it is queued again. */
  readonly delayMs: number
}

/** A child failed, and its parent ended without ever having asked how it ends (S19). */
export interface UnheardEvent extends ActionEventBase {
  readonly type: 'unheard'
  readonly error: HeddleError
}

/**
 * Its shared thread hasn't answered for a second, and it is among those there that aren't parked: one of them computes
 * where it should await. New `cpu: 0` actions start on a second shared thread meanwhile.
 */
export interface UnresponsiveEvent extends ActionEventBase {
  readonly type: 'unresponsive'
  readonly thread?: number
  /** How long it hasn't answered, in milliseconds. */
  readonly silentMs: number
  /** All actions on the thread that aren't parked, this one included. */
  readonly actions: readonly { readonly run: string; readonly id: string; readonly name: string }[]
}

/** Its thread was killed and hasn't exited: a native call (`pbkdf2Sync`, `execSync`) delays that. It settles when it has. */
export interface ExitLateEvent extends ActionEventBase {
  readonly type: 'exitLate'
  readonly thread?: number
  /** How long ago it was killed, in milliseconds. */
  readonly pendingMs: number
}

/** What can happen to an action. */
export type ActionEvent =
  | PhaseEvent
  | ReportEvent
  | EmitEvent
  | LogEvent
  | AbortEvent
  | AbortSeenEvent
  | RetryEvent
  | UnheardEvent
  | UnresponsiveEvent
  | ExitLateEvent

/** The state that the following events build on. */
export interface SnapshotEvent {
  readonly type: 'snapshot'
  /** The last event that it includes. */
  readonly seq: number
  readonly at: number
  readonly runs: readonly RunSnapshot[]
}

/** One run in a snapshot. */
export interface RunSnapshot {
  readonly run: string
  readonly phase: Phase
  readonly actions: readonly ActionRecord[]
}

/** Events were missed, because the reader was slow or asked for some that aren't kept: a snapshot follows. */
export interface GapEvent {
  readonly type: 'gap'
  /** The first one missed. */
  readonly from: number
  /** The last one missed. */
  readonly to: number
}

/** What `runtime.events()` gives. */
export type RuntimeEvent = SnapshotEvent | GapEvent | ActionEvent

/** What is kept of an action, while it lives and, within `retain`, afterwards. */
export interface ActionRecord {
  readonly id: string
  readonly name: string
  /** Id of the action it is bound to. */
  readonly parent?: string
  readonly phase: Phase
  /** From 1; 0 if it never started. */
  readonly attempt: number
  readonly thread?: number
  /** The machine of that thread, where it isn't this one: its name, and what tells it from others of that name. */
  readonly host?: string
  readonly hostInstance?: string
  readonly queuedAt: number
  readonly startedAt?: number
  readonly abortRequestedAt?: number
  readonly abortDeliveredAt?: number
  /** While it is aborting: when force comes. Left out until its own grace runs: its children go first (S5). */
  readonly forceAt?: number
  readonly settledAt?: number
  readonly lastReport?: unknown
  readonly error?: HeddleError
  readonly reason?: AbortReason
  readonly escalations?: readonly AbortReason[]
  readonly how?: AbortHow
}
