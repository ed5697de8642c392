// Makes the events that tell of actions. Each is a plain function of an action and a detail, so that the log can leave the
// making out where nobody reads.

import type {
  AbortEvent,
  AbortSeenEvent,
  EmitEvent,
  ExitLateEvent,
  LogEvent,
  PhaseEvent,
  ReportEvent,
  RetryEvent,
  UnheardEvent,
  UnresponsiveEvent,
} from '../../events.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { HeddleError } from '../../protocol/errors/errors.js'
import { hostFields } from '../../protocol/host-name.js'
import type { EventObject } from '../../protocol/event-object.js'
import type { ToRuntime } from '../../protocol/messages.js'
import type { Action } from '../tree/action.js'

/** Where something has happened; what is left of an action whose record is gone. */
export type Address = Pick<Action, 'run' | 'id' | 'name' | 'attempt'>

type Writable<Event> = { -readonly [Key in keyof Event]: Event[Key] }

/** It has changed its phase, at a known time or now. */
export function phaseEvent(action: Action, at: number | undefined, seq: number, now: number): PhaseEvent {
  const { run, id, phase, name, parent, thread, host, reason, startedAt, attempt } = action
  const event: Writable<PhaseEvent> = {
    type: 'phase',
    seq,
    at: at ?? now,
    run: run.name,
    id,
    phase,
    name,
    attempt: startedAt === undefined ? attempt - 1 : attempt,
  }
  if (parent !== undefined) event.parent = parent.id
  if (thread !== undefined) event.thread = thread
  if (host !== undefined) Object.assign(event, hostFields(host))
  if (reason !== undefined) event.reason = reason
  const { ending } = action.life
  if (!action.isSettled || ending === undefined || ending.kind === 'succeeded') return event
  if (ending.kind === 'stopped') {
    event.how = ending.how
    // All of the error is in what stands here already.
    if (action.timedOut === undefined && !('thrown' in ending)) return event
  }
  const { outcome } = action
  if (outcome !== undefined && 'error' in outcome) event.error = outcome.error
  return event
}

/** It has reported. */
export function reportEvent({ run, id }: Action, value: unknown, seq: number, at: number): ReportEvent {
  return { type: 'report', seq, at, run: run.name, id, value }
}

/** It has emitted an event. */
export function emitEvent({ run, id }: Action, event: EventObject, seq: number, at: number): EmitEvent {
  return { type: 'emit', seq, at, run: run.name, id, event }
}

/** It has written a log entry. */
export function logEvent(
  { run, id, attempt }: Action,
  { at, level, message, fields }: ToRuntime & { readonly type: 'log' },
  seq: number,
): LogEvent {
  return { type: 'log', seq, at, run: run.name, id, attempt, level, message, ...(fields && { fields }) }
}

/** A log entry of the runtime's own. */
export function warningEvent(
  { run, id, attempt }: Address,
  message: string,
  seq: number,
  at: number,
): LogEvent {
  return { type: 'log', seq, at, run: run.name, id, level: 'warn', message, attempt }
}

/** The same, of no weight. */
export function debugEvent(
  { run, id, attempt }: Address,
  message: string,
  seq: number,
  at: number,
): LogEvent {
  return { type: 'log', seq, at, run: run.name, id, level: 'debug', message, attempt }
}

/** An abort was accepted for it. */
export function abortEvent(
  { run, id, phase }: Action,
  reason: AbortReason,
  seq: number,
  at: number,
): AbortEvent {
  return { type: 'abort', seq, at, run: run.name, id, reason, escalation: phase === 'aborting' }
}

/** The abort was seen inside its thread. */
export function abortSeenEvent({ run, id }: Action, at: number, seq: number): AbortSeenEvent {
  return { type: 'abortSeen', seq, at, run: run.name, id }
}

/** A failed attempt will be made again. */
export function retryEvent(
  { run, id, attempt }: Action,
  { error, delayMs }: { readonly error: HeddleError; readonly delayMs: number },
  seq: number,
  at: number,
): RetryEvent {
  return { type: 'retry', seq, at, run: run.name, id, attempt: attempt - 1, error, delayMs }
}

/** It failed, and nobody had asked how it ends. */
export function unheardEvent(
  { run, id }: Address,
  error: HeddleError,
  seq: number,
  at: number,
): UnheardEvent {
  return { type: 'unheard', seq, at, run: run.name, id, error }
}

/** It is among those that may hold up its shared thread. */
export function unresponsiveEvent(
  { run, id }: Action,
  detail: Pick<UnresponsiveEvent, 'silentMs' | 'actions'> & { readonly thread: number | undefined },
  seq: number,
  at: number,
): UnresponsiveEvent {
  const { thread, silentMs, actions } = detail
  return {
    type: 'unresponsive',
    seq,
    at,
    run: run.name,
    id,
    ...(thread !== undefined && { thread }),
    silentMs,
    actions,
  }
}

/** Its thread was killed, and hasn't exited yet. */
export function exitLateEvent(
  { run, id }: Action,
  { thread, pendingMs }: { readonly thread: number | undefined; readonly pendingMs: number },
  seq: number,
  at: number,
): ExitLateEvent {
  return {
    type: 'exitLate',
    seq,
    at,
    run: run.name,
    id,
    ...(thread !== undefined && { thread }),
    pendingMs,
  }
}
