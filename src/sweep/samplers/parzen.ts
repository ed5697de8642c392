// The density that TPE is built on: a mixture with one kernel for each observed point, and the prior as one more. A kernel
// is a product over the dimensions (so the mixture knows what goes together), each truncated to its range. Where a kernel's
// point doesn't have a dimension, as its parent was another choice, the kernel says what the prior says there.

import {
  cellAt,
  isActive,
  type Dimension,
  type Dimensions,
  type NumberDimension,
  type Point,
} from '../space/dimensions.js'
import type { RandomNumbers } from '../random-numbers.js'

/** What shapes the kernels; see `tpe`. */
export interface KernelOptions {
  /** Weight of the prior, in kernels. */
  readonly priorWeight: number
  /** Smallest bandwidth, as a share of the range. */
  readonly minBandwidth: number
}

/**
 * `σ₀`: standard deviation of the kernel of a single point, as a share of the range. Half of Optuna's, by what
 * `npm run bench -- sweep-samplers` finds.
 */
const WIDEST_BANDWIDTH = 0.1

/** A mixture of kernels in unit coordinates. */
export class ParzenEstimator {
  readonly #dimensions: Dimensions
  readonly #points: readonly Point[]
  readonly #options: KernelOptions
  /** `σ`, the same for all kernels and numbers. */
  readonly #bandwidth: number
  /** For each dimension, the coordinates of the kernels' points: in a row, as they are read for each candidate. */
  readonly #means: readonly Float64Array[]
  /** For each dimension and kernel, what the density of a truncated normal distribution has before its `exp`. */
  readonly #scales: readonly Float64Array[]
  /** Of each kernel, and of the prior; they add up to 1. */
  readonly #weight: number
  readonly #priorWeight: number

  constructor(dimensions: Dimensions, points: readonly Point[], options: KernelOptions) {
    this.#dimensions = dimensions
    this.#points = points
    this.#options = options
    const count = points.length
    const total = count + options.priorWeight
    this.#weight = 1 / total
    this.#priorWeight = options.priorWeight / total
    // Scott's rule: Watanabe 2023, 3.3.
    const dimensionCount = dimensions.list.length
    const scott = WIDEST_BANDWIDTH * Math.max(count, 1) ** (-1 / (dimensionCount + 4))
    this.#bandwidth = Math.max(scott, options.minBandwidth)
    this.#means = dimensions.list.map((_, at) => Float64Array.from(points, (point) => point[at] as number))
    this.#scales = dimensions.list.map((dimension, at) =>
      dimension.kind === 'choice'
        ? EMPTY
        : (this.#means[at] as Float64Array).map((mean) => this.#scaleOf(dimension, mean)),
    )
  }

  /** A point drawn from the mixture. */
  sample(numbers: RandomNumbers): Point {
    // Beyond the last kernel is the prior.
    const center = this.#points[Math.floor(numbers.uniform() / this.#weight)]
    return this.#dimensions.build((dimension, at) => {
      const mean = center?.[at] ?? NaN
      if (dimension.kind === 'choice') return this.#sampleChoice(dimension.size, mean, numbers)
      const coordinate = Number.isNaN(mean)
        ? sampleNormal(PRIOR_MEAN, PRIOR_DEVIATION, numbers)
        : sampleNormal(mean, this.#bandwidth, numbers)
      if (dimension.size === Infinity) return coordinate
      const [low, high] = cellAt(dimension, coordinate)
      return (low + high) / 2
    })
  }

  /** The density at each point; above 0, as the prior is. */
  densities(candidates: readonly Point[]): Float64Array {
    const kernels = this.#points.length
    const densities = new Float64Array(candidates.length)
    // A kernel is its factor times e to its exponent: one `exp` for all dimensions, which is what takes the time here.
    const factors = new Float64Array(kernels)
    const exponents = new Float64Array(kernels)
    for (const [candidate, point] of candidates.entries()) {
      factors.fill(this.#weight)
      exponents.fill(0)
      let prior = this.#priorWeight
      for (const [at, dimension] of this.#dimensions.list.entries()) {
        if (!isActive(dimension, point)) continue
        const coordinate = point[at] as number
        prior *=
          dimension.kind === 'choice'
            ? this.#multiplyChoice(factors, dimension.size, at, coordinate)
            : this.#multiplyNumber(factors, exponents, dimension, at, coordinate)
      }
      let sum = prior
      for (let kernel = 0; kernel < kernels; kernel += 1) {
        sum += (factors[kernel] as number) * Math.exp(exponents[kernel] as number)
      }
      densities[candidate] = sum
    }
    return densities
  }

  /** Multiplies each kernel by what it says of a choice; returns what the prior says. */
  #multiplyChoice(factors: Float64Array, size: number, at: number, coordinate: number): number {
    const prior = 1 / size
    const [same, other] = this.#choiceShares(size)
    const means = this.#means[at] as Float64Array
    for (let kernel = 0; kernel < means.length; kernel += 1) {
      const mean = means[kernel] as number
      factors[kernel]! *= Number.isNaN(mean) ? prior : mean === coordinate ? same : other
    }
    return prior
  }

  /** The same of a number. */
  #multiplyNumber(
    factors: Float64Array,
    exponents: Float64Array,
    dimension: NumberDimension,
    at: number,
    coordinate: number,
  ): number {
    const [low, high] = cellAt(dimension, coordinate)
    const bandwidth = this.#bandwidth
    const means = this.#means[at] as Float64Array
    const scales = this.#scales[at] as Float64Array
    const discrete = high > low
    const prior = discrete
      ? (normalCdf((high - PRIOR_MEAN) / PRIOR_DEVIATION) - normalCdf((low - PRIOR_MEAN) / PRIOR_DEVIATION)) /
        PRIOR_MASS
      : priorDensity(coordinate)
    for (let kernel = 0; kernel < means.length; kernel += 1) {
      const mean = means[kernel] as number
      if (mean !== mean) {
        factors[kernel]! *= prior
      } else if (discrete) {
        const mass = normalCdf((high - mean) / bandwidth) - normalCdf((low - mean) / bandwidth)
        factors[kernel]! *= mass * (scales[kernel] as number) * bandwidth * ROOT_TWO_PI
      } else {
        const distance = (coordinate - mean) / bandwidth
        factors[kernel]! *= scales[kernel] as number
        exponents[kernel]! -= 0.5 * distance * distance
      }
    }
    return prior
  }

  #scaleOf(dimension: Dimension, mean: number): number {
    if (dimension.kind === 'choice' || Number.isNaN(mean)) return NaN
    const mass = normalCdf((1 - mean) / this.#bandwidth) - normalCdf(-mean / this.#bandwidth)
    return 1 / (mass * this.#bandwidth * ROOT_TWO_PI)
  }

  /** What a kernel gives the value of its point and each other one: the prior's weight is shared by all kernels. */
  #choiceShares(size: number): readonly [number, number] {
    const each = this.#options.priorWeight / (this.#points.length + 1)
    const total = 1 + each * size
    return [(1 + each) / total, each / total]
  }

  #sampleChoice(size: number, mean: number, numbers: RandomNumbers): number {
    if (Number.isNaN(mean)) return numbers.index(size)
    const [same, other] = this.#choiceShares(size)
    if (numbers.uniform() < same - other) return mean
    return numbers.index(size)
  }
}

const EMPTY = new Float64Array(0)
const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)

/** The prior of a number: as wide as its range, around the middle. */
const PRIOR_MEAN = 0.5
const PRIOR_DEVIATION = 1

/** Φ on −8…8, by linear interpolation in a table: its error is below 10⁻⁶, far less than the kernels' own. */
const CDF_EDGE = 8
const CDF_STEPS = 4096
const cdfTable = Float64Array.from({ length: CDF_STEPS + 2 }, (_, index) =>
  cumulativeNormal((index / CDF_STEPS) * 2 * CDF_EDGE - CDF_EDGE),
)
const PRIOR_MASS = normalCdf(0.5 / PRIOR_DEVIATION) - normalCdf(-0.5 / PRIOR_DEVIATION)

function priorDensity(coordinate: number): number {
  const distance = (coordinate - PRIOR_MEAN) / PRIOR_DEVIATION
  return Math.exp(-0.5 * distance * distance) / (PRIOR_DEVIATION * ROOT_TWO_PI * PRIOR_MASS)
}

/** Φ(x). */
function normalCdf(x: number): number {
  if (x <= -CDF_EDGE) return 0
  if (x >= CDF_EDGE) return 1
  const place = ((x + CDF_EDGE) / (2 * CDF_EDGE)) * CDF_STEPS
  const index = Math.floor(place)
  const left = cdfTable[index] as number
  return left + (place - index) * ((cdfTable[index + 1] as number) - left)
}

/** Φ(x), for the table: erfc by its Chebyshev fit, relative error below 1.2 · 10⁻⁷ (Press et al., Numerical Recipes, 6.2). */
function cumulativeNormal(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + z / 2)
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ]
  let polynomial = 0
  for (const coefficient of coefficients.toReversed()) polynomial = polynomial * t + coefficient
  const erfc = t * Math.exp(-z * z + polynomial)
  return x > 0 ? 1 - erfc / 2 : erfc / 2
}

/** A number of a normal distribution truncated to 0…1, by drawing until one fits: the mean is inside, so most do. */
function sampleNormal(mean: number, deviation: number, numbers: RandomNumbers): number {
  for (;;) {
    const drawn = mean + deviation * numbers.normal()
    if (drawn >= 0 && drawn <= 1) return drawn
  }
}
