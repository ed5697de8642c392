// The record of an action, as it is shown, and as it is kept once it has settled (S29): no output, nothing large.

import type { AbortState } from '../../../actors/abort-state.js'
import type { LifeState } from '../../../actors/life-state.js'
import { SUCCEEDED, type Ending } from '../../../actors/ending.js'
import type { ActionRecord } from '../../events.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { keptError, keptReason, keptValue, plainValue } from '../../protocol/values/kept-value.js'
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

/** Of what has settled, keeps only what is shown. Says whether its outcome is another one for that. */
export function keepLess(life: LifeState): boolean {
  if (life.report !== undefined) life.report = keptValue(life.report)
  const { ending } = life
  const kept = ending && keptEnding(ending)
  let isLess = kept !== ending
  life.ending = kept
  const abort = life.abort && keptAbort(life.abort)
  isLess ||= abort !== life.abort
  life.abort = abort
  return isLess
}

/** Others may share it, and live: where it isn't the same, it is another one. */
function keptAbort(abort: AbortState): AbortState {
  const { reason, toldReason, escalations } = abort
  if (isKept(reason) && isKept(toldReason) && (escalations === undefined || escalations.every(isKept)))
    return abort
  const kept = abort.copy()
  kept.reason = reason && keptReason(reason)
  kept.toldReason = toldReason && keptReason(toldReason)
  kept.escalations = escalations?.map(keptReason)
  return kept
}

function isKept(reason: AbortReason | undefined): boolean {
  return reason === undefined || keptReason(reason) === reason
}

function keptEnding(ending: Ending): Ending {
  switch (ending.kind) {
    case 'succeeded':
      return SUCCEEDED
    case 'failed': {
      const error = keptError(ending.error)
      return error === ending.error ? ending : { kind: 'failed', error }
    }
    case 'stopped': {
      if (ending.thrown === undefined) return ending
      const thrown = keptError(ending.thrown)
      return thrown === ending.thrown
        ? ending
        : { kind: 'stopped', how: ending.how, thrown: plainValue(thrown) }
    }
  }
}
