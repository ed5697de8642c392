// NSGA-II: a population of trials, from which pairs are crossed and changed a little, and of which the best survive.

import { checkCount, checkNumber } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { snap, type Dimension, type Dimensions, type Point } from '../space/dimensions.js'
import { completePoint, NOTHING } from '../space/known-point.js'
import type { FlatParameters } from '../results/progress.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { crowdingDistances, frontsOf } from './non-domination.js'
import type { Observed } from './observations.js'
import { uniformCoordinate, type SeedOptions } from './random.js'
import type { Ended } from './ranking.js'
import { checkSeed, createSampler, type Sampler, type SamplingAlgorithm } from './sampler.js'

/** What `nsga2` takes. */
export interface Nsga2Options extends SeedOptions {
  /** `N`: how many trials survive a generation, and how many it has. Default 50. */
  readonly population?: number | undefined
  /** How likely two trials are crossed; else the better one is only changed. Default 0.9. */
  readonly crossover?: number | undefined
  /** How likely each parameter is changed. Default: one in a trial, on average. */
  readonly mutation?: number | undefined
}

const NSGA2_OPTIONS: ReadonlySet<string> = new Set<keyof Nsga2Options>([
  'seed',
  'population',
  'crossover',
  'mutation',
])

interface Resolved {
  readonly seed: number
  readonly population: number
  readonly crossover: number
  readonly mutation: number | undefined
}

/** How close children stay to their parents: the distribution indices `η` of crossover and mutation. */
const CROSSOVER_INDEX = 15
const MUTATION_INDEX = 20

/**
 * The elitist genetic algorithm for several metrics, for a thousand trials and more, many at a time: it learns slowly, and keeps
 * a population that is spread over the whole Pareto front.
 *
 * Deb et al. 2002, 'A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II': fronts, crowding distance, binary tournaments,
 * and what violates constraints behind what doesn't; numbers by simulated binary crossover and polynomial mutation (Deb &
 * Agrawal 1995), choices by uniform crossover. A parameter that neither parent has is drawn. A generation ends when so many
 * trials have, whichever they are: no thread waits for the last of them.
 *
 * Reproducible for a seed as long as trials end in the same order: always one at a time, in parallel not.
 */
export function nsga2(options: Nsga2Options = {}): Sampler {
  const of = 'nsga2()'
  refuseUnknown(options, NSGA2_OPTIONS, of)
  const { mutation } = options
  const checkShare = (share: number, name: string): number =>
    checkNumber(share, of, name, 'a share from 0 to 1', (value) => value >= 0 && value <= 1)
  const resolved: Resolved = {
    seed: checkSeed(options.seed ?? anySeed(), of),
    population: checkCount(options.population ?? 50, of, 'population', 4, 1e4),
    crossover: checkShare(options.crossover ?? 0.9, 'crossover'),
    mutation: mutation === undefined ? undefined : checkShare(mutation, 'mutation'),
  }
  return createSampler(`nsga2(seed ${resolved.seed})`, (dimensions) => new Nsga2(dimensions, resolved), true)
}

interface Member {
  readonly observed: Observed
  readonly front: number
  readonly crowding: number
}

class Nsga2 implements SamplingAlgorithm {
  readonly #dimensions: Dimensions
  readonly #options: Resolved
  readonly #mutation: number
  #parents: Member[] = []
  #children: Observed[] = []

  constructor(dimensions: Dimensions, options: Resolved) {
    this.#dimensions = dimensions
    this.#options = options
    this.#mutation = options.mutation ?? 1 / dimensions.list.length
  }

  propose(number: number, known: FlatParameters = NOTHING): Point {
    const numbers = new RandomNumbers(this.#options.seed, number)
    if (this.#parents.length === 0)
      return completePoint(this.#dimensions, known, (dimension) => uniformCoordinate(dimension, numbers))
    const [one, two] = [this.#select(numbers), this.#select(numbers)]
    const isCrossed = numbers.uniform() < this.#options.crossover
    return completePoint(this.#dimensions, known, (dimension, index) => {
      const [a, b] = [one[index] as number, two[index] as number]
      const coordinate = isCrossed ? cross(dimension, a, b, numbers) : a
      if (Number.isNaN(coordinate)) return uniformCoordinate(dimension, numbers)
      return numbers.uniform() < this.#mutation ? mutate(dimension, coordinate, numbers) : coordinate
    })
  }

  ended(_number: number, point: Point, end: Ended): void {
    const exact = this.#dimensions.pointOf(this.#dimensions.flatten(point))
    this.#children.push({ ...end, point: exact })
    if (this.#children.length < this.#options.population) return
    const all = rank([...this.#parents.map(({ observed }) => observed), ...this.#children])
    this.#parents = all.toSorted(compareMembers).slice(0, this.#options.population)
    this.#children = []
  }

  /** The better of two that are drawn. */
  #select(numbers: RandomNumbers): Point {
    const [a, b] = [this.#draw(numbers), this.#draw(numbers)]
    return (compareMembers(a, b) <= 0 ? a : b).observed.point
  }

  #draw(numbers: RandomNumbers): Member {
    return this.#parents[numbers.index(this.#parents.length)] as Member
  }
}

/** Earlier fronts first, then those that have no neighbours. */
function compareMembers(a: Member, b: Member): number {
  if (a.front !== b.front) return a.front - b.front
  return a.crowding === b.crowding ? 0 : b.crowding - a.crowding
}

function rank(all: readonly Observed[]): Member[] {
  const fronts = frontsOf(all)
  const crowding = new Map<number, number>()
  for (let front = 0; front <= Math.max(...fronts); front += 1) {
    const members = all.flatMap((_, at) => (fronts[at] === front ? [at] : []))
    const distances = crowdingDistances(members.map((at) => all[at]!.losses))
    for (const [index, at] of members.entries()) crowding.set(at, distances[index] as number)
  }
  return all.map((observed, at) => ({
    observed,
    front: fronts[at] as number,
    crowding: crowding.get(at) as number,
  }))
}

/** A child's coordinate, of its parents'; NaN if neither has one. */
function cross(dimension: Dimension, a: number, b: number, numbers: RandomNumbers): number {
  if (Number.isNaN(a)) return b
  if (Number.isNaN(b)) return a
  if (dimension.kind === 'choice' || a === b) return numbers.uniform() < 0.5 ? a : b
  if (numbers.uniform() < 0.5) return a
  const drawn = numbers.uniform()
  const power = 1 / (CROSSOVER_INDEX + 1)
  const spread = drawn <= 0.5 ? (2 * drawn) ** power : (1 / (2 * (1 - drawn))) ** power
  const side = numbers.uniform() < 0.5 ? 1 : -1
  return snap(dimension, bounded((a + b + side * spread * (b - a)) / 2))
}

function mutate(dimension: Dimension, coordinate: number, numbers: RandomNumbers): number {
  if (dimension.kind === 'choice') return numbers.index(dimension.size)
  const drawn = numbers.uniform()
  const power = 1 / (MUTATION_INDEX + 1)
  const by = drawn < 0.5 ? (2 * drawn) ** power - 1 : 1 - (2 * (1 - drawn)) ** power
  return snap(dimension, bounded(coordinate + by))
}

function bounded(coordinate: number): number {
  return Math.min(1, Math.max(0, coordinate))
}
