// What a model is fitted to: the losses of trials, scaled, or scores by their ranks where they can't be compared.

import { compareEnded, type Ended } from './ranking.js'

/** Values with mean 0 and variance 1 or so, lower ones better. */
export function standardScores(ended: readonly Ended[]): Float64Array {
  const areComparable = ended.every(
    ({ loss, complete, violation }) => Number.isFinite(loss) && complete && violation === 0,
  )
  return areComparable ? scale(drawIn(ended.map(({ loss }) => loss))) : rankScores(ended)
}

/**
 * The worse half is drawn in by its logarithm, so that a few very bad ones don't make all others look alike; what is better than
 * the median stays as it is.
 */
function drawIn(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] as number
  const spread = median - (sorted[0] as number)
  if (!(spread > 0 && spread < Infinity)) return [...values]
  return values.map((value) =>
    value <= median ? value : median + spread * Math.log1p((value - median) / spread),
  )
}

/** In units of their spread; all 0 if they are equal. Halves first, for no difference to be infinite. */
function scale(values: readonly number[]): Float64Array {
  const largest = Math.max(...values.map(Math.abs), Number.MIN_VALUE)
  const scaled = values.map((value) => value / largest)
  const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length
  const deviation = Math.sqrt(scaled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / scaled.length)
  return Float64Array.from(scaled, (value) => (deviation > 0 ? (value - mean) / deviation : 0))
}

/** Equal ones get the same. */
function rankScores(ended: readonly Ended[]): Float64Array {
  const order = ended
    .map((_, at) => at)
    .toSorted((a, b) => compareEnded(ended[a] as Ended, ended[b] as Ended))
  const ranks = new Float64Array(ended.length)
  for (let first = 0; first < order.length;) {
    let next = first + 1
    while (
      next < order.length &&
      compareEnded(ended[order[first] as number] as Ended, ended[order[next] as number] as Ended) === 0
    )
      next += 1
    for (let at = first; at < next; at += 1) ranks[order[at] as number] = (first + next - 1) / 2
    first = next
  }
  return scale(Array.from(ranks, (rank) => normalQuantile((rank + 0.5) / ended.length)))
}

/** Φ⁻¹(p): Abramowitz & Stegun 26.2.23, to 4.5 · 10⁻⁴, which is enough for a rank. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  const t = Math.sqrt(-2 * Math.log(p))
  return (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
}
