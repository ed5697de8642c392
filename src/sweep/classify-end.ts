// How a trial has ended, from how its action has: the one place where outcomes become trial states.

import { isHeddleError } from '../protocol/errors.js'
import type { Outcome } from '../protocol/outcome.js'
import type { TrialEnd } from './trial.js'

/** Why a trial was asked to stop. */
export interface Stopping {
  /** `failed`: it reported a metric that isn't finite. */
  readonly state: 'pruned' | 'stopped' | 'failed'
  readonly reason: string
}

/** What an outcome is looked at with. */
export interface EndContext {
  readonly metric: string
  /** The numbers that it returned. */
  readonly returned: Readonly<Record<string, number>>
  /** Whether it has reported the metric. */
  readonly measured: boolean
  readonly stopping: Stopping | undefined
  /** Id of its action. */
  readonly action: string
  /** Whether the sweep itself was cancelled. */
  readonly interrupted: boolean
}

/** The state that an outcome means. */
export function classifyEnd(
  outcome: Outcome<unknown>,
  { metric, returned, measured, stopping, action, interrupted }: EndContext,
): Pick<TrialEnd, 'state' | 'reason' | 'failure'> {
  // Whatever it did once it had reported that: the report is what counts.
  if (stopping?.state === 'failed') return { state: 'failed', failure: 'notFinite', reason: stopping.reason }
  switch (outcome.status) {
    case 'succeeded': {
      const value = returned[metric]
      if (value !== undefined && !Number.isFinite(value)) {
        return { state: 'failed', failure: 'notFinite', reason: `it returned ${metric} ${value}` }
      }
      if (value !== undefined || measured) return { state: 'completed' }
      return {
        state: 'failed',
        failure: 'noMetric',
        reason: `it has neither reported nor returned a number '${metric}'`,
      }
    }
    case 'failed': {
      const failure = isHeddleError(outcome.error, 'ThreadLostError') ? 'lost' : 'error'
      return { state: 'failed', failure, reason: outcome.error.message }
    }
    case 'timedOut':
      return { state: 'failed', failure: 'timeout', reason: outcome.error.message }
    case 'aborted': {
      const { source, message, origin } = outcome.reason
      // Aimed at what is above it: the sweep itself has ended.
      if (origin !== action) return { state: 'interrupted', reason: message }
      if (source !== 'cancel') return { state: 'aborted', reason: message }
      return stopping ?? { state: interrupted ? 'interrupted' : 'aborted', reason: message }
    }
  }
}
