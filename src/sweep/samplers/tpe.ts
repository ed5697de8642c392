// TPE: models where good trials lie and where the others do, and suggests what is likely among the former and unlikely
// among the latter. Its cost doesn't grow with the number of trials: see `Observations`.

import { checkCount, checkNumber, LARGEST_COUNT } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import type { Dimensions, Point } from '../space/dimensions.js'
import { completePoint, NOTHING } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { Observations } from './observations.js'
import { ParzenEstimator, type KernelOptions } from './parzen.js'
import { uniformCoordinate, type SeedOptions } from './random.js'
import type { Ended } from './ranking.js'
import {
  checkSeed,
  createSampler,
  type Sampler,
  type SamplingAlgorithm,
  type SearchOptions,
} from './sampler.js'
import { isFiniteSpace, TriedPoints } from './tried-points.js'

/** What `tpe` takes; symbols as in Watanabe 2023. */
export interface TpeOptions extends SeedOptions {
  /** `N_init`: so many trials are drawn at random first. Default 10. */
  readonly startupTrials?: number | undefined
  /** `N_s`: how many points are drawn from `p(x | D⁽ˡ⁾)`, of which the one with the highest ratio is suggested. Default 24. */
  readonly candidates?: number | undefined
  /** Upper bound of how many trials count as good. Default 25. */
  readonly maxGood?: number | undefined
  /** `γ`: the share of trials that counts as good, rounded up. Default 0.15. */
  readonly gamma?: number | undefined
  /**
   * `true`: trials under way count as bad ('constant liar', Ginsbourger et al. 2010), which keeps parallel ones further apart.
   * Default `false`: with 16 at a time the search is better without, with 64 it is the same.
   */
  readonly constantLiar?: boolean | undefined
  /**
   * `false`: where the space has only so many points, one may be suggested again although others haven't been tried; for
   * metrics that are noise in good part. Default `true`.
   */
  readonly avoidRepeats?: boolean | undefined
}

const TPE_OPTIONS: ReadonlySet<string> = new Set<keyof TpeOptions>([
  'seed',
  'startupTrials',
  'candidates',
  'maxGood',
  'gamma',
  'constantLiar',
  'avoidRepeats',
])

type Resolved = { readonly [Option in keyof TpeOptions]-?: NonNullable<TpeOptions[Option]> }

/** How often a point is drawn to find one that wasn't tried. */
const MOST_DRAWS = 200

/**
 * The Tree-structured Parzen Estimator: two densities, `l(x) = p(x | D⁽ˡ⁾)` of the best `⌈γN⌉` trials and
 * `g(x) = p(x | D⁽ᵍ⁾)` of the others; of points drawn from `l`, the one with the largest `l(x) / g(x)` is suggested, which
 * maximizes the expected improvement.
 *
 * Bergstra et al. 2011, 'Algorithms for Hyper-Parameter Optimization'; multivariate kernels as in Falkner et al. 2018,
 * 'BOHB', 3.2; bandwidths, even weights and `γ = 0.15` as in Watanabe 2023, 'Tree-Structured Parzen Estimator: Understanding Its
 * Algorithm Components and Their Roles for Better Empirical Performance'. Trials stopped early count as worse than those
 * that weren't, and among themselves go by how far they came, then by their metric. What violates constraints is worse than
 * what doesn't. Of several metrics, the good ones are those that the fewest fronts dominate, and of a front those that add most to
 * the volume that it dominates (Ozaki et al. 2022, MOTPE; even weights).
 *
 * Reproducible for a seed as long as trials end in the same order: always one at a time, in parallel not. A suggestion
 * depends on the seed, its number and the observations before, so a continued sweep goes on as it would have.
 */
export function tpe(options: TpeOptions = {}): Sampler {
  refuseUnknown(options, TPE_OPTIONS, 'tpe()')
  const resolved: Resolved = {
    seed: checkSeed(options.seed ?? anySeed(), 'tpe()'),
    startupTrials: checkCount(options.startupTrials ?? 10, 'tpe()', 'startupTrials', 1, LARGEST_COUNT),
    candidates: checkCount(options.candidates ?? 24, 'tpe()', 'candidates', 1, LARGEST_COUNT),
    maxGood: checkCount(options.maxGood ?? 25, 'tpe()', 'maxGood', 1, LARGEST_COUNT),
    gamma: checkNumber(
      options.gamma ?? 0.15,
      'tpe()',
      'gamma',
      'a share between 0 and 1',
      (gamma) => gamma > 0 && gamma < 1,
    ),
    constantLiar: options.constantLiar ?? false,
    avoidRepeats: options.avoidRepeats ?? true,
  }
  const create = (dimensions: Dimensions, { directions = [] }: SearchOptions): Tpe =>
    new Tpe(dimensions, resolved, directions.length > 1)
  return createSampler(`tpe(seed ${resolved.seed})`, create, true)
}

class Tpe implements SamplingAlgorithm {
  readonly #dimensions: Dimensions
  readonly #options: Resolved
  readonly #observations: Observations
  readonly #pending = new Map<number, Point>()
  /** Where a repeat can be avoided. */
  readonly #tried: TriedPoints | undefined

  constructor(dimensions: Dimensions, options: Resolved, hasSeveralLosses: boolean) {
    this.#dimensions = dimensions
    this.#options = options
    if (options.avoidRepeats && isFiniteSpace(dimensions)) this.#tried = new TriedPoints()
    this.#observations = new Observations(options.maxGood, hasSeveralLosses)
  }

  propose(number: number, known: FlatParameters = NOTHING): Point {
    const { seed, startupTrials, candidates: count, gamma, maxGood, constantLiar } = this.#options
    const numbers = new RandomNumbers(seed, number)
    const observed = this.#observations.count
    if (observed < startupTrials) {
      const point = this.#draw(known, numbers)
      return this.#wasTried(point) ? (this.#drawUntried(known, numbers) ?? point) : point
    }
    const { good, others } = this.#observations.split(Math.min(Math.ceil(gamma * observed), maxGood))
    if (constantLiar) others.push(...this.#pending.values())
    const better = new ParzenEstimator(this.#dimensions, good, KERNELS)
    const worse = new ParzenEstimator(this.#dimensions, others, KERNELS)
    const candidates = Array.from({ length: count }, () => this.#with(known, better.sample(numbers), numbers))
    const l = better.densities(candidates)
    const g = worse.densities(candidates)
    let best = 0
    let untried: number | undefined
    const isBetterThan = (index: number, other: number | undefined): boolean =>
      other === undefined ||
      (l[index] as number) * (g[other] as number) > (l[other] as number) * (g[index] as number)
    for (const [index, candidate] of candidates.entries()) {
      if (index > 0 && isBetterThan(index, best)) best = index
      if (isBetterThan(index, untried) && !this.#wasTried(candidate)) untried = index
    }
    const chosen = candidates[untried ?? best] as Point
    return untried === undefined ? (this.#drawUntried(known, numbers) ?? chosen) : chosen
  }

  #wasTried(point: Point): boolean {
    return this.#tried?.has(point) === true
  }

  #draw(known: FlatParameters, numbers: RandomNumbers): Point {
    return completePoint(this.#dimensions, known, (dimension) => uniformCoordinate(dimension, numbers))
  }

  /** Any that wasn't tried; `undefined` where none is found soon: most were. */
  #drawUntried(known: FlatParameters, numbers: RandomNumbers): Point | undefined {
    for (let draw = 0; draw < MOST_DRAWS; draw += 1) {
      const point = this.#draw(known, numbers)
      if (!this.#wasTried(point)) return point
    }
    return undefined
  }

  /** What is known replaces what was drawn; what exists by that alone is drawn anew. */
  #with(known: FlatParameters, point: Point, numbers: RandomNumbers): Point {
    if (known === NOTHING) return point
    return completePoint(this.#dimensions, known, (dimension, index) => {
      const drawn = point[index] as number
      return Number.isNaN(drawn) ? uniformCoordinate(dimension, numbers) : drawn
    })
  }

  begun(number: number, point: Point): void {
    this.#pending.set(number, point)
    this.#tried?.add(point)
  }

  ended(number: number, point: Point, end: Ended): void {
    this.#pending.delete(number)
    this.#observations.add({ point, ...end })
  }
}

/** No bandwidth below 1 % of the range, as optimisers of hyper-parameters aren't asked for more. */
const KERNELS: KernelOptions = { priorWeight: 1, minBandwidth: 0.01 }
