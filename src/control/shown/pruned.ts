// Which aborts are a sweep's: its trials are pruned, all else is aborted. The sweep says so itself, by the cause of the reason.

import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { ReasonInfo } from '../api.js'

/** The name of that cause (`TrialStoppedError` of `heddle/sweep`, which this doesn't load). */
const TRIAL_STOPPED = 'TrialStoppedError'

/** Whether an abort is that of a trial by its sweep, or of what was under that. */
export function isPruning(reason: AbortReason | ReasonInfo | undefined): boolean {
  if (reason?.source !== 'cancel') return false
  const cause: unknown = reason.cause
  return typeof cause === 'object' && cause !== null && 'name' in cause && cause.name === TRIAL_STOPPED
}
