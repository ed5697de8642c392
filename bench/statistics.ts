// Medians and percentiles.

/** The value that half of them don't exceed. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** A percentile, interpolated between neighbours. `NaN` of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}
