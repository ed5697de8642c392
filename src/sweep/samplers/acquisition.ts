// Looks for the point at which an acquisition function is largest: from the best of random points and of ones near the best
// trials, uphill in the numbers, and value by value in the choices.

import { snap, type Dimension, type Dimensions, type Point } from '../space/dimensions.js'
import { completePoint } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import type { RandomNumbers } from '../random-numbers.js'
import { minimizeInBox } from './box-minimizer.js'
import { uniformCoordinate } from './random.js'

/** What is looked for, and where. */
export interface AcquisitionSearch {
  readonly dimensions: Dimensions
  /** Values that the point must have, by name. */
  readonly known: FlatParameters
  readonly numbers: RandomNumbers
  /** The points of trials, best first. */
  readonly leaders: readonly Point[]
  /** Whether a point may be chosen. */
  readonly isNew: (point: Point) => boolean
  readonly valueAt: (point: Point) => number
  /** The same, and its slopes along some coordinates. */
  readonly slopesAt: (point: Point, places: readonly number[], slopes: Float64Array) => number
}

const RANDOM_POINTS = 400
const LEADERS = 5
const NEAR_EACH = 30
const CLIMBS = 5
const CLIMB_STEPS = 40
const MOST_ROUNDS = 3
/** A number with so many values is also gone through value by value. */
const FEW = 12

interface Candidate {
  readonly point: Point
  readonly value: number
}

/** The best point that is found; one that isn't new only if no other is. */
export function searchAcquisition(search: AcquisitionSearch): Point {
  const found: Candidate[] = []
  const consider = (point: Point): void => {
    found.push({ point, value: search.valueAt(point) })
  }
  for (let count = 0; count < RANDOM_POINTS; count += 1) consider(drawPoint(search))
  for (const leader of search.leaders.slice(0, LEADERS)) {
    for (let count = 0; count < NEAR_EACH; count += 1) consider(drawNear(search, leader))
  }
  found.sort((a, b) => b.value - a.value)
  const climbed = startsOf(found).map((candidate) => climb(search, candidate))
  const all = [...climbed, ...found].toSorted((a, b) => b.value - a.value)
  const [first] = all as [Candidate, ...Candidate[]]
  return (all.find(({ point }) => search.isNew(point)) ?? first).point
}

/** The best ones, no two of which are almost the same. */
function startsOf(found: readonly Candidate[]): Candidate[] {
  const starts: Candidate[] = []
  for (const candidate of found) {
    const isNear = starts.some(({ point }) =>
      point.every((at, index) => !(Math.abs(at - (candidate.point[index] as number)) > 0.05)),
    )
    if (!isNear) starts.push(candidate)
    if (starts.length === CLIMBS) break
  }
  return starts
}

function drawPoint({ dimensions, known, numbers }: AcquisitionSearch): Point {
  return completePoint(dimensions, known, (dimension) => uniformCoordinate(dimension, numbers))
}

/** Near another point, at a distance that may be large or small. */
function drawNear({ dimensions, known, numbers }: AcquisitionSearch, leader: Point): Point {
  const reach = 10 ** (-0.5 - 2.5 * numbers.uniform())
  const share = numbers.uniform() < 0.5 ? 1 : 2 / dimensions.list.length
  return completePoint(dimensions, known, (dimension, index) => {
    const at = leader[index] as number
    if (Number.isNaN(at)) return uniformCoordinate(dimension, numbers)
    if (dimension.kind === 'choice')
      return numbers.uniform() < 1 / dimensions.list.length ? numbers.index(dimension.size) : at
    if (numbers.uniform() >= share) return at
    return snap(dimension, Math.min(1, Math.max(0, at + reach * numbers.normal())))
  })
}

/** Uphill from a candidate, as long as that helps. */
function climb(search: AcquisitionSearch, start: Candidate): Candidate {
  let best = start
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = best.value
    best = climbNumbers(search, best)
    best = tryValues(search, best)
    if (!(best.value > before + 1e-6)) break
  }
  return best
}

function climbNumbers(search: AcquisitionSearch, start: Candidate): Candidate {
  const { dimensions, known } = search
  const places = dimensions.list.flatMap(({ kind, name }, at) =>
    kind === 'number' && !Number.isNaN(start.point[at]) && !Object.hasOwn(known, name) ? [at] : [],
  )
  if (places.length === 0) return start
  const point = start.point.slice()
  const box = { low: new Float64Array(places.length), high: new Float64Array(places.length).fill(1) }
  const { x } = minimizeInBox(
    (at, slopes) => {
      for (const [index, place] of places.entries()) point[place] = at[index] as number
      const value = search.slopesAt(point, places, slopes)
      for (let index = 0; index < slopes.length; index += 1) slopes[index] = -(slopes[index] as number)
      return -value
    },
    Float64Array.from(places, (place) => start.point[place] as number),
    box,
    CLIMB_STEPS,
  )
  const end = start.point.slice()
  for (const [index, place] of places.entries()) {
    const dimension = dimensions.list[place] as Dimension
    end[place] = dimension.kind === 'number' ? snap(dimension, x[index] as number) : (x[index] as number)
  }
  return betterOf(search, start, end)
}

/** Tries the other values of each choice, and of numbers that have few, one after the other. */
function tryValues(search: AcquisitionSearch, start: Candidate): Candidate {
  const { dimensions, known } = search
  let best = start
  for (const [at, dimension] of dimensions.list.entries()) {
    if (dimension.size > FEW && dimension.kind === 'number') continue
    if (Number.isNaN(best.point[at]) || Object.hasOwn(known, dimension.name)) continue
    const from = best.point
    for (let index = 0; index < dimension.size; index += 1) {
      const value = dimension.kind === 'choice' ? index : snap(dimension, (index + 0.5) / dimension.size)
      if (value !== from[at]) best = betterOf(search, best, withValue(search, from, at, value))
    }
  }
  return best
}

/** What exists by the new value alone is taken from the best trial that has it, or drawn. */
function withValue(
  { dimensions, known, leaders, numbers }: AcquisitionSearch,
  from: Point,
  place: number,
  value: number,
): Point {
  const model = leaders.find((leader) => leader[place] === value)
  return completePoint(dimensions, known, (dimension, at) => {
    if (at === place) return value
    const kept = from[at] as number
    if (!Number.isNaN(kept)) return kept
    const other = model?.[at] ?? NaN
    return Number.isNaN(other) ? uniformCoordinate(dimension, numbers) : other
  })
}

function betterOf({ valueAt }: AcquisitionSearch, best: Candidate, point: Point): Candidate {
  const value = valueAt(point)
  return value > best.value ? { point, value } : best
}
