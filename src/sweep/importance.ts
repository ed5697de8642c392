// Which parameters matter: how far the distribution of each among the best trials differs from that among all.

import type { Dimension, Dimensions, Point } from './dimensions.js'
import type { Direction } from './progress.js'

/** What a trial tells about importance. */
export interface Evidence {
  readonly point: Point
  readonly value: number
}

/** Below so many trials nothing is said. */
const MIN_TRIALS = 8
/** Bins of a number's scale. */
const BINS = 16
/** `γ′`: the share of trials that counts as the best. */
const BEST_SHARE = 0.2

/**
 * Importance of each parameter by PED-ANOVA (Watanabe, Bansal & Hutter 2023, 'PED-ANOVA: Efficiently Quantifying
 * Hyperparameter Importance in Arbitrary Subspaces'): the Pearson divergence `D_PE(p_γ′ ‖ p) = Σ p (p_γ′ / p − 1)²` between
 * the densities of a parameter among the best `γ′ = 20 %` and among all trials, as a share of the sum over all parameters.
 *
 * It says what separates the best from the rest where the sweep has looked, and works for samplers that don't look
 * everywhere alike; as a one-dimensional measure it doesn't see what only matters together. Numbers are binned, with the
 * neighbouring bins smoothed in. Of a conditional parameter, only the trials that have it count, and by their share.
 *
 * @returns Shares by name that add up to 1, or an empty object for less than 8 trials.
 */
export function importanceOf(
  dimensions: Dimensions,
  evidence: readonly Evidence[],
  direction: Direction,
): Record<string, number> {
  if (evidence.length < MIN_TRIALS) return {}
  const sorted = evidence.toSorted((a, b) =>
    direction === 'maximize' ? b.value - a.value : a.value - b.value,
  )
  const divergences = dimensions.list.map((dimension, at) => {
    const having = sorted.filter(({ point }) => !Number.isNaN(point[at]))
    if (having.length < MIN_TRIALS) return 0
    const all = having.map(({ point }) => point[at] as number)
    const best = all.slice(0, Math.max(2, Math.ceil(BEST_SHARE * all.length)))
    return (divergence(dimension, best, all) * having.length) / sorted.length
  })
  const total = divergences.reduce((sum, one) => sum + one, 0)
  return Object.fromEntries(
    dimensions.list.map(({ name }, at) => [name, total === 0 ? 0 : (divergences[at] as number) / total]),
  )
}

function divergence(dimension: Dimension, best: readonly number[], all: readonly number[]): number {
  const bins = dimension.kind === 'choice' ? dimension.size : Math.min(BINS, dimension.size)
  const p = histogram(dimension, all, bins)
  const q = histogram(dimension, best, bins)
  let sum = 0
  for (const [bin, share] of p.entries()) sum += share * ((q[bin] as number) / share - 1) ** 2
  return sum
}

/** Shares of each bin, none of them 0: one trial's worth of weight is spread over all. */
function histogram(dimension: Dimension, coordinates: readonly number[], bins: number): number[] {
  const shares = Array.from({ length: bins }, () => 1 / bins)
  for (const coordinate of coordinates) {
    if (dimension.kind === 'choice') {
      shares[coordinate]! += 1
      continue
    }
    const bin = Math.min(bins - 1, Math.floor(coordinate * bins))
    shares[bin]! += 0.5
    shares[Math.max(0, bin - 1)]! += 0.25
    shares[Math.min(bins - 1, bin + 1)]! += 0.25
  }
  return shares.map((share) => share / (coordinates.length + 1))
}
