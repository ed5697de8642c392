// The outcome that the end of an action's last attempt makes.

import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { ActionAbortedError, ActionTimedOutError, type TimeoutBound } from '../../protocol/errors/errors.js'
import type { Outcome } from '../../protocol/outcome.js'
import { NEVER_STARTED, type Ending } from '../../../actors/ending.js'

/** What an outcome says of its action. */
export interface EndedAction {
  readonly run: { readonly name: string }
  readonly id: string
  readonly name: string
  readonly queuedAt: number
  readonly startedAt: number | undefined
  readonly abortRequestedAt: number | undefined
  readonly abortDeliveredAt: number | undefined
  readonly reason: AbortReason | undefined
  readonly escalations: readonly AbortReason[] | undefined
  readonly timedOut: TimeoutBound | undefined
  bound(name: TimeoutBound): number | undefined
}

/** The outcome of an action whose last attempt has ended so. */
export function outcomeOf(action: EndedAction, ending: Ending, settledAt: number): Outcome<unknown> {
  if (
    ending.kind === 'succeeded' &&
    action.startedAt !== undefined &&
    action.abortRequestedAt === undefined
  ) {
    // Nearly all are as plain as this: one literal, and none of the spreads below.
    const { queuedAt, startedAt } = action
    return { status: 'succeeded', output: ending.output, queuedAt, startedAt, settledAt }
  }
  if (ending === NEVER_STARTED && action.timedOut === undefined && action.abortDeliveredAt === undefined)
    return neverStarted(action, settledAt)
  const times = {
    queuedAt: action.queuedAt,
    ...(action.startedAt !== undefined && { startedAt: action.startedAt }),
    ...(action.abortRequestedAt !== undefined && { abortRequestedAt: action.abortRequestedAt }),
    ...(action.abortDeliveredAt !== undefined && { abortDeliveredAt: action.abortDeliveredAt }),
    settledAt,
  }
  switch (ending.kind) {
    case 'succeeded':
      return { status: 'succeeded', output: ending.output, ...times }
    case 'failed':
      return { status: 'failed', error: ending.error, ...times }
    case 'stopped': {
      const place = { run: action.run.name, action: action.id }
      const reason = action.reason as AbortReason
      const { how } = ending
      const cause = 'thrown' in ending ? { cause: ending.thrown } : {}
      const stopped = { reason, escalations: action.escalations ?? [], how, ...times }
      if (action.timedOut === undefined) {
        const error = new ActionAbortedError({ reason, how, ...place, ...cause })
        return { status: 'aborted', error, ...stopped }
      }
      const bound = action.timedOut
      const limitMs = action.bound(bound) as number
      const message = `action ${action.id} '${action.name}' of run '${action.run.name}' timed out: ${timeoutText(bound, limitMs)}`
      const error = new ActionTimedOutError(message, { bound, limitMs, ...place, ...cause })
      return { status: 'timedOut', error, ...stopped }
    }
  }
}

/** Very many may end so at once: again one literal. */
function neverStarted(action: EndedAction, settledAt: number): Outcome<unknown> {
  const { id, run, queuedAt, abortRequestedAt } = action
  const reason = action.reason as AbortReason
  const how = 'never-started'
  const error = new ActionAbortedError({ reason, how, run: run.name, action: id })
  const escalations = action.escalations ?? []
  if (abortRequestedAt === undefined)
    return { status: 'aborted', error, reason, escalations, how, queuedAt, settledAt }
  return { status: 'aborted', error, reason, escalations, how, queuedAt, abortRequestedAt, settledAt }
}

function timeoutText(bound: TimeoutBound, limitMs: number): string {
  if (bound === 'runMs') return `it ran for longer than ${limitMs} ms (timeout.runMs)`
  if (bound === 'queuedMs') return `it waited in the queue for longer than ${limitMs} ms (timeout.queuedMs)`
  return `all attempts together took longer than ${limitMs} ms (timeout.deadlineMs)`
}
