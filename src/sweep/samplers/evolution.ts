// The evolution strategy with covariance matrix adaptation, as an algorithm on vectors: draws from a normal distribution,
// and moves it towards the better ones of what was drawn. It knows no bounds and no trials.

import type { RandomNumbers } from '../random-numbers.js'
import { symmetricEigen, type Matrix } from './linear-algebra.js'

/** Weights and rates: they depend on the dimensions and the size of the population alone. */
interface Rates {
  /** `wᵢ`, for all of a population, best first; those of the worse half are below 0. */
  readonly weights: readonly number[]
  readonly parents: number
  readonly effective: number
  readonly pathOfSigma: number
  readonly damping: number
  readonly pathOfC: number
  readonly rankOne: number
  readonly rankMu: number
}

/** `N(m, σ² C)`, and how it came about. Names as in Hansen's tutorial. */
export class Evolution {
  readonly population: number
  readonly #size: number
  readonly #rates: Rates
  readonly mean: Float64Array
  sigma: number
  readonly #firstSigma: number
  readonly #c: Matrix
  readonly #pathOfSigma: Float64Array
  readonly #pathOfC: Float64Array
  /** `B` and `D` of `C = B D² Bᵀ`. */
  #axes: Matrix
  #lengths: Float64Array
  generation = 0

  constructor(mean: Float64Array, sigma: number, population: number) {
    const size = mean.length
    this.#size = size
    this.mean = mean
    this.sigma = this.#firstSigma = sigma
    this.population = population
    this.#rates = ratesOf(size, population)
    this.#c = new Float64Array(size * size)
    for (let at = 0; at < size; at += 1) this.#c[at * size + at] = 1
    this.#axes = this.#c.slice()
    this.#lengths = new Float64Array(size).fill(1)
    this.#pathOfSigma = new Float64Array(size)
    this.#pathOfC = new Float64Array(size)
  }

  /** Standard deviation along a coordinate. */
  deviation(at: number): number {
    return this.sigma * Math.sqrt(this.#c[at * this.#size + at] as number)
  }

  sample(numbers: RandomNumbers): Float64Array {
    const size = this.#size
    const scaled = Float64Array.from(this.#lengths, (length) => length * numbers.normal())
    return Float64Array.from(this.mean, (mean, row) => {
      let sum = 0
      for (let at = 0; at < size; at += 1)
        sum += (this.#axes[row * size + at] as number) * (scaled[at] as number)
      return mean + this.sigma * sum
    })
  }

  /** Takes in a population, best first; not all need to have been drawn from the present distribution. */
  update(points: readonly Float64Array[]): void {
    const size = this.#size
    const { weights, parents, effective, pathOfSigma, damping, pathOfC, rankOne, rankMu } = this.#rates
    const steps = points.map((point) => this.#stepTo(point))
    this.generation += 1
    const step = new Float64Array(size)
    for (let rank = 0; rank < parents; rank += 1) {
      const { y } = steps[rank] as Step
      for (let at = 0; at < size; at += 1) step[at]! += (weights[rank] as number) * (y[at] as number)
    }
    for (let at = 0; at < size; at += 1) this.mean[at]! += this.sigma * (step[at] as number)
    const white = this.#whiten(step)
    const kept = 1 - pathOfSigma
    const grown = Math.sqrt(pathOfSigma * (2 - pathOfSigma) * effective)
    for (let at = 0; at < size; at += 1)
      this.#pathOfSigma[at] = kept * (this.#pathOfSigma[at] as number) + grown * (white[at] as number)
    const length = lengthOf(this.#pathOfSigma)
    const usual = Math.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size * size))
    // While σ grows fast, C doesn't learn from the path.
    const isSteady = length / Math.sqrt(1 - kept ** (2 * this.generation)) < (1.4 + 2 / (size + 1)) * usual
    const grownC = isSteady ? Math.sqrt(pathOfC * (2 - pathOfC) * effective) : 0
    for (let at = 0; at < size; at += 1)
      this.#pathOfC[at] = (1 - pathOfC) * (this.#pathOfC[at] as number) + grownC * (step[at] as number)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const rest = 1 + (isSteady ? 0 : rankOne * pathOfC * (2 - pathOfC)) - rankOne - rankMu * total
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column <= row; column += 1) {
        let sum = rankOne * (this.#pathOfC[row] as number) * (this.#pathOfC[column] as number)
        for (const [rank, { y, length: of }] of steps.entries()) {
          const weight = weights[rank] as number
          const scaled = weight >= 0 ? weight : (weight * size) / Math.max(of * of, 1e-12)
          sum += rankMu * scaled * (y[row] as number) * (y[column] as number)
        }
        const entry = rest * (this.#c[row * size + column] as number) + sum
        this.#c[row * size + column] = this.#c[column * size + row] = entry
      }
    }
    this.sigma *= Math.exp(Math.min(1, (pathOfSigma / damping) * (length / usual - 1)))
    const { values, vectors } = symmetricEigen(this.#c, size)
    this.#axes = vectors
    // What rounding has made negative is no length.
    const least = 1e-14 * Math.max(...values)
    this.#lengths = values.map((value) => Math.sqrt(Math.max(value, least)))
  }

  /** Whether it can't find anything more: it has become too small, too large, or too narrow. */
  isSpent(smallest: number): boolean {
    const longest = Math.max(...this.#lengths)
    const shortest = Math.min(...this.#lengths)
    return (
      !(this.sigma * longest > smallest) ||
      longest > 1e7 * shortest ||
      this.sigma * longest > 1e4 * this.#firstSigma
    )
  }

  /**
   * The step to a point in units of σ, and its length in C. What lies further out than almost all that is drawn is drawn in
   * (Hansen 2011, 'Injecting External Solutions Into CMA-ES'): so any point may be taken in.
   */
  #stepTo(point: Float64Array): Step {
    const size = this.#size
    const y = this.mean.map((mean, at) => ((point[at] as number) - mean) / this.sigma)
    const length = lengthOf(this.#whiten(y))
    const furthest = Math.sqrt(size) + (2 * size) / (size + 2)
    if (length <= furthest) return { y, length }
    return { y: y.map((entry) => (entry * furthest) / length), length: furthest }
  }

  /** `C^{−1/2} y`. */
  #whiten(y: Float64Array): Float64Array {
    const size = this.#size
    const turned = new Float64Array(size)
    for (let at = 0; at < size; at += 1) {
      let sum = 0
      for (let row = 0; row < size; row += 1)
        sum += (this.#axes[row * size + at] as number) * (y[row] as number)
      turned[at] = sum / (this.#lengths[at] as number)
    }
    return this.mean.map((_, row) => {
      let sum = 0
      for (let at = 0; at < size; at += 1)
        sum += (this.#axes[row * size + at] as number) * (turned[at] as number)
      return sum
    })
  }
}

interface Step {
  readonly y: Float64Array
  /** `‖C^{−1/2} y‖` */
  readonly length: number
}

/** The defaults of Hansen's tutorial, table 1, with `αcov = 2` and `cm = 1`. */
function ratesOf(size: number, population: number): Rates {
  const raw = Array.from({ length: population }, (_, at) => Math.log((population + 1) / 2) - Math.log(at + 1))
  const parents = Math.floor(population / 2)
  const effective = effectiveOf(raw.slice(0, parents))
  const rankOne = 2 / ((size + 1.3) ** 2 + effective)
  const rankMu = Math.min(
    1 - rankOne,
    (2 * (0.25 + effective + 1 / effective - 2)) / ((size + 2) ** 2 + effective),
  )
  const negative = Math.min(
    1 + rankOne / rankMu,
    1 + (2 * effectiveOf(raw.slice(parents))) / (effective + 2),
    (1 - rankOne - rankMu) / (size * rankMu),
  )
  const [better, worse] = [raw.filter((weight) => weight > 0), raw.filter((weight) => weight < 0)].map(
    (weights) => weights.reduce((sum, weight) => sum + Math.abs(weight), 0),
  ) as [number, number]
  const pathOfSigma = (effective + 2) / (size + effective + 5)
  return {
    weights: raw.map((weight) => (weight >= 0 ? weight / better : (negative * weight) / worse)),
    parents,
    effective,
    pathOfSigma,
    damping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (size + 1)) - 1) + pathOfSigma,
    pathOfC: (4 + effective / size) / (size + 4 + (2 * effective) / size),
    rankOne,
    rankMu,
  }
}

/** How many equal weights vary as much: `μ_eff`. */
function effectiveOf(weights: readonly number[]): number {
  const squares = weights.reduce((sum, weight) => sum + weight ** 2, 0)
  return weights.reduce((sum, weight) => sum + weight, 0) ** 2 / squares
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, entry) => sum + entry * entry, 0))
}
