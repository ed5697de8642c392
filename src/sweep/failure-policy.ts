// The policy for a trial that has failed: it is tried again, it counts as the worst, or the sweep fails with it.

import { isHeddleError } from '../protocol/errors/is-heddle-error.js'
import type { Outcome } from '../protocol/outcome.js'
import type { ClassifiedEnd } from './trials/classify-end.js'
import type { ResolvedOptions } from './resolve-options.js'
import { programRefusal } from './trials/trial-options.js'
import type { FailureKind, TrialEnd } from './trials/trial.js'

/** `uncounted`: it is tried again, and that isn't counted. */
export type FailureMeasure = 'uncounted' | 'again' | 'worst' | 'fail'

/** What is done about a failed trial that has been tried again so often. */
export function measureFor(
  end: ClassifiedEnd,
  outcome: Outcome<unknown>,
  failedAttempts: number,
  options: ResolvedOptions,
): FailureMeasure {
  const { failures, lostByUnknown, retries } = options
  // Another action's doing: it says nothing about this trial (S28).
  if (end.loss === 'other') return 'uncounted'
  if (isMadeWrongly(outcome, options)) return 'fail'
  const policy = end.loss === 'unknown' ? lostByUnknown : failures[end.failure as FailureKind]
  if (policy !== 'retry') return policy
  return failedAttempts < retries ? 'again' : 'worst'
}

/** What the sweep fails with, where the policy says so. */
export function failureOf(outcome: Outcome<unknown>, trial: number, end: TrialEnd): unknown {
  const isItsOwn = outcome.status === 'failed' || outcome.status === 'timedOut'
  return isItsOwn ? outcome.error : new TrialFailedError(trial, end)
}

/** No trial of such a sweep can ever run: going on would only hide the mistake. */
function isMadeWrongly(outcome: Outcome<unknown>, options: ResolvedOptions): boolean {
  if (outcome.status !== 'failed') return false
  if (isHeddleError(outcome.error, 'ActionInputError') && outcome.error.message === programRefusal(options))
    return true
  if (outcome.startedAt !== undefined) return false
  return (
    isHeddleError(outcome.error, 'ActionNotFoundError') || isHeddleError(outcome.error, 'NotCloneableError')
  )
}

/** What a sweep fails with where a trial gave no usable metric, and the policy is `fail`. */
class TrialFailedError extends Error {
  override readonly name = 'TrialFailedError'

  constructor(trial: number, { reason, failure }: TrialEnd) {
    super(`trial ${trial} has failed: ${reason}. The policy for '${failure}' is 'fail'`)
  }
}
