// A random forest of regression trees over points in unit coordinates, and what it says of the whole space: how the values lie,
// and how much of their variance each dimension explains by itself. Small, and for that purpose alone: it doesn't predict.

import type { Dimension, Point } from '../space/dimensions.js'
import { RandomNumbers } from '../random-numbers.js'

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

/** As many, and as deep, as Optuna's fANOVA has: with fewer, shares differ more from one seed to another. */
const TREES = 64
/** For how the values lie, a few will do. */
const FEW_TREES = 16
const MIN_SPLIT = 2
const MAX_DEPTH = 64

/** A leaf of any of the trees. */
interface WeightedLeaf extends Leaf {
  /** How much of the space it is. */
  readonly volume: number
}

/** The leaves of trees that are grown on bootstrap samples, tree by tree. */
function growForest(
  dimensions: readonly Dimension[],
  points: readonly Point[],
  values: readonly number[],
  trees: number,
): readonly (readonly WeightedLeaf[])[] {
  const columns = dimensions.map((_, at) => Float64Array.from(points, (point) => point[at] as number))
  const orders = dimensions.map(({ kind }, at) => {
    const column = columns[at] as Float64Array
    if (kind === 'choice') return []
    const having = [...column.keys()].filter((index) => !Number.isNaN(column[index]))
    return having.toSorted((a, b) => (column[a] as number) - (column[b] as number))
  })
  return Array.from({ length: trees }, (_, tree) => {
    const leaves = new Tree(dimensions, columns, values, new RandomNumbers(tree)).grow(orders)
    return leaves.map(({ value, box }) => ({
      value,
      box,
      volume: box.reduce((product, side, at) => product * shareOf(side, dimensions[at] as Dimension), 1),
    }))
  })
}

/**
 * How much of the variance over the whole space (each place as likely as another, each value of a choice, too) each dimension
 * explains by itself, its main effect; of a conditional one where it exists, times how likely that is. The mean of what trees
 * say that are grown on bootstrap samples, as shares of the variance of each: exact for a tree, since its leaves are boxes
 * (Hutter, Hoos & Leyton-Brown 2014, 'An Efficient Approach for Assessing Hyperparameter Importance', algorithm 2). A tree divides
 * a conditional dimension only where it exists.
 *
 * @returns For each dimension 0…1; all 0 where nothing varies.
 */
export function explainVariance(
  dimensions: readonly Dimension[],
  points: readonly Point[],
  values: readonly number[],
): readonly number[] {
  const shares = dimensions.map(() => 0)
  let varying = 0
  for (const leaves of growForest(dimensions, points, values, TREES)) {
    const mean = sum(leaves.map(({ value, volume }) => value * volume))
    const total = sum(leaves.map(({ value, volume }) => volume * (value - mean) ** 2))
    if (!(total > 0)) continue
    varying += 1
    for (const [at, dimension] of dimensions.entries()) {
      const likely = likelihoodOf(dimensions, dimension)
      // What of each leaf lies where the dimension exists, without its side of the box, as a share of all that does.
      const marginal = leaves.map(({ value, box, volume }) => {
        const side = box[at] as Side
        const existing = volume * existingPart(dimensions, dimension, box)
        return { side, value, weight: existing / likely / shareOf(side, dimension) }
      })
      shares[at]! += (likely * varianceOf(dimension, marginal)) / total
    }
  }
  return shares.map((share) => (varying === 0 ? 0 : share / varying))
}

/** The values below which so much of the whole space lies, for each share 0…1. */
export function quantilesOverSpace(
  dimensions: readonly Dimension[],
  points: readonly Point[],
  values: readonly number[],
  shares: readonly number[],
): readonly number[] {
  const leaves = growForest(dimensions, points, values, FEW_TREES)
    .flat()
    .toSorted((a, b) => a.value - b.value)
  const whole = sum(leaves.map(({ volume }) => volume))
  return shares.map((share) => {
    let below = 0
    const found = leaves.find(({ volume }) => (below += volume) >= share * whole)
    return (found ?? leaves.at(-1) ?? { value: NaN }).value
  })
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

/** The points in a part of the space: as they were drawn, and in the order of each dimension that is a number. */
interface Sample {
  readonly all: readonly number[]
  readonly orders: readonly (readonly number[])[]
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

  /** `orders`: for each dimension that is a number, the points that have it, in its order. */
  grow(orders: readonly (readonly number[])[]): readonly Leaf[] {
    const whole = this.#dimensions.map((dimension): Side =>
      dimension.kind === 'choice' ? new Set(Array.from({ length: dimension.size }, (_, i) => i)) : [0, 1],
    )
    const all = this.#values.map(() => this.#numbers.index(this.#values.length))
    const times = new Uint16Array(this.#values.length)
    for (const index of all) times[index]! += 1
    const drawn = orders.map((order) =>
      order.flatMap((index) => Array.from({ length: times[index] as number }, () => index)),
    )
    this.#grow({ all, orders: drawn }, whole, 0, 0)
    return this.#leaves
  }

  /** `around`: the mean of what it is a part of, for a part that no point has come to. */
  #grow(sample: Sample, box: readonly Side[], depth: number, around: number): void {
    const { all, orders } = sample
    const mean = all.length === 0 ? around : this.#sumOf(all) / all.length
    const split = all.length >= MIN_SPLIT && depth < MAX_DEPTH ? this.#findSplit(sample, box) : undefined
    if (split === undefined) {
      this.#leaves.push({ value: mean, box })
      return
    }
    const { at, left, right, isLeft } = split
    const column = this.#columns[at] as Float64Array
    const part = (isWanted: boolean): Sample => {
      const isIn = (index: number): boolean => isLeft(column[index] as number) === isWanted
      return { all: all.filter(isIn), orders: orders.map((order) => order.filter(isIn)) }
    }
    this.#grow(part(true), box.with(at, left), depth + 1, mean)
    this.#grow(part(false), box.with(at, right), depth + 1, mean)
  }

  /** The one that leaves the least variance on both sides; of equal ones, any. */
  #findSplit(sample: Sample, box: readonly Side[]): Split | undefined {
    let best: Split | undefined
    for (const at of this.#numbers.permutation(this.#dimensions.length)) {
      const exists = existingPart(this.#dimensions, this.#dimensions[at] as Dimension, box)
      const split =
        exists < 1
          ? this.#findSplitTowards(sample, at, box)
          : this.#findSplitAt(this.#havingOf(sample, at), at, box[at] as Side)
      if (split !== undefined && split.gain > (best?.gain ?? 1e-12)) best = split
    }
    return best
  }

  /** The points that have a dimension: of a number in its order. */
  #havingOf({ all, orders }: Sample, at: number): readonly number[] {
    const { kind, condition } = this.#dimensions[at] as Dimension
    if (kind === 'number') return orders[at] as readonly number[]
    if (condition === undefined) return all
    const column = this.#columns[at] as Float64Array
    return all.filter((index) => !Number.isNaN(column[index]))
  }

  /**
   * For a dimension that doesn't exist in all of the box: the split of a choice above it, to the part that has it. It counts as
   * much as both together, or a choice that is nothing by itself would never be divided.
   */
  #findSplitTowards(sample: Sample, at: number, box: readonly Side[]): Split | undefined {
    const having = this.#havingOf(sample, at)
    if (having.length < MIN_SPLIT) return undefined
    const inner = this.#findSplitAt(having, at, box[at] as Side)
    let condition = (this.#dimensions[at] as Dimension).condition
    while (condition !== undefined) {
      const parent = this.#dimensions[condition.dimension] as Dimension
      if (existingPart(this.#dimensions, parent, box) === 1) break
      condition = parent.condition
    }
    if (inner === undefined || condition === undefined) return undefined
    const { all } = sample
    const { dimension, index } = condition
    const choices = this.#columns[dimension] as Float64Array
    const inside = all.filter((point) => choices[point] === index)
    const gain = inner.gain + gainOf(this.#sumOf(inside), inside.length, this.#sumOf(all), all.length)
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

  #findSplitAt(having: readonly number[], at: number, side: Side): Split | undefined {
    return (this.#dimensions[at] as Dimension).kind === 'choice'
      ? this.#findSplitOfChoices(having, at, side as ReadonlySet<number>)
      : this.#findSplitOfNumbers(having, at, side as readonly [number, number])
  }

  #findSplitOfNumbers(
    order: readonly number[],
    at: number,
    [low, high]: readonly [number, number],
  ): Split | undefined {
    const column = this.#columns[at] as Float64Array
    const total = this.#sumOf(order)
    let left = 0
    let gain = 0
    let edge = NaN
    for (let below = 1; below < order.length; below += 1) {
      left += this.#values[order[below - 1] as number] as number
      const [before, after] = [column[order[below - 1] as number]!, column[order[below] as number]!]
      if (before === after) continue
      const gained = gainOf(left, below, total, order.length)
      if (gained <= gain) continue
      gain = gained
      edge = (before + after) / 2
    }
    if (Number.isNaN(edge)) return undefined
    return { at, gain, isLeft: (coordinate) => coordinate < edge, left: [low, edge], right: [edge, high] }
  }

  /** The values of a choice in the order of their means: of all ways to part them, the best one is among those. */
  #findSplitOfChoices(having: readonly number[], at: number, side: ReadonlySet<number>): Split | undefined {
    const ranked = this.#rankChoices(having, at)
    const total = this.#sumOf(having)
    let [left, below, gain, parted] = [0, 0, 0, 0]
    for (const [rank, { sum: part, count }] of ranked.slice(0, -1).entries()) {
      left += part
      below += count
      const gained = gainOf(left, below, total, having.length)
      if (gained <= gain) continue
      gain = gained
      parted = rank + 1
    }
    if (parted === 0) return undefined
    const isLow = new Set(ranked.slice(0, parted).map(({ choice }) => choice))
    const seen = new Set(ranked.map(({ choice }) => choice))
    // What no point of the sample has belongs to the larger part.
    const isLeft = (choice: number): boolean =>
      seen.has(choice) ? isLow.has(choice) : parted > ranked.length / 2
    const indices = [...side]
    return {
      at,
      gain,
      isLeft,
      left: new Set(indices.filter(isLeft)),
      right: new Set(indices.filter((index) => !isLeft(index))),
    }
  }

  /** By the mean of what each has. */
  #rankChoices(having: readonly number[], at: number): RankedChoice[] {
    const column = this.#columns[at] as Float64Array
    const { size } = this.#dimensions[at] as Dimension
    const sums = new Float64Array(size)
    const counts = new Uint32Array(size)
    for (const index of having) {
      const choice = column[index] as number
      sums[choice]! += this.#values[index] as number
      counts[choice]! += 1
    }
    const ranked: RankedChoice[] = []
    for (const [choice, count] of counts.entries())
      if (count > 0) ranked.push({ choice, sum: sums[choice] as number, count })
    return ranked.toSorted((a, b) => a.sum / a.count - b.sum / b.count)
  }

  #sumOf(sample: readonly number[]): number {
    let total = 0
    for (const index of sample) total += this.#values[index] as number
    return total
  }
}

/** What the points have that have one value of a choice. */
interface RankedChoice {
  readonly choice: number
  readonly sum: number
  readonly count: number
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
