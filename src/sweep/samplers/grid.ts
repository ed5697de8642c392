// Grid search: every combination once. It exists for small discrete spaces and for comparisons.

import { wrongValue } from '../../checks/wrong-value.js'
import { describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { coordinateOf, snap, type Dimension, type Dimensions, type Point } from '../space/dimensions.js'
import { completePoint } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import { RandomNumbers } from '../random-numbers.js'
import { uniformCoordinate } from './random.js'
import { TriedPoints } from './tried-points.js'
import { createSampler, type Sampler, type SamplingAlgorithm } from './sampler.js'

/** What `grid` takes. */
export interface GridOptions {
  /**
   * How many values of a number are tried, evenly over its scale, both ends included: for all, or by name (names of nested
   * ones are paths: `optimiser.sgd.momentum`). A number with fewer values gets all of them. Default 5.
   */
  readonly levels?: number | Readonly<Record<string, number>> | undefined
  /**
   * `lexical`: the last parameter changes fastest. `spread`: neighbours in time lie far apart, so that the first few of a
   * grid that isn't finished cover all of it. Default `spread`.
   */
  readonly order?: 'lexical' | 'spread' | undefined
}

const GRID_OPTIONS: ReadonlySet<string> = new Set<keyof GridOptions>(['levels', 'order'])
const DEFAULT_LEVELS = 5

/**
 * Grid search: each combination once, then there are no more. Reproducible at any concurrency.
 *
 * A conditional parameter takes part only in the combinations in which it exists.
 */
export function grid(options: GridOptions = {}): Sampler {
  refuseUnknown(options, GRID_OPTIONS, 'grid()')
  const { levels = DEFAULT_LEVELS, order = 'spread' } = options
  if (order !== 'lexical' && order !== 'spread') {
    throw wrongValue('grid()', 'the order', order, "'lexical' or 'spread'")
  }
  return createSampler(
    'grid',
    (dimensions) => {
      const coordinates = dimensions.list.map((dimension) => coordinatesOf(dimension, levels))
      const size = countFrom(dimensions, coordinates, undefined)
      if (!Number.isSafeInteger(size)) {
        throw new ActionInputError(
          `grid(): there are ${size} combinations: give fewer levels, or use random() or halton()`,
        )
      }
      const stride = order === 'lexical' ? 1 : strideOf(size)
      return new Grid(dimensions, size, (place) =>
        pointAt(dimensions, coordinates, Number((BigInt(place) * BigInt(stride)) % BigInt(size))),
      )
    },
    true,
  )
}

/** Goes through the combinations; one that was tried for another reason isn't tried again. */
class Grid implements SamplingAlgorithm {
  readonly #dimensions: Dimensions
  readonly #size: number
  readonly #pointAt: (place: number) => Point
  #place = 0
  /** The points that were begun, but for those that the place has passed. */
  readonly #begun = new TriedPoints()

  constructor(dimensions: Dimensions, size: number, at: (place: number) => Point) {
    this.#dimensions = dimensions
    this.#size = size
    this.#pointAt = at
  }

  propose(number: number): Point | undefined
  propose(number: number, known: FlatParameters): Point
  propose(number: number, known?: FlatParameters): Point | undefined {
    const next = this.#next()
    if (known === undefined) return next
    const numbers = new RandomNumbers(number)
    return completePoint(this.#dimensions, known, (dimension, index) => {
      const coordinate = next?.[index] ?? NaN
      return Number.isNaN(coordinate) ? uniformCoordinate(dimension, numbers) : coordinate
    })
  }

  begun(_number: number, point: Point): void {
    this.#begun.add(point)
  }

  /** The next that wasn't begun yet. */
  #next(): Point | undefined {
    while (this.#place < this.#size) {
      const point = this.#pointAt(this.#place)
      if (!this.#begun.delete(point)) return point
      this.#place += 1
    }
    return undefined
  }
}

/** How many combinations there are below a condition. */
function countFrom(
  dimensions: Dimensions,
  coordinates: readonly (readonly number[])[],
  condition: { readonly dimension: number; readonly index: number } | undefined,
): number {
  let count = 1
  for (const [at, dimension] of dimensions.list.entries()) {
    if (!isBelow(dimension, condition)) continue
    count *= countOf(dimensions, coordinates, at)
  }
  return count
}

/** How many combinations a dimension stands for, with all that depends on it. */
function countOf(dimensions: Dimensions, coordinates: readonly (readonly number[])[], at: number): number {
  const values = coordinates[at] as readonly number[]
  if ((dimensions.list[at] as Dimension).kind === 'number') return values.length
  let count = 0
  for (const index of values) count += countFrom(dimensions, coordinates, { dimension: at, index })
  return count
}

/** The combination of a number: mixed radix, where the radix of a choice depends on what hangs below it. */
function pointAt(dimensions: Dimensions, coordinates: readonly (readonly number[])[], number: number): Point {
  const point = new Float64Array(dimensions.list.length).fill(NaN)
  const fill = (
    condition: { readonly dimension: number; readonly index: number } | undefined,
    rest: number,
  ): void => {
    let left = rest
    // From the last to the first: the last changes fastest.
    for (let at = dimensions.list.length - 1; at >= 0; at -= 1) {
      const dimension = dimensions.list[at] as Dimension
      if (!isBelow(dimension, condition)) continue
      const count = countOf(dimensions, coordinates, at)
      let place = left % count
      left = Math.floor(left / count)
      if (dimension.kind === 'number') {
        point[at] = (coordinates[at] as readonly number[])[place] as number
        continue
      }
      for (const index of coordinates[at] as readonly number[]) {
        const below = countFrom(dimensions, coordinates, { dimension: at, index })
        if (place < below) {
          point[at] = index
          fill({ dimension: at, index }, place)
          break
        }
        place -= below
      }
    }
  }
  fill(undefined, number)
  return point
}

function isBelow(
  { condition }: Dimension,
  of: { readonly dimension: number; readonly index: number } | undefined,
): boolean {
  return condition?.dimension === of?.dimension && condition?.index === of?.index
}

function coordinatesOf(dimension: Dimension, levels: number | Readonly<Record<string, number>>): number[] {
  if (dimension.kind === 'choice') return Array.from({ length: dimension.size }, (_, index) => index)
  const wanted = typeof levels === 'number' ? levels : (levels[dimension.name] ?? DEFAULT_LEVELS)
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    throw new ActionInputError(
      `grid(): the levels of '${dimension.name}' are ${describeValue(wanted)}, but must be a whole number of at least 1`,
    )
  }
  const { low, high, log } = dimension.parameter
  const count = Math.min(wanted, dimension.size)
  const values = Array.from({ length: count }, (_, index) => {
    const share = count === 1 ? 0.5 : index / (count - 1)
    const value = log ? low * (high / low) ** share : low + share * (high - low)
    return snap(dimension, coordinateOf(dimension, Math.min(high, value)))
  })
  // Rounded to the same value: once.
  return [...new Set(values)]
}

/** About size / φ and without a common divisor: multiples of it, modulo the size, are spread evenly at every length. */
function strideOf(size: number): number {
  let stride = Math.max(1, Math.round(size * 0.6180339887498949))
  while (greatestCommonDivisor(stride, size) !== 1) stride += 1
  return stride
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
