// What a body is told of the children it has spawned: phases, reports, ends; and what it says it has not listened to
// (S19). Only the attempt that holds the handles is told: another one knows nothing of them (S9).

import type { Ticket } from '../protocol/claims.js'
import { decodeError } from '../protocol/decode-error.js'
import type { HeddleError } from '../protocol/errors.js'
import type { EventObject } from '../protocol/event-object.js'
import { childId } from '../protocol/ids.js'
import type { UnlistenedChildren } from '../protocol/messages.js'
import { encodeOutcome, encodeTogether } from '../protocol/outcome-codec.js'
import type { Outcome, Phase } from '../protocol/outcome.js'
import type { EventLog } from '../events.js'
import { unheardEvent, warningEvent, type Place } from './action-events.js'
import type { ActionNode, Ending } from './action-node.js'

/** Tells the spawner of a change of phase. */
export function tellPhase(node: ActionNode, phase: Phase): void {
  const { spawner } = node
  const ticket = ticketOfSpawner(node)
  if (spawner === undefined || ticket === undefined) return
  // What is aborted with its spawner needn't be told there, ten thousand times.
  const isShared = phase === 'aborting' && node.reason === spawner.abort.toldReason
  if (isShared && node.parent === spawner && node.shield === undefined) return
  spawner.line?.send({ type: 'childPhase', ticket, id: node.id, phase })
}

/** Tells the spawner of a report. */
export function tellReport(node: ActionNode, value: unknown): void {
  const ticket = ticketOfSpawner(node)
  if (ticket === undefined) return
  node.spawner?.line?.sendReport(ticket, node.id, value)
}

/** Tells the spawner of an event that was emitted. */
export function tellEmit(node: ActionNode, event: EventObject): void {
  const ticket = ticketOfSpawner(node)
  if (ticket === undefined) return
  node.spawner?.line?.send({ type: 'childEmit', ticket, id: node.id, event })
}

/** Tells the spawner of the end. */
export function tellEnd(node: ActionNode, ending: Ending): void {
  const { spawner, id } = node
  const ticket = ticketOfSpawner(node)
  if (spawner?.line === undefined || ticket === undefined) return
  if (isTogether(node, ending, spawner)) {
    spawner.line.sendEnd({ type: 'childSettled', ticket, id, outcome: encodeTogether(node, ending.how) })
    return
  }
  const transfer = ending.kind === 'succeeded' ? ending.transfer : undefined
  const outcome = encodeOutcome(node.outcome as Outcome<unknown>, transfer)
  spawner.line.sendEnd(
    { type: 'childSettled', ticket, id, outcome },
    transfer as readonly object[] | undefined,
  )
}

/** Whether it was aborted by what its spawner was told of, and nothing more can be said of it. */
function isTogether(
  node: ActionNode,
  ending: Ending,
  spawner: ActionNode,
): ending is Ending & { kind: 'stopped' } {
  return (
    ending.kind === 'stopped' &&
    node.timedOut === undefined &&
    node.reason === spawner.abort.toldReason &&
    node.escalations === undefined &&
    !('thrown' in ending)
  )
}

/** The ticket of the attempt that holds the handle, while that attempt lives. */
function ticketOfSpawner({ spawner, spawnerTicket }: ActionNode): Ticket | undefined {
  return spawner?.ticket === spawnerTicket ? spawnerTicket : undefined
}

/**
 * A body has ended without having listened to these children. The ranges are kept as they are, for those that may still
 * fail: to mark 100 000 children that are being stopped held the loop for 60 ms.
 */
export function markUnheard(
  events: EventLog,
  spawner: ActionNode,
  { ranges, failed }: UnlistenedChildren,
): void {
  spawner.addUnlistened(ranges)
  // Unless one has failed, those that have settled don't matter.
  if (!spawner.hasOtherChildren && failed.length === 0) return
  const { run } = spawner
  for (let at = 0; at < ranges.length; at += 2) {
    const last = ranges[at + 1] as number
    for (let index = ranges[at] as number; index <= last; index += 1) {
      const child = run.nodes.get(childId(spawner.id, index))
      if (child?.isSettled === true) publishUnheard(events, child)
    }
  }
  for (const { index, status, name, error } of failed) {
    const id = childId(spawner.id, index)
    if (run.nodes.has(id)) continue
    publish(events, { run, id, name, attempt: 1 }, { status, error: decodeError(error) as HeddleError })
  }
}

/** Tells of an action that nobody has listened to, if it has failed. */
export function publishUnheard(events: EventLog, node: ActionNode): void {
  // By the phase: of what was aborted, no outcome is made for this.
  if (node.phase !== 'failed' && node.phase !== 'timedOut') return
  const { outcome } = node
  if (outcome?.status === 'failed' || outcome?.status === 'timedOut') publish(events, node, outcome)
}

function publish(
  events: EventLog,
  place: Place,
  { status, error }: { readonly status: 'failed' | 'timedOut'; readonly error: HeddleError },
): void {
  const { run, id, name } = place
  run.unheard += 1
  events.publish(unheardEvent, place, error)
  events.publish(
    warningEvent,
    place,
    `action ${id} '${name}' ${status === 'failed' ? 'failed' : 'timed out'}, and nobody had asked how it ends: ${error.message}`,
  )
}
