// The importance of parameters: how much of the metric's variance, over the whole space, each explains by itself.

import { lowerBound } from '../../collections/lower-bound.js'
import type { Dimensions, Point } from '../space/dimensions.js'
import type { Direction, Objective } from './progress.js'
import { explainVariance, quantilesOverSpace } from './random-forest.js'
import type { Trial } from '../trials/trial.js'

/** The evidence of one trial. */
export interface Evidence {
  readonly point: Point
  readonly value: number
}

/** Values are compared at the furthest step that so many trials have come to, or half of all. */
const COMPARED_TRIALS = 50
/** Below so many trials nothing is said. */
const MIN_TRIALS = 8
/** Of more, so many are taken, evenly over all: more would take long, and say the same. */
const MOST_TRIALS = 300
/**
 * How many interquartile ranges a value may lie beyond the worse quartile: what is further out counts as if there. Both are those
 * of the whole space, not of the trials, most of which a sampler has made where values are good.
 */
const FURTHEST_OUT = 10

/**
 * Importance of each parameter by functional ANOVA (Hutter, Hoos & Leyton-Brown 2014, 'An Efficient Approach for Assessing
 * Hyperparameter Importance'): a random forest is fitted to the trials, and the variance over the space that each parameter
 * explains in it by itself is a share of the sum over all parameters. So it doesn't depend on where the sampler has looked
 * most; what only matters together isn't counted.
 *
 * A conditional parameter counts where it exists, and by how much of the space that is. One diverged trial would be all the
 * variance there is, so values that lie further on the worse side than those of the space do are drawn in.
 *
 * @param evidence - Of trials whose values can be compared: that came equally far.
 * @returns Shares by name that add up to 1, all 0 if nothing explains anything; an empty object for less than 8 trials.
 */
export function importanceOf(
  dimensions: Pick<Dimensions, 'list'>,
  evidence: readonly Evidence[],
  direction: Direction,
): Record<string, number> {
  if (evidence.length < MIN_TRIALS) return {}
  const taken = thinOut(evidence)
  const points = taken.map(({ point }) => point)
  const values = drawnIn(dimensions, taken, direction)
  const explained = explainVariance(dimensions.list, points, values)
  const total = explained.reduce((sum, one) => sum + one, 0)
  return Object.fromEntries(
    dimensions.list.map(({ name }, at) => [name, total === 0 ? 0 : (explained[at] as number) / total]),
  )
}

function thinOut(evidence: readonly Evidence[]): readonly Evidence[] {
  if (evidence.length <= MOST_TRIALS) return evidence
  const every = evidence.length / MOST_TRIALS
  return Array.from({ length: MOST_TRIALS }, (_, at) => evidence[Math.floor(at * every)] as Evidence)
}

/** Losses in units of their own spread, so that no square of them is infinite. */
function drawnIn(
  dimensions: Pick<Dimensions, 'list'>,
  evidence: readonly Evidence[],
  direction: Direction,
): number[] {
  const sign = direction === 'maximize' ? -1 : 1
  // Halves, for the distance of the furthest two to be finite.
  const losses = evidence.map(({ value }) => (sign * value) / 2)
  const sorted = losses.toSorted((a, b) => a - b)
  const [best, worst] = [sorted[0] as number, sorted.at(-1) as number]
  const [first, third] = quartilesOf(dimensions, evidence, losses, sorted)
  const spread = third - first
  const bound = spread > 0 ? Math.min(worst, third + FURTHEST_OUT * spread) : worst
  const width = bound - best
  return losses.map((loss) => (width === 0 ? 0 : (Math.min(loss, bound) - best) / width))
}

/** The quartiles of the losses over the space: by their ranks, of which none is far out. */
function quartilesOf(
  { list }: Pick<Dimensions, 'list'>,
  evidence: readonly Evidence[],
  losses: readonly number[],
  sorted: readonly number[],
): readonly [first: number, third: number] {
  const points = evidence.map(({ point }) => point)
  const ranks = losses.map((loss) => lowerBound(sorted.length, (index) => (sorted[index] as number) < loss))
  const at = quantilesOverSpace(list, points, ranks, [0.25, 0.75])
  const [first, third] = at.map((rank) => sorted[Math.round(rank)] as number)
  return [first as number, third as number]
}

/**
 * The trials whose values can be compared, with these: at the furthest step that enough of them have come to, since a trial
 * that was stopped early has had less time to become good. Those that have run to their end are taken in any case.
 */
export function comparableValues<Of extends Trial<unknown, string>>(
  trials: readonly Of[],
  { direction, objective }: { readonly direction: Direction; readonly objective: Objective },
): { readonly trial: Of; readonly value: number }[] {
  const measured = trials.filter(({ state, value }) => state !== 'failed' && value !== undefined)
  const step = comparedStep(measured.map((trial) => trial.step))
  return measured.flatMap((trial) => {
    if (trial.step < step && trial.state !== 'completed') return []
    const value =
      trial.step <= step || objective === 'returned'
        ? trial.value
        : valueBy(step, trial, direction, objective)
    return value === undefined ? [] : [{ trial, value }]
  })
}

/** At which step trials that have come so far are compared: the furthest that enough of them have come to. */
export function comparedStep(steps: readonly number[]): number {
  const needed = Math.min(COMPARED_TRIALS, Math.max(MIN_TRIALS, Math.ceil(steps.length / 2)))
  return steps.toSorted((a, b) => b - a)[needed - 1] ?? 0
}

/** What a trial's value was at a step that it has passed. */
function valueBy(
  step: number,
  { curve }: Trial<unknown, string>,
  direction: Direction,
  objective: Objective,
): number | undefined {
  const values = curve.filter((point) => point.step <= step).map(({ value }) => value)
  if (objective === 'last' || values.length === 0) return values.at(-1)
  return direction === 'maximize' ? Math.max(...values) : Math.min(...values)
}
