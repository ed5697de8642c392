// How a trial stands, in the words of the sweep: what the phase of its action and the reason of its end say together.

import type { ReasonInfo } from '../../../control/api.js'
import { isPruning } from '../../../control/shown/pruned.js'
import type { Phase } from '../../../protocol/outcome.js'
import type { TrialState } from '../../../sweep/results/progress.js'

/** What a sweep says of the trials that it stops. */
const STOPS: readonly TrialState[] = ['pruned', 'paused', 'stopped', 'failed']

/** The number in the name that a sweep gives its trials. */
export function numberOf(name: string): number | undefined {
  const number = /^trial-(\d+)$/.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** The state of a trial, whose action has that id. */
export function stateOf(id: string, phase: Phase, reason: ReasonInfo | undefined): TrialState {
  switch (phase) {
    case 'queued':
    case 'running':
      return 'running'
    case 'succeeded':
      return 'completed'
    case 'failed':
    case 'timedOut':
      return 'failed'
    case 'aborting':
    case 'aborted':
      break
  }
  if (isPruning(reason)) return STOPS.find((stop) => stop === reason?.cause?.code) ?? 'stopped'
  // Aimed at what is above it: the sweep itself has ended.
  return reason?.origin === id ? 'aborted' : 'interrupted'
}
