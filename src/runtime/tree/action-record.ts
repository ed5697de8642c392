// The record of an action, as it is shown.

import type { ActionRecord } from '../../events.js'
import { plainValue } from '../../protocol/values/kept-value.js'
import { hostFields, type HostName } from '../../protocol/host-name.js'
import type { EndedAction } from './action-outcome.js'
import type { Outcome, Phase } from '../../protocol/outcome.js'

/** What a record says of its action. */
export interface RecordedAction extends EndedAction {
  readonly phase: Phase
  readonly attempt: number
  readonly began: boolean
  readonly parent: { readonly id: string } | undefined
  readonly thread: number | undefined
  readonly host: HostName | undefined
  /** `Infinity` where force doesn't come, or that isn't known. */
  readonly forceAt: number
  readonly settledAt: number | undefined
  readonly lastReport: unknown
  readonly outcome: Outcome<unknown> | undefined
}

/** The record of an action, as of now. */
export function recordOf(action: RecordedAction): ActionRecord {
  const { outcome } = action
  const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
  const how = outcome !== undefined && 'how' in outcome ? outcome.how : undefined
  return {
    id: action.id,
    name: action.name,
    phase: action.phase,
    attempt: shownAttempt(action),
    queuedAt: action.queuedAt,
    ...(action.parent && { parent: action.parent.id }),
    ...(action.thread !== undefined && { thread: action.thread }),
    ...(action.host && hostFields(action.host)),
    ...(action.startedAt !== undefined && { startedAt: action.startedAt }),
    ...(action.abortRequestedAt !== undefined && { abortRequestedAt: action.abortRequestedAt }),
    ...(action.abortDeliveredAt !== undefined && { abortDeliveredAt: action.abortDeliveredAt }),
    ...(action.phase === 'aborting' && Number.isFinite(action.forceAt) && { forceAt: action.forceAt }),
    ...(action.settledAt !== undefined && { settledAt: action.settledAt }),
    ...(action.lastReport !== undefined && { lastReport: plainValue(action.lastReport) }),
    ...(error && { error }),
    ...(action.reason && { reason: action.reason }),
    ...(action.escalations && { escalations: [...action.escalations] }),
    ...(how && { how }),
  }
}

/** The attempt that it is at, from 1; 0 while the first one hasn't started. */
export function shownAttempt({ began, attempt }: Pick<RecordedAction, 'began' | 'attempt'>): number {
  return began || attempt > 1 ? attempt : 0
}
