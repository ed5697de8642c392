// Makes the events that tell of actions. Each is a plain function of an action and a detail, so that the log can leave the
// making out where nobody reads.

import type { UnresponsiveEvent } from '../../events.js'
import type { MadeEvent } from './event-log.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { HeddleError } from '../../protocol/errors/errors.js'
import type { EventObject } from '../../protocol/event-object.js'
import type { ToRuntime } from '../../protocol/messages.js'
import type { Action } from '../tree/action.js'

/** Where something has happened; what is left of an action whose record is gone. */
export type Address = Pick<Action, 'run' | 'id' | 'name' | 'attempt'>

/** It has changed its phase, at a known time or now. */
export function phaseEvent(action: Action, at: number | undefined): MadeEvent {
  const { outcome } = action
  return {
    type: 'phase',
    ...(at !== undefined && { at }),
    run: action.run.name,
    id: action.id,
    phase: action.phase,
    name: action.name,
    attempt: action.startedAt === undefined ? action.attempt - 1 : action.attempt,
    ...(action.parent && { parent: action.parent.id }),
    ...(action.thread !== undefined && { thread: action.thread }),
    ...(action.reason && { reason: action.reason }),
    ...(outcome !== undefined && 'how' in outcome && { how: outcome.how }),
    ...(outcome !== undefined && 'error' in outcome && { error: outcome.error }),
  }
}

/** It has reported. */
export function reportEvent({ run, id }: Action, value: unknown): MadeEvent {
  return { type: 'report', run: run.name, id, value }
}

/** It has emitted an event. */
export function emitEvent({ run, id }: Action, event: EventObject): MadeEvent {
  return { type: 'emit', run: run.name, id, event }
}

/** It has written a log entry. */
export function logEvent(
  { run, id, attempt }: Action,
  { at, level, message, fields }: ToRuntime & { readonly type: 'log' },
): MadeEvent {
  return { type: 'log', at, run: run.name, id, attempt, level, message, ...(fields && { fields }) }
}

/** A log entry of the runtime's own. */
export function warningEvent({ run, id, attempt }: Address, message: string): MadeEvent {
  return { type: 'log', run: run.name, id, level: 'warn', message, attempt }
}

/** The same, of no weight. */
export function debugEvent({ run, id, attempt }: Address, message: string): MadeEvent {
  return { type: 'log', run: run.name, id, level: 'debug', message, attempt }
}

/** An abort was accepted for it. */
export function abortEvent({ run, id, phase }: Action, reason: AbortReason): MadeEvent {
  return { type: 'abort', run: run.name, id, reason, escalation: phase === 'aborting' }
}

/** The abort was seen inside its thread. */
export function abortSeenEvent({ run, id }: Action, at: number): MadeEvent {
  return { type: 'abortSeen', at, run: run.name, id }
}

/** A failed attempt will be made again. */
export function retryEvent(
  { run, id, attempt }: Action,
  { error, delayMs }: { readonly error: HeddleError; readonly delayMs: number },
): MadeEvent {
  return { type: 'retry', run: run.name, id, attempt: attempt - 1, error, delayMs }
}

/** It failed, and nobody had asked how it ends. */
export function unheardEvent({ run, id }: Address, error: HeddleError): MadeEvent {
  return { type: 'unheard', run: run.name, id, error }
}

/** It is among those that may hold up its shared thread. */
export function unresponsiveEvent(
  { run, id }: Action,
  detail: Pick<UnresponsiveEvent, 'silentMs' | 'actions'> & { readonly thread: number | undefined },
): MadeEvent {
  const { thread, silentMs, actions } = detail
  return {
    type: 'unresponsive',
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
): MadeEvent {
  return { type: 'exitLate', run: run.name, id, ...(thread !== undefined && { thread }), pendingMs }
}
