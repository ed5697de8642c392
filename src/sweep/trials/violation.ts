// By how much a trial violates the constraints of its sweep.

/** By how much constraints are violated, all together: what isn't a number is violated without measure. */
export function violationOf(constraints: readonly number[]): number {
  return constraints.reduce((sum, one) => sum + (Number.isNaN(one) ? Infinity : Math.max(0, one)), 0)
}
