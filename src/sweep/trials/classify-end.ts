// The end of a trial, from that of its action: the one place where outcomes become trial states.

import { isHeddleError } from '../../protocol/errors/is-heddle-error.js'
import type { Outcome } from '../../protocol/outcome.js'
import { numbersAt, type MetricDirection } from '../results/metrics.js'
import type { TrialEnd } from './trial.js'

/** Why a trial was asked to stop. */
export interface Stopping {
  /** `failed`: it reported a metric that isn't finite. */
  readonly state: 'pruned' | 'paused' | 'stopped' | 'failed'
  readonly reason: string
}

/** What an outcome is looked at with. */
export interface EndContext {
  readonly metrics: readonly MetricDirection[]
  /** The numbers that it returned. */
  readonly returned: Readonly<Record<string, number>>
  /** Whether it has reported the metric, where that counts. */
  readonly measured: boolean
  /** Whether it has come to its last step. */
  readonly isWhole: boolean
  readonly stopping: Stopping | undefined
  /** Its action. */
  readonly action: { readonly run: string; readonly id: string }
  /** Whether the sweep itself was cancelled. */
  readonly interrupted: boolean
}

/** What an outcome means. `loss`: who caused the loss of its thread. */
export type ClassifiedEnd = Pick<TrialEnd, 'reason' | 'failure'> & {
  readonly state: TrialEnd['state'] | 'paused'
  readonly loss?: 'self' | 'other' | 'unknown'
}

/** The state that an outcome means. */
export function classifyEnd(outcome: Outcome<unknown>, context: EndContext): ClassifiedEnd {
  const { stopping, action, interrupted, isWhole } = context
  // Whatever it did once it had reported that: the report is what counts.
  if (stopping?.state === 'failed') return { state: 'failed', failure: 'notFinite', reason: stopping.reason }
  if (outcome.status === 'aborted') {
    const { source, message, origin } = outcome.reason
    // Aimed at what is above it: the sweep itself has ended.
    if (origin !== action.id) return { state: 'interrupted', reason: message }
    if (source !== 'cancel') return { state: 'aborted', reason: message }
    if (stopping === undefined) return { state: interrupted ? 'interrupted' : 'aborted', reason: message }
  }
  if (stopping === undefined) return classifyOwnEnd(outcome, context)
  // Only the way to its end was left, or it had returned all that it has to say.
  const isCooperative = outcome.status === 'succeeded' || ('how' in outcome && outcome.how === 'cooperative')
  const hasValue =
    context.measured || (outcome.status === 'succeeded' && areFiniteAt(context.returned, context.metrics))
  if (isWhole && isCooperative && hasValue) return { state: 'completed' }
  if (stopping.state === 'stopped' && outcome.status === 'succeeded' && !context.measured) {
    return classifyOwnEnd(outcome, context)
  }
  // Else the verdict stands, however its body ended meanwhile: that is a race, and one sweep must be as the next.
  return stopping
}

/** Of one that nobody had asked to stop. */
function classifyOwnEnd(
  outcome: Outcome<unknown>,
  { metrics, returned, measured, action }: EndContext,
): ClassifiedEnd {
  switch (outcome.status) {
    case 'succeeded': {
      const values = numbersAt(returned, metrics)
      const wrong = Object.entries(values ?? {}).find(([, value]) => !Number.isFinite(value))
      if (wrong !== undefined) {
        return { state: 'failed', failure: 'notFinite', reason: `it returned ${wrong[0]} ${wrong[1]}` }
      }
      if (values !== undefined || measured) return { state: 'completed' }
      const wanted = metrics.map(({ name }) => `'${name}'`).join(' and ')
      return {
        state: 'failed',
        failure: 'noMetric',
        reason: `it has neither reported nor returned ${metrics.length > 1 ? `the numbers ${wanted} together` : `a number ${wanted}`}`,
      }
    }
    case 'failed': {
      const { error } = outcome
      const reason = error.message
      if (!isHeddleError(error, 'ThreadLostError')) return { state: 'failed', failure: 'error', reason }
      const { blame, culprit } = error
      // What one of its children has lost through another one of them is its own doing.
      const isOwn =
        culprit?.run === action.run &&
        (culprit.action === action.id || culprit.action.startsWith(`${action.id}.`))
      return { state: 'failed', failure: 'lost', reason, loss: isOwn ? 'self' : blame }
    }
    case 'timedOut':
      return { state: 'failed', failure: 'timeout', reason: outcome.error.message }
    case 'aborted':
      return { state: 'aborted', reason: outcome.reason.message }
  }
}

function areFiniteAt(
  numbers: Readonly<Record<string, number>>,
  metrics: readonly MetricDirection[],
): boolean {
  const values = numbersAt(numbers, metrics)
  return values !== undefined && Object.values(values).every(Number.isFinite)
}
