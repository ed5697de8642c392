// A Gaussian process over the points of a space: Matérn's kernel with ν = 5/2 and a length scale for each dimension, fitted by
// the likelihood of what was observed. Choices differ or don't (Hamming); where a dimension exists in one of two points
// only, its parent differs, and that is what counts.

import type { Dimensions, Point } from '../space/dimensions.js'
import { minimizeInBox } from './box-minimizer.js'
import { cholesky, inverseOf, solveLower, solveUpper, type Matrix } from './linear-algebra.js'

/** What is fitted, by logarithms: the length scales, then the kernel's variance, then the noise's. */
export type Hyperparameters = Float64Array

const ROOT_FIVE = Math.sqrt(5)
/** Of the logarithms of length scales, variance and noise, in units of the ranges and of the values' variance. */
const BOUNDS = { scale: [-4.5, 4.5], variance: [-3, 4], noise: [-14, 0.5] } as const
/**
 * Means and deviations of the normal distributions that are assumed of these logarithms. Scales are longer the more dimensions
 * there are, as the distances are (Hvarfner et al. 2024, 'Vanilla Bayesian Optimization Performs Great in High Dimensions').
 */
const PRIOR = { scale: [-0.7, 1], variance: [0, 1], noise: [-7, 4] } as const
const FIRST_FIT_STEPS = 40
const FIT_STEPS = 8

/** What a process says of a point. */
export interface Prediction {
  readonly mean: number
  readonly deviation: number
}

/** A fitted process. */
export class GaussianProcess {
  readonly #points: readonly Point[]
  readonly #kernel: Kernel
  readonly #lower: Matrix
  readonly #inverse: Matrix
  readonly #weights: Float64Array

  /**
   * @param values - One for each point, with mean 0 and variance 1 or so.
   * @param isChoice - Of which dimensions it is only known whether they differ.
   */
  constructor(
    points: readonly Point[],
    values: Float64Array,
    isChoice: readonly boolean[],
    parameters: Hyperparameters,
  ) {
    const size = points.length
    this.#points = points
    this.#kernel = new Kernel(isChoice, parameters)
    const noise = Math.exp(parameters.at(-1) as number)
    this.#lower = new Float64Array(size * size)
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < row; column += 1) {
        this.#lower[row * size + column] = this.#kernel.between(points[row] as Point, points[column] as Point)
      }
      this.#lower[row * size + row] = this.#kernel.variance + noise
    }
    factor(this.#lower, size)
    this.#inverse = inverseOf(this.#lower, size)
    this.#weights = values.slice()
    solveLower(this.#lower, size, this.#weights)
    solveUpper(this.#lower, size, this.#weights)
  }

  /** Of the function itself, without noise. */
  predict(point: Point): Prediction {
    const size = this.#points.length
    const near = new Float64Array(size)
    let mean = 0
    for (let row = 0; row < size; row += 1) {
      const share = this.#kernel.between(point, this.#points[row] as Point)
      near[row] = share
      mean += share * (this.#weights[row] as number)
    }
    const variance = this.#kernel.variance - this.#quadratic(near)
    return { mean, deviation: Math.sqrt(Math.max(variance, 1e-12)) }
  }

  /** The same, and how both change with each of some coordinates. */
  differentiate(
    point: Point,
    places: readonly number[],
  ): Prediction & { readonly meanSlopes: Float64Array; readonly deviationSlopes: Float64Array } {
    const size = this.#points.length
    const near = new Float64Array(size)
    const slopes = places.map(() => new Float64Array(size))
    let mean = 0
    for (let row = 0; row < size; row += 1) {
      const other = this.#points[row] as Point
      const distance = this.#kernel.distance(point, other)
      near[row] = this.#kernel.at(distance)
      const slope = this.#kernel.slope(distance)
      for (const [index, place] of places.entries()) {
        const apart = (point[place] as number) - (other[place] as number)
        // Where it doesn't exist in the other one, the distance doesn't depend on it.
        slopes[index]![row] = apart === apart ? 2 * slope * apart * this.#kernel.weight(place) : 0
      }
      mean += (near[row] as number) * (this.#weights[row] as number)
    }
    const solved = multiply(this.#inverse, size, near)
    let variance = this.#kernel.variance
    for (let row = 0; row < size; row += 1) variance -= (near[row] as number) * (solved[row] as number)
    const deviation = Math.sqrt(Math.max(variance, 1e-12))
    const meanSlopes = Float64Array.from(slopes, (slope) => dot(slope, this.#weights))
    const deviationSlopes = Float64Array.from(slopes, (slope) => -dot(slope, solved) / deviation)
    return { mean, deviation, meanSlopes, deviationSlopes }
  }

  #quadratic(near: Float64Array): number {
    const size = near.length
    let sum = 0
    for (let row = 0; row < size; row += 1) {
      const start = row * size
      let inner = 0
      for (let column = 0; column < row; column += 1)
        inner += (this.#inverse[start + column] as number) * (near[column] as number)
      sum +=
        (near[row] as number) * (2 * inner + (this.#inverse[start + row] as number) * (near[row] as number))
    }
    return sum
  }
}

/** `σ² (1 + √5 r + 5/3 r²) e^(−√5 r)`, of the scaled distance `r`. */
class Kernel {
  readonly variance: number
  readonly #isChoice: readonly boolean[]
  /** `1 / ℓ²` */
  readonly #weights: Float64Array

  constructor(isChoice: readonly boolean[], parameters: Hyperparameters) {
    this.#isChoice = isChoice
    this.variance = Math.exp(parameters.at(-2) as number)
    this.#weights = Float64Array.from(isChoice, (_, at) => Math.exp(-2 * (parameters[at] as number)))
  }

  weight(place: number): number {
    return this.#weights[place] as number
  }

  /** `r²` */
  distance(a: Point, b: Point): number {
    let sum = 0
    for (let at = 0; at < a.length; at += 1) {
      const apart = (a[at] as number) - (b[at] as number)
      if (apart === 0 || apart !== apart) continue
      sum += (this.#isChoice[at] as boolean)
        ? (this.#weights[at] as number)
        : apart * apart * (this.#weights[at] as number)
    }
    return sum
  }

  between(a: Point, b: Point): number {
    return this.at(this.distance(a, b))
  }

  at(distance: number): number {
    return this.variance * shapeOf(distance)
  }

  /** By `r²`. */
  slope(distance: number): number {
    return this.variance * slopeOf(distance)
  }
}

function shapeOf(distance: number): number {
  const scaled = ROOT_FIVE * Math.sqrt(distance)
  return (1 + scaled + (5 / 3) * distance) * Math.exp(-scaled)
}

function slopeOf(distance: number): number {
  const scaled = ROOT_FIVE * Math.sqrt(distance)
  return (-5 / 6) * (1 + scaled) * Math.exp(-scaled)
}

/** Of which dimensions it is only known whether they differ. */
export function choicesOf({ list }: Dimensions): boolean[] {
  return list.map(({ kind }) => kind === 'choice')
}

/** The hyperparameters under which the values are likeliest, priors included. `start`: those of an earlier fit. */
export function fitHyperparameters(
  points: readonly Point[],
  values: Float64Array,
  isChoice: readonly boolean[],
  start?: Hyperparameters,
): Hyperparameters {
  const dimensions = isChoice.length
  const prior = priorOf(dimensions)
  const pairs = new Pairs(points, isChoice)
  const box = {
    low: prior.map((_, at) => boundsOf(at, dimensions)[0]),
    high: prior.map((_, at) => boundsOf(at, dimensions)[1]),
  }
  return minimizeInBox(
    (parameters, gradient) => lossOf(parameters, gradient, pairs, values),
    start ?? prior,
    box,
    start === undefined ? FIRST_FIT_STEPS : FIT_STEPS,
  ).x
}

function boundsOf(at: number, dimensions: number): readonly [number, number] {
  return at < dimensions ? BOUNDS.scale : at === dimensions ? BOUNDS.variance : BOUNDS.noise
}

function priorOf(dimensions: number): Float64Array {
  const scale = PRIOR.scale[0] + 0.5 * Math.log(dimensions)
  return Float64Array.from([
    ...Array.from({ length: dimensions }, () => scale),
    PRIOR.variance[0],
    PRIOR.noise[0],
  ])
}

/** The squared distances of each two points, by dimension: they are the same in each step of a fit. */
class Pairs {
  readonly size: number
  readonly squares: readonly Float64Array[]

  constructor(points: readonly Point[], isChoice: readonly boolean[]) {
    this.size = points.length
    this.squares = isChoice.map((choice, at) => {
      const squares = new Float64Array((this.size * (this.size - 1)) / 2)
      let pair = 0
      for (let row = 1; row < this.size; row += 1) {
        for (let column = 0; column < row; column += 1) {
          const apart = (points[row]?.[at] as number) - (points[column]?.[at] as number)
          squares[pair] = apart !== apart ? 0 : choice ? Number(apart !== 0) : apart * apart
          pair += 1
        }
      }
      return squares
    })
  }
}

/** The negative logarithm of the posterior density, and its gradient (Rasmussen & Williams 2006, 5.4.1). */
function lossOf(
  parameters: Hyperparameters,
  gradient: Float64Array,
  { size, squares }: Pairs,
  values: Float64Array,
): number {
  const dimensions = squares.length
  const variance = Math.exp(parameters[dimensions] as number)
  const noise = Math.exp(parameters[dimensions + 1] as number)
  const weights = Float64Array.from(squares, (_, at) => Math.exp(-2 * (parameters[at] as number)))
  const distances = new Float64Array((size * (size - 1)) / 2)
  for (let at = 0; at < dimensions; at += 1) {
    const weight = weights[at] as number
    const of = squares[at] as Float64Array
    for (let pair = 0; pair < of.length; pair += 1) distances[pair]! += weight * (of[pair] as number)
  }
  const lower = new Float64Array(size * size)
  let pair = 0
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < row; column += 1) {
      lower[row * size + column] = variance * shapeOf(distances[pair] as number)
      pair += 1
    }
    lower[row * size + row] = variance + noise
  }
  factor(lower, size)
  const inverse = inverseOf(lower, size)
  const solved = multiply(inverse, size, values)
  let loss = 0.5 * dot(values, solved)
  for (let row = 0; row < size; row += 1) loss += Math.log(lower[row * size + row] as number)
  // Half the trace of `(K⁻¹ − α αᵀ) dK`, for each parameter.
  gradient.fill(0)
  const slopes = new Float64Array(distances.length)
  let ofVariance = 0
  let trace = 0
  pair = 0
  for (let row = 0; row < size; row += 1) {
    const alpha = solved[row] as number
    for (let column = 0; column < row; column += 1) {
      const factorOf = (inverse[row * size + column] as number) - alpha * (solved[column] as number)
      const distance = distances[pair] as number
      ofVariance += factorOf * variance * shapeOf(distance)
      slopes[pair] = factorOf * variance * slopeOf(distance)
      pair += 1
    }
    trace += 0.5 * ((inverse[row * size + row] as number) - alpha * alpha)
  }
  for (let at = 0; at < dimensions; at += 1)
    gradient[at] = -2 * (weights[at] as number) * dot(slopes, squares[at] as Float64Array)
  gradient[dimensions] = ofVariance + trace * variance
  gradient[dimensions + 1] = trace * noise
  return loss + addPrior(parameters, gradient, dimensions)
}

function addPrior(parameters: Hyperparameters, gradient: Float64Array, dimensions: number): number {
  const means = priorOf(dimensions)
  let loss = 0
  for (let at = 0; at < parameters.length; at += 1) {
    const [, deviation] = at < dimensions ? PRIOR.scale : at === dimensions ? PRIOR.variance : PRIOR.noise
    const away = ((parameters[at] as number) - (means[at] as number)) / deviation
    loss += 0.5 * away * away
    gradient[at]! += away / deviation
  }
  return loss
}

/** With more and more on the diagonal, until rounding lets it through. */
function factor(matrix: Matrix, size: number): void {
  const diagonal = Float64Array.from({ length: size }, (_, at) => matrix[at * size + at] as number)
  const whole = matrix.slice()
  for (let jitter = 1e-10; !cholesky(matrix, size); jitter *= 10) {
    matrix.set(whole)
    for (let at = 0; at < size; at += 1) matrix[at * size + at] = (diagonal[at] as number) * (1 + jitter)
  }
}

function multiply(matrix: Matrix, size: number, vector: Float64Array): Float64Array {
  const product = new Float64Array(size)
  for (let row = 0; row < size; row += 1) {
    let sum = 0
    for (let column = 0; column < size; column += 1)
      sum += (matrix[row * size + column] as number) * (vector[column] as number)
    product[row] = sum
  }
  return product
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number)
  return sum
}
