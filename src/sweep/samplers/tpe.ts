// TPE: models where good trials lie and where the others do, and suggests what is likely among the former and unlikely
// among the latter. Its cost doesn't grow with the number of trials: see `Observations`.

import { describeValue } from '../../protocol/describe-value.js'
import { ActionInputError } from '../../protocol/errors.js'
import { refuseUnknown } from '../../refuse-unknown.js'
import type { Dimensions, Point } from '../dimensions.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { ParzenEstimator, type KernelOptions } from './parzen.js'
import { uniformCoordinate, type SeedOptions } from './random.js'
import {
  checkSeed,
  createSampler,
  type Observation,
  type Sampler,
  type SamplingAlgorithm,
} from './sampler.js'

/** What `tpe` takes; symbols as in Watanabe 2023. */
export interface TpeOptions extends SeedOptions {
  /** `N_init`: so many trials are drawn at random first. Default 10. */
  readonly startupTrials?: number
  /** `N_s`: how many points are drawn from `p(x | D⁽ˡ⁾)`, of which the one with the highest ratio is suggested. Default 24. */
  readonly candidates?: number
  /** Upper bound of how many trials count as good. Default 25. */
  readonly maxGood?: number
  /** `γ`: the share of trials that counts as good, rounded up. Default 0.15. */
  readonly gamma?: number
  /** `false`: trials under way are left out of the model, and parallel ones may get much the same. Default `true`. */
  readonly constantLiar?: boolean
}

const TPE_OPTIONS: ReadonlySet<string> = new Set<keyof TpeOptions>([
  'seed',
  'startupTrials',
  'candidates',
  'maxGood',
  'gamma',
  'constantLiar',
])

type Resolved = Required<Omit<TpeOptions, 'seed'>> & { readonly seed: number }

/** How many of the others the model holds; the oldest go first. Bounds the cost of a suggestion. */
const MAX_OTHERS = 200

/**
 * The Tree-structured Parzen Estimator: two densities, `l(x) = p(x | D⁽ˡ⁾)` of the best `⌈γN⌉` trials and
 * `g(x) = p(x | D⁽ᵍ⁾)` of the others; of points drawn from `l`, the one with the largest `l(x) / g(x)` is suggested, which
 * maximizes the expected improvement.
 *
 * Bergstra et al. 2011, 'Algorithms for Hyper-Parameter Optimization'; multivariate kernels as in Falkner et al. 2018,
 * 'BOHB', 3.2; bandwidths, even weights and `γ = 0.15` as in Watanabe 2023, 'Tree-Structured Parzen Estimator: Understanding Its
 * Algorithm Components and Their Roles for Better Empirical Performance'. Trials stopped early count as worse than those
 * that weren't, and among themselves go by how far they came, then by their metric. For trials in parallel, those under
 * way count as bad ('constant liar', Ginsbourger et al. 2010), which keeps others away from them.
 *
 * Reproducible for a seed as long as trials end in the same order: always one at a time, in parallel not. A suggestion
 * depends on the seed, its number and what was told before, so a continued sweep goes on as it would have.
 */
export function tpe(options: TpeOptions = {}): Sampler {
  refuseUnknown(options, TPE_OPTIONS, 'tpe()')
  const resolved: Resolved = {
    seed: checkSeed(options.seed ?? anySeed(), 'tpe()'),
    startupTrials: whole(options.startupTrials ?? 10, 'startupTrials', 1),
    candidates: whole(options.candidates ?? 24, 'candidates', 1),
    maxGood: whole(options.maxGood ?? 25, 'maxGood', 1),
    gamma: options.gamma ?? 0.15,
    constantLiar: options.constantLiar ?? true,
  }
  if (!(resolved.gamma > 0 && resolved.gamma < 1)) {
    throw new ActionInputError(
      `tpe(): gamma is ${describeValue(options.gamma)}, but must be a share between 0 and 1`,
    )
  }
  return createSampler(`tpe(seed ${resolved.seed})`, (dimensions) => new Tpe(dimensions, resolved))
}

class Tpe implements SamplingAlgorithm {
  readonly #dimensions: Dimensions
  readonly #options: Resolved
  readonly #observations: Observations
  readonly #pending = new Map<number, Point>()

  constructor(dimensions: Dimensions, options: Resolved) {
    this.#dimensions = dimensions
    this.#options = options
    this.#observations = new Observations(options.maxGood)
  }

  propose(number: number): Point {
    const { seed, startupTrials, candidates: count, gamma, maxGood, constantLiar } = this.#options
    const numbers = new RandomNumbers(seed, number)
    const observed = this.#observations.count
    if (observed < startupTrials) {
      return this.#dimensions.build((dimension) => uniformCoordinate(dimension, numbers))
    }
    const { good, others } = this.#observations.split(Math.min(Math.ceil(gamma * observed), maxGood))
    if (constantLiar) others.push(...this.#pending.values())
    const better = new ParzenEstimator(this.#dimensions, good, KERNELS)
    const worse = new ParzenEstimator(this.#dimensions, others, KERNELS)
    const candidates = Array.from({ length: count }, () => better.sample(numbers))
    const l = better.densities(candidates)
    const g = worse.densities(candidates)
    let best = 0
    for (let index = 1; index < count; index += 1) {
      if ((l[index] as number) * (g[best] as number) > (l[best] as number) * (g[index] as number))
        best = index
    }
    return candidates[best] as Point
  }

  begun(number: number, point: Point): void {
    this.#pending.set(number, point)
  }

  ended(number: number, point: Point, observation: Required<Observation>): void {
    this.#pending.delete(number)
    this.#observations.add({ point, loss: observation.value as number, ...observation })
  }
}

/** No bandwidth below 1 % of the range, as optimisers of hyper-parameters aren't asked for more. */
const KERNELS: KernelOptions = { priorWeight: 1, minBandwidth: 0.01 }

interface Observed {
  readonly point: Point
  readonly loss: number
  readonly complete: boolean
  readonly step: number
}

/**
 * What was told, as far as it is needed: the best ones, sorted, and the last of the others. So memory and the cost of a
 * suggestion are the same after ten trials and after ten thousand.
 */
class Observations {
  readonly #maxGood: number
  readonly #best: Observed[] = []
  #others: Point[] = []
  count = 0

  constructor(maxGood: number) {
    this.#maxGood = maxGood
  }

  add(observed: Observed): void {
    this.count += 1
    const place = this.#best.findIndex((other) => compare(observed, other) < 0)
    this.#best.splice(place === -1 ? this.#best.length : place, 0, observed)
    if (this.#best.length > this.#maxGood) this.#others.push((this.#best.pop() as Observed).point)
    if (this.#others.length >= 2 * MAX_OTHERS) this.#others = this.#others.slice(-MAX_OTHERS)
  }

  /** The best `count`, and the others. */
  split(count: number): { good: Point[]; others: Point[] } {
    const points = this.#best.map(({ point }) => point)
    return {
      good: points.slice(0, count),
      others: [...this.#others.slice(-MAX_OTHERS), ...points.slice(count)],
    }
  }
}

/** Better ones first. */
function compare(a: Observed, b: Observed): number {
  if (a.loss === Infinity || b.loss === Infinity) return a.loss === b.loss ? 0 : a.loss === Infinity ? 1 : -1
  if (a.complete !== b.complete) return a.complete ? -1 : 1
  if (!a.complete && a.step !== b.step) return b.step - a.step
  return a.loss - b.loss
}

function whole(value: number, option: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new ActionInputError(
    `tpe(): ${option} is ${describeValue(value)}, but must be a whole number of at least ${least}`,
  )
}
