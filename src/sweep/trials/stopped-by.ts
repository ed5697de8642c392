// What ended a sweep before its trials had: how several stops make one, and how that is said.

import type { StoppedBy } from '../results/progress.js'

/**
 * What has ended a sweep once another stop has come; `undefined` if that changes nothing. The first one says who and why. A later
 * one can only stop the trials that were to finish.
 */
export function joinStops(before: StoppedBy | undefined, later: StoppedBy): StoppedBy | undefined {
  if (before === undefined) return later
  if (before.running === undefined || later.running !== undefined) return undefined
  const { running: _, ...first } = before
  return first
}

/** Who or what, and why: `target(0.1): trial 3 reached 0.09`, or `ann (cli): it is good enough`. */
export function describeStop({ rule, reason, by }: StoppedBy): string {
  return `${by ?? rule}: ${reason}`
}

/** The same as a part of a sentence, with what has become of the trials that ran. */
export function describeEnding(stoppedBy: StoppedBy): string {
  const isFinishing = stoppedBy.running === 'finish'
  return `ended by ${describeStop(stoppedBy)}${isFinishing ? ' (running trials could finish)' : ''}`
}
