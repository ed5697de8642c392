// Bayesian optimisation as a sampler: a Gaussian process is fitted to what was observed, and the point is tried that promises
// the largest improvement.

import { checkCount } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import type { Dimensions, Point } from '../space/dimensions.js'
import { completePoint, NOTHING } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { searchAcquisition } from './acquisition.js'
import { logExpectedImprovement } from './expected-improvement.js'
import { choicesOf, fitHyperparameters, GaussianProcess, type Hyperparameters } from './gaussian-process.js'
import { uniformCoordinate, type SeedOptions } from './random.js'
import { compareEnded, type Ended } from './ranking.js'
import { checkSeed, createSampler, type Sampler, type SamplingAlgorithm } from './sampler.js'
import { standardScores } from './scores.js'
import { isFiniteSpace, TriedPoints } from './tried-points.js'

/** What `gp` takes. */
export interface GpOptions extends SeedOptions {
  /** So many trials are drawn at random first. Default 10. */
  readonly startupTrials?: number | undefined
  /**
   * How many trials the process is fitted to at most: of more, the better half of that, and the last of the others. It bounds
   * what a suggestion costs, which grows with the cube of it. Default 150.
   */
  readonly maxPoints?: number | undefined
}

const GP_OPTIONS: ReadonlySet<string> = new Set<keyof GpOptions>(['seed', 'startupTrials', 'maxPoints'])

interface Resolved {
  readonly seed: number
  readonly startupTrials: number
  readonly maxPoints: number
}

/** The process is fitted anew with each trial at first, later with every hundredth part of them or so: times this. */
const FITS = 20
/** So many trials under way are taken into account at most. */
const MOST_PENDING = 64

/**
 * Bayesian optimisation by a Gaussian process: it needs the fewest trials where the metric is smooth and parameters are few
 * (20 or less), and computes some tens of milliseconds for each suggestion, in the thread of the app: for trials that take
 * seconds or more, some hundred of them, a few at a time.
 *
 * Matérn's kernel with ν = 5/2 and a length scale for each parameter, the noise fitted, too (Snoek et al. 2012, 'Practical
 * Bayesian Optimization of Machine Learning Algorithms'); the logarithm of the expected improvement (Ament et al. 2023),
 * maximized from the best of random points. Choices differ or don't; a parameter that exists in one of two trials only counts
 * by the choice that it depends on. Trials under way are taken to end as the process expects (Ginsbourger et al. 2010). If
 * trials are stopped early, fail, or violate constraints, it goes by the ranks of all.
 *
 * Reproducible for a seed as long as trials end in the same order: always one at a time, in parallel not.
 */
export function gp(options: GpOptions = {}): Sampler {
  const of = 'gp()'
  refuseUnknown(options, GP_OPTIONS, of)
  const resolved: Resolved = {
    seed: checkSeed(options.seed ?? anySeed(), of),
    startupTrials: checkCount(options.startupTrials ?? 10, of, 'startupTrials', 2, 1e6),
    maxPoints: checkCount(options.maxPoints ?? 150, of, 'maxPoints', 10, 2000),
  }
  return createSampler(`gp(seed ${resolved.seed})`, (dimensions) => new Gp(dimensions, resolved))
}

interface Observed extends Ended {
  readonly point: Point
  readonly order: number
}

class Gp implements SamplingAlgorithm {
  readonly #dimensions: Dimensions
  readonly #options: Resolved
  readonly #isChoice: readonly boolean[]
  readonly #pending = new Map<number, Point>()
  readonly #tried: TriedPoints | undefined
  #observed: Observed[] = []
  #count = 0
  #fitted: Hyperparameters | undefined

  constructor(dimensions: Dimensions, options: Resolved) {
    this.#dimensions = dimensions
    this.#options = options
    this.#isChoice = choicesOf(dimensions)
    if (isFiniteSpace(dimensions)) this.#tried = new TriedPoints()
  }

  propose(number: number, known: FlatParameters = NOTHING): Point {
    const numbers = new RandomNumbers(this.#options.seed, number)
    const draw = (): Point =>
      completePoint(this.#dimensions, known, (dimension) => uniformCoordinate(dimension, numbers))
    const isNew = (point: Point): boolean => this.#tried?.has(point) !== true
    if (this.#count < this.#options.startupTrials) {
      let point = draw()
      for (let again = 0; again < 50 && !isNew(point); again += 1) point = draw()
      return point
    }
    const points = this.#observed.map(({ point }) => point)
    const scores = standardScores(this.#observed)
    const parameters = this.#fitted ?? fitHyperparameters(points, scores, this.#isChoice)
    const observed = new GaussianProcess(points, scores, this.#isChoice, parameters)
    // What was measured may be luck: what the process makes of it is compared with.
    const best = Math.min(...points.map((point) => observed.predict(point).mean))
    const pending = [...this.#pending.values()].slice(-MOST_PENDING)
    const process =
      pending.length === 0
        ? observed
        : new GaussianProcess(
            [...points, ...pending],
            Float64Array.from([...scores, ...pending.map((point) => observed.predict(point).mean)]),
            this.#isChoice,
            parameters,
          )
    const leaders = this.#observed.toSorted(compareEnded).map(({ point }) => point)
    return searchAcquisition({
      dimensions: this.#dimensions,
      known,
      numbers,
      leaders,
      isNew,
      valueAt: (point) => {
        const { mean, deviation } = process.predict(point)
        return logExpectedImprovement(mean, deviation, best).value
      },
      slopesAt: (point, places, slopes) => {
        const { mean, deviation, meanSlopes, deviationSlopes } = process.differentiate(point, places)
        const { value, byMean, byDeviation } = logExpectedImprovement(mean, deviation, best)
        for (let at = 0; at < slopes.length; at += 1)
          slopes[at] = byMean * (meanSlopes[at] as number) + byDeviation * (deviationSlopes[at] as number)
        return value
      },
    })
  }

  begun(number: number, point: Point): void {
    this.#pending.set(number, this.#exact(point))
    this.#tried?.add(point)
  }

  ended(number: number, point: Point, end: Ended): void {
    this.#pending.delete(number)
    this.#count += 1
    this.#observed.push({ ...end, point: this.#exact(point), order: this.#count })
    this.#dropOldest()
    this.#fitIfDue()
  }

  /** The oldest of the worse half goes. */
  #dropOldest(): void {
    const { maxPoints } = this.#options
    if (this.#observed.length <= maxPoints) return
    const worse = this.#observed.toSorted(compareEnded).slice(Math.floor(maxPoints / 2))
    const oldest = Math.min(...worse.map(({ order }) => order))
    this.#observed = this.#observed.filter(({ order }) => order !== oldest)
  }

  /** With the ends of trials rather than with suggestions: so a restored search has the same. */
  #fitIfDue(): void {
    if (this.#count < this.#options.startupTrials || this.#count % Math.ceil(this.#count / FITS) !== 0) return
    const points = this.#observed.map(({ point }) => point)
    this.#fitted = fitHyperparameters(points, standardScores(this.#observed), this.#isChoice, this.#fitted)
  }

  /** As its values give it: a restored trial is the same. */
  #exact(point: Point): Point {
    return this.#dimensions.pointOf(this.#dimensions.flatten(point))
  }
}
