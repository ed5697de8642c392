// The order of trials that have ended, best first: the one by which samplers go.

/** The end of a trial as samplers see it. */
export interface Ended {
  /** The metric, negated if it is to be maximized; of several metrics the first. `Infinity`: it has none. */
  readonly loss: number
  /** The same of all metrics; all `Infinity` if one is missing. */
  readonly losses: readonly number[]
  /** Whether it ran to its end. */
  readonly complete: boolean
  /** The last step that it came to. */
  readonly step: number
  /** By how much its constraints were violated, all together; 0: by nothing. */
  readonly violation: number
}

/**
 * Better ones first: one that has a metric before one that has none; what keeps the constraints before what doesn't, and of
 * the latter what violates them by less (Deb 2000); what ran to its end before what was stopped early, and of the latter
 * what came further; then the lower loss.
 */
export function compareEnded(a: Ended, b: Ended): number {
  return compareApartFromLoss(a, b) || compareNumbers(a.loss, b.loss)
}

/** The same, without the loss: 0 where that decides. */
export function compareApartFromLoss(a: Ended, b: Ended): number {
  if (a.loss === Infinity || b.loss === Infinity) return compareNumbers(a.loss, b.loss)
  if (a.violation !== b.violation) return compareNumbers(a.violation, b.violation)
  if (a.complete !== b.complete) return a.complete ? -1 : 1
  if (!a.complete && a.step !== b.step) return b.step - a.step
  return 0
}

/** Lower ones first, be they infinite. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
