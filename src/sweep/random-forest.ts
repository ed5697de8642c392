// A random forest of regression trees over points in unit coordinates, and what it says of the variance that each
// dimension explains by itself. Small, and for that purpose alone: it doesn't predict.

import type { Dimension, Point } from './dimensions.js'
import { RandomNumbers } from './random-numbers.js'

/** A part of the space in which a tree says one value. */
interface Leaf {
  readonly value: number
  /** For each dimension the part of it: an interval of 0…1, or the indices of choices. */
  readonly box: readonly Side[]
}

type Side = readonly [low: number, high: number] | ReadonlySet<number>

interface Split {
  readonly at: number
  readonly left: Side
  readonly right: Side
  readonly gain: number
  readonly isLeft: (coordinate: number) => boolean
}

const TREES = 24
const MIN_SPLIT = 2
const MAX_DEPTH = 32

/** Variance, over the whole space: each place as likely as another, each value of a choice, too. */
export interface ExplainedVariance {
  readonly total: number
  /** Of each dimension by itself (its main effect); of a conditional one where it exists, times how likely that is. */
  readonly single: readonly number[]
}

/**
 * The mean, over trees grown on bootstrap samples, of the variance that they have over the whole space, and of what each
 * dimension explains of it by itself: exact for each tree, since its leaves are boxes (Hutter, Hoos & Leyton-Brown 2014,
 * 'An Efficient Approach for Assessing Hyperparameter Importance', algorithm 2). A tree divides a conditional dimension only
 * where it exists.
 */
export function explainVariance(
  dimensions: readonly Dimension[],
  points: readonly Point[],
  values: readonly number[],
): ExplainedVariance {
  const single = dimensions.map(() => 0)
  const columns = dimensions.map((_, at) => Float64Array.from(points, (point) => point[at] as number))
  let total = 0
  for (let tree = 0; tree < TREES; tree += 1) {
    const numbers = new RandomNumbers(tree)
    const sample = values.map(() => numbers.index(values.length))
    const leaves = new Tree(dimensions, columns, values, numbers).grow(sample)
    const volumes = leaves.map(({ box }) =>
      box.reduce((product, side, at) => product * shareOf(side, dimensions[at] as Dimension), 1),
    )
    const mean = sum(leaves.map(({ value }, at) => value * (volumes[at] as number)))
    total += sum(leaves.map(({ value }, at) => (volumes[at] as number) * (value - mean) ** 2)) / TREES
    for (const [at, dimension] of dimensions.entries()) {
      const likely = likelihoodOf(dimensions, dimension)
      // What of each leaf lies where the dimension exists, without its side of the box, as a share of all that does.
      const marginal = leaves.map(({ value, box }, leaf) => {
        const side = box[at] as Side
        const existing = (volumes[leaf] as number) * existingPart(dimensions, dimension, box)
        return { side, value, weight: existing / likely / shareOf(side, dimension) }
      })
      single[at]! += (likely * varianceOf(dimension, marginal)) / TREES
    }
  }
  return { total, single }
}

/** How much of the space has a dimension. */
function likelihoodOf(dimensions: readonly Dimension[], { condition }: Dimension): number {
  if (condition === undefined) return 1
  const parent = dimensions[condition.dimension] as Dimension
  return likelihoodOf(dimensions, parent) / parent.size
}

/** How much of a box has a dimension. */
function existingPart(
  dimensions: readonly Dimension[],
  { condition }: Dimension,
  box: readonly Side[],
): number {
  if (condition === undefined) return 1
  const side = box[condition.dimension] as ReadonlySet<number>
  if (!side.has(condition.index)) return 0
  return existingPart(dimensions, dimensions[condition.dimension] as Dimension, box) / side.size
}

/** Of the marginal, a step function: over each of its steps, the sum of the boxes that lie there. */
function varianceOf(
  dimension: Dimension,
  marginal: readonly { readonly side: Side; readonly value: number; readonly weight: number }[],
): number {
  const mean = sum(marginal.map(({ side, value, weight }) => value * weight * shareOf(side, dimension)))
  if (dimension.kind === 'choice') {
    const heights = new Float64Array(dimension.size)
    for (const { side, value, weight } of marginal)
      for (const index of side as ReadonlySet<number>) heights[index]! += value * weight
    return sum([...heights].map((height) => (height - mean) ** 2)) / dimension.size
  }
  const edges = marginal
    .flatMap(({ side, value, weight }) => {
      const [low, high] = side as readonly [number, number]
      return [[low, value * weight] as const, [high, -value * weight] as const]
    })
    .toSorted(([a], [b]) => a - b)
  let variance = 0
  let height = 0
  let from = 0
  for (const [at, change] of edges) {
    variance += (at - from) * (height - mean) ** 2
    height += change
    from = at
  }
  return variance
}

class Tree {
  readonly #dimensions: readonly Dimension[]
  /** For each dimension, the coordinates of the points. */
  readonly #columns: readonly Float64Array[]
  readonly #values: readonly number[]
  readonly #numbers: RandomNumbers
  readonly #leaves: Leaf[] = []

  constructor(
    dimensions: readonly Dimension[],
    columns: readonly Float64Array[],
    values: readonly number[],
    numbers: RandomNumbers,
  ) {
    this.#dimensions = dimensions
    this.#columns = columns
    this.#values = values
    this.#numbers = numbers
  }

  grow(sample: readonly number[]): readonly Leaf[] {
    const whole = this.#dimensions.map((dimension): Side =>
      dimension.kind === 'choice' ? new Set(Array.from({ length: dimension.size }, (_, i) => i)) : [0, 1],
    )
    this.#grow(sample, whole, 0, 0)
    return this.#leaves
  }

  /** `around`: the mean of what it is a part of, for a part that no point has come to. */
  #grow(sample: readonly number[], box: readonly Side[], depth: number, around: number): void {
    const mean = sample.length === 0 ? around : this.#sumOf(sample) / sample.length
    const split = sample.length >= MIN_SPLIT && depth < MAX_DEPTH ? this.#findSplit(sample, box) : undefined
    if (split === undefined) {
      this.#leaves.push({ value: mean, box })
      return
    }
    const { at, left, right, isLeft } = split
    const column = this.#columns[at] as Float64Array
    const inLeft = sample.filter((index) => isLeft(column[index] as number))
    const inRight = sample.filter((index) => !isLeft(column[index] as number))
    this.#grow(inLeft, box.with(at, left), depth + 1, mean)
    this.#grow(inRight, box.with(at, right), depth + 1, mean)
  }

  /** The one that leaves the least variance on both sides; of equal ones, any. */
  #findSplit(sample: readonly number[], box: readonly Side[]): Split | undefined {
    let best: Split | undefined
    for (const at of this.#numbers.permutation(this.#dimensions.length)) {
      const exists = existingPart(this.#dimensions, this.#dimensions[at] as Dimension, box)
      const split =
        exists < 1 ? this.#findSplitTowards(sample, at, box) : this.#findSplitAt(sample, at, box[at] as Side)
      if (split !== undefined && split.gain > (best?.gain ?? 1e-12)) best = split
    }
    return best
  }

  /**
   * For a dimension that doesn't exist in all of the box: the split of a choice above it, to the part that has it. It counts as
   * much as both together, or a choice that is nothing by itself would never be divided.
   */
  #findSplitTowards(sample: readonly number[], at: number, box: readonly Side[]): Split | undefined {
    const column = this.#columns[at] as Float64Array
    const having = sample.filter((index) => !Number.isNaN(column[index]))
    if (having.length < MIN_SPLIT) return undefined
    const inner = this.#findSplitAt(having, at, box[at] as Side)
    let condition = (this.#dimensions[at] as Dimension).condition
    while (condition !== undefined) {
      const parent = this.#dimensions[condition.dimension] as Dimension
      if (existingPart(this.#dimensions, parent, box) === 1) break
      condition = parent.condition
    }
    if (inner === undefined || condition === undefined) return undefined
    const { dimension, index } = condition
    const choices = this.#columns[dimension] as Float64Array
    const inside = sample.filter((point) => choices[point] === index)
    const gain = inner.gain + gainOf(this.#sumOf(inside), inside.length, this.#sumOf(sample), sample.length)
    const rest = new Set(box[dimension] as ReadonlySet<number>)
    rest.delete(index)
    return {
      at: dimension,
      gain,
      isLeft: (choice) => choice === index,
      left: new Set([index]),
      right: rest,
    }
  }

  #findSplitAt(sample: readonly number[], at: number, side: Side): Split | undefined {
    const isChoice = (this.#dimensions[at] as Dimension).kind === 'choice'
    const column = this.#columns[at] as Float64Array
    // The values of a choice in the order of their means: of all ways to part them, the best one is among those.
    const ranks = isChoice ? this.#rankChoices(sample, column) : undefined
    const place = (coordinate: number): number =>
      ranks === undefined ? coordinate : (ranks.get(coordinate) ?? (ranks.size - 1) / 2)
    const placeOf = (index: number): number => place(column[index] as number)
    const order = sample.toSorted((a, b) => placeOf(a) - placeOf(b))
    const total = this.#sumOf(order)
    let left = 0
    let gain = 0
    let edge: number | undefined
    for (let below = 1; below < order.length; below += 1) {
      left += this.#values[order[below - 1] as number] as number
      const [before, after] = [placeOf(order[below - 1] as number), placeOf(order[below] as number)]
      if (before === after) continue
      const gained = gainOf(left, below, total, order.length)
      if (gained <= gain) continue
      gain = gained
      edge = (before + after) / 2
    }
    if (edge === undefined) return undefined
    const limit = edge
    const isLeft = (coordinate: number): boolean => place(coordinate) < limit
    if (!isChoice) {
      const [low, high] = side as readonly [number, number]
      return { at, gain, isLeft, left: [low, limit], right: [limit, high] }
    }
    const indices = [...(side as ReadonlySet<number>)]
    return {
      at,
      gain,
      isLeft,
      left: new Set(indices.filter(isLeft)),
      right: new Set(indices.filter((index) => !isLeft(index))),
    }
  }

  /** By the mean of what each has; those that no point of the sample has come in the middle. */
  #rankChoices(sample: readonly number[], column: Float64Array): ReadonlyMap<number, number> {
    const sums = new Map<number, { sum: number; count: number }>()
    for (const index of sample) {
      const choice = column[index] as number
      const entry = sums.get(choice) ?? { sum: 0, count: 0 }
      entry.sum += this.#values[index] as number
      entry.count += 1
      sums.set(choice, entry)
    }
    const ranked = [...sums].toSorted(([, a], [, b]) => a.sum / a.count - b.sum / b.count)
    return new Map(ranked.map(([choice], rank) => [choice, rank]))
  }

  #sumOf(sample: readonly number[]): number {
    let total = 0
    for (const index of sample) total += this.#values[index] as number
    return total
  }
}

/** By how much the squared deviations become less when a part is told from the rest. */
function gainOf(part: number, count: number, total: number, all: number): number {
  if (count === 0 || count === all) return 0
  return part ** 2 / count + (total - part) ** 2 / (all - count) - total ** 2 / all
}

function shareOf(side: Side, dimension: Dimension): number {
  if (side instanceof Set) return side.size / dimension.size
  const [low, high] = side as readonly [number, number]
  return high - low
}

function sum(numbers: readonly number[]): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
