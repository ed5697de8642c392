// Notifies bodies of the children that they have spawned: phases, reports, ends. Says, too, which failures a body hasn't
// listened to (S19). Only the attempt that holds the handles is notified: another one knows nothing of them (S9). Once
// that attempt has ended, others may hold them (S15).

import type { AttemptTicket } from '../../protocol/claims.js'
import type { Ending } from '../../../actors/ending.js'
import { decodeError } from '../../protocol/errors/decode-error.js'
import type { HeddleError } from '../../protocol/errors/errors.js'
import type { EventObject } from '../../protocol/event-object.js'
import { childId, childIndex } from '../../protocol/ids.js'
import type { UnlistenedChildren } from '../../protocol/messages.js'
import { encodeAbort, encodeOutcome } from '../../protocol/outcome-codec.js'
import type { Outcome, Phase, TerminalPhase } from '../../protocol/outcome.js'
import type { EventLog } from '../observe/event-log.js'
import { unheardEvent, warningEvent, type Address } from '../observe/action-events.js'
import type { Lane } from '../../threads/lane.js'
import type { Action } from '../tree/action.js'
import type { UntoldFailure } from '../tree/untold-failures.js'

const NOBODY = { action: undefined, line: undefined, ticket: undefined }

/** Notifies the spawner of a change of phase. */
export function notifyPhase(action: Action, phase: Phase): void {
  const { action: spawner, line, ticket } = action.spawnedBy ?? NOBODY
  if (spawner === undefined || line === undefined || ticket === undefined) return
  // The spawner knows already that it takes its children with it, by its abort or by its end.
  const isShared = phase === 'aborting' && (action.reason === spawner.abort.toldReason || spawner.hasEnded)
  if (isShared && action.parent === spawner && action.shield === undefined) return
  line.outgoing.addPhase(ticket, action.id, phase)
}

/** Notifies the spawner of a report. */
export function notifyReport(action: Action, value: unknown): void {
  const { line, ticket } = action.spawnedBy ?? NOBODY
  if (ticket !== undefined) line?.outgoing.addReport(ticket, action.id, value)
}

/** Notifies the spawner of an event that was emitted. */
export function notifyEmit(action: Action, event: EventObject): void {
  const { line, ticket } = action.spawnedBy ?? NOBODY
  if (ticket !== undefined) line?.send({ type: 'childEmit', ticket, id: action.id, event })
}

/** Notifies the spawner of the end. */
export function notifyEnd(action: Action, ending: Ending): void {
  const { action: spawner, line, ticket } = action.spawnedBy ?? NOBODY
  if (spawner === undefined || line === undefined || ticket === undefined) return
  const { id } = action
  line.noteEnd(ticket, id, action.phase as TerminalPhase)
  const { reason, escalations } = action
  // Of what was just stopped, no outcome with its error is made for this.
  if (ending.kind === 'stopped' && reason !== undefined && isPlain(action, ending)) {
    const told = sharesAbort(action, spawner) ? undefined : { reason, escalations }
    const outcome = encodeAbort(action, ending.how, told)
    line.outgoing.addEnd({ type: 'childSettled', ticket, id, outcome })
    return
  }
  const transfer = ending.kind === 'succeeded' ? ending.transfer : undefined
  const outcome = encodeOutcome(action.outcome as Outcome<unknown>, transfer)
  line.outgoing.addEnd({ type: 'childSettled', ticket, id, outcome })
}

/** Notifies the spawner that one of its children was refused. */
export function notifyRefused(
  lane: Lane<Action>,
  ticket: AttemptTicket,
  { id, error }: UntoldFailure,
  now: number,
): void {
  const outcome = encodeOutcome({ status: 'failed', error, queuedAt: now, settledAt: now })
  lane.outgoing.addEnd({ type: 'childSettled', ticket, id, outcome })
}

/** Whether an abort is all there is to an end. */
function isPlain({ timedOut }: Action, ending: Ending): boolean {
  return timedOut === undefined && !('thrown' in ending)
}

/** Whether the spawner knows all of an abort from its own. */
function sharesAbort({ parent, reason, escalations }: Action, spawner: Action): boolean {
  // A detached one may outlive the attempt that was told.
  return parent === spawner && reason === spawner.abort.toldReason && escalations === undefined
}

/**
 * A body has ended without having listened to these children. For those that may still fail, the ranges are kept as they
 * are: no child is touched for it.
 */
export function markUnheard(events: EventLog, spawner: Action, { ranges, failed }: UnlistenedChildren): void {
  spawner.ownChildren.addUnlistened(ranges)
  const { run } = spawner
  for (const { id, name, status, error } of spawner.takeUntold()) {
    // What its body knows of, it names.
    const index = childIndex(id)
    if (!spawner.children.isUnlistened(index) || failed.some((child) => child.index === index)) continue
    publish(events, { run, id, name, attempt: 1 }, { status, error })
  }
  // Unless one has failed, those that have settled don't matter.
  if (!spawner.children.mayBeUnheard && failed.length === 0) return
  for (let at = 0; at < ranges.length; at += 2) {
    const last = ranges[at + 1] as number
    for (let index = ranges[at] as number; index <= last; index += 1) {
      const child = run.actions.get(childId(spawner.id, index))
      if (child?.isSettled === true) publishUnheard(events, child)
    }
  }
  for (const { index, status, name, error } of failed) {
    const id = childId(spawner.id, index)
    if (run.actions.has(id)) continue
    publish(events, { run, id, name, attempt: 1 }, { status, error: decodeError(error) as HeddleError })
  }
}

/** Tells of an action that nobody has listened to, if it has failed. */
export function publishUnheard(events: EventLog, action: Action): void {
  // By the phase: of what was aborted, no outcome is made for this.
  if (action.phase !== 'failed' && action.phase !== 'timedOut') return
  const { outcome } = action
  if (outcome?.status === 'failed' || outcome?.status === 'timedOut') publish(events, action, outcome)
}

function publish(
  events: EventLog,
  address: Address,
  { status, error }: { readonly status: 'failed' | 'timedOut'; readonly error: HeddleError },
): void {
  const { run, id, name } = address
  run.unheard += 1
  events.publish(unheardEvent, address, error)
  events.publish(
    warningEvent,
    address,
    `action ${id} '${name}' ${status === 'failed' ? 'failed' : 'timed out'}, and nobody had asked how it ends: ${error.message}`,
  )
}
