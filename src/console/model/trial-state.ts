// How a trial stands, in the words of the sweep: what the phase of its action and the reason of its end say together.

import type { ReasonInfo } from '../../control/api.js'
import type { Phase } from '../../protocol/outcome.js'
import type { TrialState } from '../../sweep/progress.js'
import type { SweepReport } from '../../sweep/read-progress.js'

/** The number in the name that a sweep gives its trials. */
export function numberOf(name: string): number | undefined {
  const number = /^trial-(\d+)$/.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** The state of a trial. Without a description the run is no sweep, and nobody has pruned. */
export function stateOf(
  phase: Phase,
  reason: ReasonInfo | undefined,
  description: SweepReport | undefined,
): TrialState {
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
  switch (reason?.source) {
    case 'external':
      return 'aborted'
    case 'cancel': {
      const rule = description?.stoppedBy?.rule
      const isEnd = rule !== undefined && reason.message.startsWith(`${rule}: `)
      return description === undefined || isEnd ? 'stopped' : 'pruned'
    }
    default:
      return 'interrupted'
  }
}
