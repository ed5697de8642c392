// Takes what has happened into the table: the same steps that the runtime made, told one by one.

import type { ActionEventInfo, GraceEvent } from '../../../control/api.js'
import { NONE, type ActionTable } from './action-table.js'
import { FIRST_TERMINAL } from '../words/phases.js'

/** Applies an event of an action. One of an action that isn't known is left out, unless it tells of its beginning. */
export function applyEvent(table: ActionTable, event: ActionEventInfo | GraceEvent): void {
  if (event.type === 'phase') {
    applyPhase(table, event)
    return
  }
  const row = table.rowOf(event.id)
  if (row === NONE) return
  table.version += 1
  switch (event.type) {
    case 'report':
      table.detailsOf(row).lastReport = event.value
      table.sawReport(event.value.value)
      break
    case 'abortSeen':
      table.abortDeliveredAt[row] = event.at
      break
    case 'grace':
      table.forceAt[row] = event.forceAt
      break
    case 'abort':
      if (event.escalation) {
        const details = table.detailsOf(row)
        details.escalations = (details.escalations ?? 0) + 1
      }
      break
    case 'retry': {
      const details = table.detailsOf(row)
      const startedAt = table.attemptStartedAt(row)
      const thread = table.thread[row]!
      details.earlier = [
        ...(details.earlier ?? []),
        {
          attempt: event.attempt,
          queuedAt: table.attemptQueuedAt(row),
          ...(!Number.isNaN(startedAt) && { startedAt }),
          ...(thread !== NONE && { thread, ...table.hosts.get(table.host[row]!) }),
          endedAt: event.at,
          error: event.error,
          delayMs: event.delayMs,
        },
      ]
      break
    }
    case 'emit':
    case 'log':
    case 'unheard':
    case 'unresponsive':
    case 'exitLate':
      break
  }
}

function applyPhase(table: ActionTable, event: ActionEventInfo & { type: 'phase' }): void {
  const row = table.add(event)
  const code = table.codeOf(event.phase, event.reason ?? table.details.get(row)?.reason)
  table.setPhase(row, code)
  table.attempt[row] = event.attempt
  if (event.cpu !== undefined) table.cpu[row] = event.cpu
  if (event.thread !== undefined) table.setPlace(row, event)
  if (code >= FIRST_TERMINAL) {
    table.settledAt[row] = event.at
    table.forceAt[row] = Number.NaN
  } else if (event.phase === 'queued') {
    // A first attempt, or another one, which begins clean; but the action's own times are those of the first.
    const again = table.details.get(row)
    if (again?.earlier === undefined) {
      table.queuedAt[row] = event.at
      table.startedAt[row] = Number.NaN
    } else {
      again.attemptQueuedAt = event.at
      again.attemptStartedAt = undefined
    }
    table.abortRequestedAt[row] = Number.NaN
    table.abortDeliveredAt[row] = Number.NaN
    table.settledAt[row] = Number.NaN
    table.setPlace(row, {})
    const details = table.details.get(row)
    if (details !== undefined) {
      details.reason = undefined
      details.error = undefined
      details.how = undefined
    }
  } else if (event.phase === 'running') {
    const again = table.details.get(row)
    if (again?.attemptQueuedAt !== undefined) again.attemptStartedAt = event.at
    if (again?.attemptQueuedAt === undefined || Number.isNaN(table.startedAt[row]!)) {
      table.startedAt[row] = event.at
    }
  } else table.abortRequestedAt[row] = event.at
  if (event.reason ?? event.how ?? event.error) {
    const details = table.detailsOf(row)
    if (event.reason !== undefined) details.reason = event.reason
    if (event.how !== undefined) details.how = event.how
    if (event.error !== undefined) details.error = event.error
  }
}
