// CMA-ES as a sampler: populations of trials, told one by one and in any order; bounds, whole numbers and restarts.

import { checkCount, checkNumber } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { wrongOption } from '../../checks/wrong-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { snap, type Dimensions, type NumberDimension, type Point } from '../space/dimensions.js'
import { completePoint, NOTHING } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { Evolution } from './evolution.js'
import type { SeedOptions } from './random.js'
import { compareEnded, type Ended } from './ranking.js'
import { checkSeed, createSampler, type Sampler, type SamplingAlgorithm } from './sampler.js'

/** What `cmaes` takes; symbols as in Hansen 2016. */
export interface CmaesOptions extends SeedOptions {
  /** `σ₀`: how far the first trials lie from the middle of the space, as a share of each range (standard deviation). Default 1/6. */
  readonly sigma?: number | undefined
  /** `λ`: how many trials make a generation. Default `4 + ⌊3 ln n⌋`, of `n` parameters. */
  readonly population?: number | undefined
  /**
   * What follows when nothing more is to be found where it is: a new start elsewhere, with twice the population (`'ipop'`), with
   * that or with a small one in turn, so that both get the same number of trials (`'bipop'`), or the same again (`'none'`: it
   * goes on where it is). Default `'bipop'`.
   */
  readonly restarts?: 'bipop' | 'ipop' | 'none' | undefined
}

const CMAES_OPTIONS: ReadonlySet<string> = new Set<keyof CmaesOptions>([
  'seed',
  'sigma',
  'population',
  'restarts',
])

interface Resolved {
  readonly seed: number
  readonly sigma: number
  readonly population: number | undefined
  readonly restarts: 'bipop' | 'ipop' | 'none'
}

/** How often a point is drawn that lies within the bounds, before it is moved there. */
const MOST_DRAWS = 100
/** Of a parameter with so many values, trials differ by a share of the distance of two of these at least (standard deviation). */
const LEAST_OF_CELL = 0.3
/** A share of the range by which nothing differs any more: restart. */
const SMALLEST = 1e-8
/** Losses of so many generations that differ by no more than this share of them: restart. */
const FLAT = 1e-12

/**
 * The covariance matrix adaptation evolution strategy: trials are drawn from a normal distribution, which after each
 * generation moves towards the better ones, and takes on the shape of the valley that they lie in.
 *
 * Hansen 2016, 'The CMA Evolution Strategy: A Tutorial' (arXiv:1604.00772), with its defaults; restarts by Auger & Hansen 2005
 * (IPOP) and Hansen 2009 (BIPOP); what was tried elsewhere is taken in as in Hansen 2011. It goes by ranks: trials stopped early
 * and failed ones are the worst of their generation. Logarithmic scales are searched by the logarithm; a whole number has no
 * smaller spread than keeps its neighbours in reach. What would lie outside is drawn again, and at last moved to the bound.
 *
 * For numbers alone, and hundreds of trials: a generation is some ten of them. With more trials at a time than a generation
 * has, some of them learn nothing from the others.
 *
 * Reproducible for a seed as long as trials end in the same order: always one at a time, in parallel not.
 *
 * @throws `ActionInputError` when a search of a space with choices or variants starts.
 */
export function cmaes(options: CmaesOptions = {}): Sampler {
  const of = 'cmaes()'
  refuseUnknown(options, CMAES_OPTIONS, of)
  const { restarts = 'bipop', population } = options
  if (restarts !== 'bipop' && restarts !== 'ipop' && restarts !== 'none')
    throw wrongOption(of, 'restarts', restarts, "'bipop', 'ipop' or 'none'")
  const resolved: Resolved = {
    seed: checkSeed(options.seed ?? anySeed(), of),
    sigma: checkNumber(
      options.sigma ?? 1 / 6,
      of,
      'sigma',
      'a share between 0 and 1',
      (sigma) => sigma > 0 && sigma < 1,
    ),
    population: population === undefined ? undefined : checkCount(population, of, 'population', 4, 1e6),
    restarts,
  }
  const name = `cmaes(seed ${resolved.seed})`
  return createSampler(name, (dimensions) => new Cmaes(dimensions, resolved, name))
}

/** Whether it can search a space: a choice of one value is none. */
export function isNumeric({ list }: Dimensions): boolean {
  return (
    list.every(({ kind, size }) => kind === 'number' || size === 1) &&
    list.some(({ kind }) => kind === 'number')
  )
}

interface Drawn extends Ended {
  readonly point: Float64Array
}

class Cmaes implements SamplingAlgorithm {
  readonly #dimensions: Dimensions
  readonly #options: Resolved
  /** The numbers of the space, in the order of the vectors' coordinates, and where they stand in points. */
  readonly #numbers: readonly NumberDimension[]
  readonly #places: readonly number[]
  readonly #cells: readonly number[]
  #evolution: Evolution
  #ended: Drawn[] = []
  /** The best losses of the generations since the last start. */
  #history: number[] = []
  readonly #first: number
  #restarts = 0
  /** How often the population was doubled, and what both kinds of starts have cost. */
  #doublings = 0
  #cost = { large: 0, small: 0 }
  #kind: 'large' | 'small' = 'large'

  constructor(dimensions: Dimensions, options: Resolved, name: string) {
    if (!isNumeric(dimensions)) {
      const choice = dimensions.list.find(({ kind, size }) => kind === 'choice' && size > 1)
      const what = choice === undefined ? 'the space has none' : `'${choice.name}' is a choice`
      throw new ActionInputError(`sampler ${name} searches numbers only, and ${what}: use tpe() or gp()`)
    }
    this.#dimensions = dimensions
    this.#options = options
    const entries = dimensions.list.flatMap((dimension, at) =>
      dimension.kind === 'number' ? [{ dimension, at }] : [],
    )
    this.#numbers = entries.map(({ dimension }) => dimension)
    this.#places = entries.map(({ at }) => at)
    this.#cells = this.#numbers.map((dimension) => (dimension.size === Infinity ? 0 : 1 / dimension.size))
    this.#first = options.population ?? 4 + Math.floor(3 * Math.log(this.#numbers.length))
    this.#evolution = new Evolution(
      new Float64Array(this.#numbers.length).fill(0.5),
      options.sigma,
      this.#first,
    )
  }

  propose(number: number, known: FlatParameters = NOTHING): Point {
    const numbers = new RandomNumbers(this.#options.seed, number)
    const drawn = this.#draw(numbers)
    return completePoint(this.#dimensions, known, (dimension, index) =>
      dimension.kind === 'choice' ? 0 : snap(dimension, drawn[this.#places.indexOf(index)] as number),
    )
  }

  ended(_number: number, point: Point, end: Ended): void {
    // As its values give it: a restored trial is the same.
    const exact = this.#dimensions.pointOf(this.#dimensions.flatten(point))
    this.#ended.push({ ...end, point: Float64Array.from(this.#places, (at) => exact[at] as number) })
    if (this.#ended.length < this.#evolution.population) return
    const population = this.#ended.toSorted(compareEnded)
    this.#ended = []
    this.#cost[this.#kind] += population.length
    const best = (population[0] as Drawn).loss
    // They say nothing: all are as bad.
    if (best === Infinity) return
    this.#evolution.update(population.map(({ point: of }) => of))
    this.#history.push(best)
    if (this.#options.restarts !== 'none' && this.#isOver(population)) this.#restart(this.#options.restarts)
  }

  #draw(numbers: RandomNumbers): Float64Array {
    let drawn = this.#drawOnce(numbers)
    for (let draw = 1; draw < MOST_DRAWS && !drawn.every(isInside); draw += 1) drawn = this.#drawOnce(numbers)
    return drawn.map((coordinate) => Math.min(1, Math.max(0, coordinate)))
  }

  #drawOnce(numbers: RandomNumbers): Float64Array {
    const drawn = this.#evolution.sample(numbers)
    for (const [at, cell] of this.#cells.entries()) {
      const lacking = (LEAST_OF_CELL * cell) ** 2 - this.#evolution.deviation(at) ** 2
      if (lacking > 0) drawn[at]! += Math.sqrt(lacking) * numbers.normal()
    }
    return drawn
  }

  #isOver(population: readonly Drawn[]): boolean {
    if (this.#evolution.isSpent(SMALLEST)) return true
    const history = this.#history
    const flat = 10 + Math.ceil((30 * this.#numbers.length) / population.length)
    const losses = [...history.slice(-flat), ...population.map(({ loss }) => loss)].filter(Number.isFinite)
    const [low, high] = [Math.min(...losses), Math.max(...losses)]
    if (history.length >= flat && high - low <= FLAT * Math.max(Math.abs(low), Math.abs(high))) return true
    // Nothing better for as long as it may take in a difficult place.
    const patience = 120 + Math.ceil((30 * this.#numbers.length) / population.length)
    if (history.length <= 2 * patience) return false
    return Math.min(...history.slice(-patience)) >= Math.min(...history.slice(0, -patience))
  }

  #restart(by: 'bipop' | 'ipop'): void {
    this.#restarts += 1
    this.#history = []
    const numbers = new RandomNumbers(this.#options.seed, -this.#restarts)
    const mean = Float64Array.from(this.#numbers, () => numbers.uniform())
    const { sigma } = this.#options
    this.#kind =
      by === 'bipop' && this.#cost.small < this.#cost.large && this.#restarts > 1 ? 'small' : 'large'
    if (this.#kind === 'large') {
      this.#doublings += 1
      this.#evolution = new Evolution(mean, sigma, this.#first * 2 ** this.#doublings)
      return
    }
    const share = numbers.uniform() ** 2
    const population = Math.floor(this.#first * (0.5 * 2 ** this.#doublings) ** share)
    this.#evolution = new Evolution(mean, sigma * 10 ** (-2 * numbers.uniform()), population)
  }
}

function isInside(coordinate: number): boolean {
  return coordinate >= 0 && coordinate <= 1
}
