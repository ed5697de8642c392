// The common part of all samplers: the interface that a sweep, or a loop of one's own, uses them by, and the bookkeeping
// around an algorithm that only deals in points.

import { wrongValue } from '../../checks/wrong-value.js'
import { describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { checkDirection } from '../check-direction.js'
import { Dimensions, type Point } from '../space/dimensions.js'
import { violationOf } from '../trials/violation.js'
import { flattenPoint, readKnownPoint } from '../space/known-point.js'
import type { Direction, FlatParameters } from '../results/progress.js'
import type { ParametersOf, Space } from '../space/parameter.js'
import type { Ended } from './ranking.js'

/** The parameters for one trial. */
export interface Suggestion<Parameters> {
  /** Counted from 1. */
  readonly number: number
  readonly parameters: Parameters
}

/** What is known of a trial that has ended. */
export interface Observation {
  /** The metric; `undefined` if it has none: it counts as worse than all others. Of several metrics, the first. */
  readonly value: number | undefined
  /** Where the search is for several metrics: all of them, in the order of `directions`; left out if it lacks one. */
  readonly values?: readonly number[] | undefined
  /** What its constraints say; above 0 is violated, and that counts as worse than anything that isn't. Default none. */
  readonly constraints?: readonly number[] | undefined
  /** `false` for a trial that was stopped early: it counts as worse than one that was not. Default `true`. */
  readonly complete?: boolean
  /** The last step that it came to; among those stopped early, more is better. Default 0. */
  readonly step?: number
}

/** One search: `suggest`, run the trial, `tell`. */
export interface SamplerSearch<Parameters = unknown> {
  /** Parameters for the next trial; `undefined` once there are no more (a grid has an end). */
  suggest(): Suggestion<Parameters> | undefined
  /**
   * Parameters for the next trial, of which some are known: it chooses the others. Where a sampler has no such method, a
   * sweep draws them at random, and restores the whole.
   *
   * @param known - As nested as the parameters are (a `PointOf` of the space).
   * @throws `ActionInputError` for what isn't in the space.
   */
  complete?(known: object): Suggestion<Parameters>
  /**
   * Takes in the end of a trial that was suggested or restored.
   *
   * @throws `ActionInputError` for a number that wasn't, or was told already.
   */
  tell(number: number, observation: Observation): void
  /**
   * Takes in a suggestion of an earlier search, of a stored one say. What is suggested from then on has higher numbers.
   *
   * @throws `ActionInputError` for parameters that aren't in the space, or a number that was suggested or restored before.
   */
  restore(suggestion: Suggestion<Parameters>): void
}

/** What a search is for. */
export interface SearchOptions {
  /** Whether a larger metric is better; of several metrics, the first. */
  readonly direction: Direction
  /** The directions of all metrics, where there are several. Default: the one. */
  readonly directions?: readonly Direction[] | undefined
  /** How many trials there will be at most, and how many at a time, as far as that is known. */
  readonly trials?: number | undefined
  readonly concurrency?: number | undefined
  /** Whether trials may be stopped early, by a pruner. */
  readonly prunes?: boolean | undefined
}

/** A way to choose parameters; made by `tpe`, `gp`, `cmaes`, `nsga2`, `auto`, … One can serve many searches. */
export interface Sampler {
  /** Its name, with the seed: `tpe(seed 7)`. */
  readonly name: string
  /** Whether it can search for several metrics at once. Default `false`: a sweep of several metrics refuses it. */
  readonly multiObjective?: boolean
  /**
   * Begins a search.
   *
   * @throws `ActionInputError` for a space that it can't search.
   */
  start<const S extends Space>(space: S, options: SearchOptions): SamplerSearch<ParametersOf<S>>
}

/** What a sampler does: points for numbers. */
export interface SamplingAlgorithm {
  /** The point for a trial; `undefined`: there are no more. `known`: values that it must have, by name. */
  propose(number: number): Point | undefined
  propose(number: number, known: FlatParameters): Point
  /** A trial is under way there. */
  begun?(number: number, point: Point): void
  /** It has ended. */
  ended?(number: number, point: Point, end: Ended): void
}

/**
 * Makes a sampler of an algorithm.
 *
 * @param multiObjective - Whether that knows more than one loss.
 */
export function createSampler(
  name: string,
  algorithm: (dimensions: Dimensions, options: SearchOptions) => SamplingAlgorithm,
  multiObjective: boolean = false,
): Sampler {
  return {
    name,
    multiObjective,
    start: (space, options) => {
      const { direction, directions = [direction] } = options
      for (const one of directions) checkDirection(one, name)
      if (directions.length > 1) checkMultiObjective({ name, multiObjective })
      const dimensions = new Dimensions(space, `sampler ${name}`)
      return new Search(dimensions, algorithm(dimensions, options), directions, name)
    },
  }
}

/** Refuses a sampler that can't search for several metrics. */
export function checkMultiObjective({
  name,
  multiObjective,
}: Pick<Sampler, 'name' | 'multiObjective'>): void {
  if (multiObjective === true) return
  throw new ActionInputError(
    `sampler ${name} searches for one metric only: for several there are tpe(), nsga2(), random(), halton() and grid(), and one's own that says multiObjective: true`,
  )
}

/** Checks a seed; throws an `ActionInputError` otherwise. */
export function checkSeed(seed: number, of: string): number {
  if (Number.isSafeInteger(seed)) return seed
  throw wrongValue(of, 'the seed', seed, 'a whole number')
}

class Search<S extends Space> implements SamplerSearch<ParametersOf<S>> {
  readonly #dimensions: Dimensions<S>
  readonly #algorithm: SamplingAlgorithm
  readonly #directions: readonly Direction[]
  readonly #name: string
  readonly #pending = new Map<number, Point>()
  /** All that were suggested or restored. */
  readonly #known = new Set<number>()
  #last = 0

  constructor(
    dimensions: Dimensions<S>,
    algorithm: SamplingAlgorithm,
    directions: readonly Direction[],
    name: string,
  ) {
    this.#dimensions = dimensions
    this.#algorithm = algorithm
    this.#directions = directions
    this.#name = name
  }

  suggest(): Suggestion<ParametersOf<S>> | undefined {
    const number = this.#last + 1
    const point = this.#algorithm.propose(number)
    if (point === undefined) return undefined
    this.#begin(number, point)
    return { number, parameters: this.#dimensions.parameters(point) }
  }

  complete(known: object): Suggestion<ParametersOf<S>> {
    const number = this.#last + 1
    const flat = readKnownPoint(this.#dimensions, known, `sampler ${this.#name}`)
    const point = this.#algorithm.propose(number, flat)
    this.#begin(number, point)
    return {
      number,
      parameters: this.#dimensions.parametersOf(flattenPoint(this.#dimensions, point, flat)),
    }
  }

  restore({ number, parameters }: Suggestion<ParametersOf<S>>): void {
    if (this.#known.has(number)) {
      throw new ActionInputError(
        `sampler ${this.#name} was given trial ${describeValue(number)} to restore, which it knows: each is restored once`,
      )
    }
    this.#begin(number, this.#dimensions.pointOf(this.#dimensions.flatOf(parameters)))
  }

  tell(number: number, observation: Observation): void {
    const point = this.#pending.get(number)
    if (point === undefined) {
      throw new ActionInputError(
        `sampler ${this.#name} was told of trial ${describeValue(number)}, which isn't under way: each is told once, after it was suggested`,
      )
    }
    const { complete = true, step = 0, constraints = [] } = observation
    const losses = this.#lossesOf(observation)
    const violation = violationOf(constraints)
    this.#pending.delete(number)
    this.#algorithm.ended?.(number, point, { loss: losses[0] as number, losses, complete, step, violation })
  }

  /** All infinite if one is missing. */
  #lossesOf({ value, values }: Observation): number[] {
    const directions = this.#directions
    const given = directions.length === 1 ? [values?.[0] ?? value] : (values ?? [])
    const wrong = given.find((one) => one !== undefined && typeof one !== 'number')
    if (wrong !== undefined) {
      throw new ActionInputError(
        `sampler ${this.#name} was told the value ${describeValue(wrong)}, which must be a number, or left out if there is none`,
      )
    }
    if (directions.length > 1 && given.length !== 0 && given.length !== directions.length) {
      throw new ActionInputError(
        `sampler ${this.#name} was told the values ${describeValue(given)}, but searches for ${directions.length} metrics`,
      )
    }
    const losses = directions.map((direction, at) => {
      const one = given[at]
      return one === undefined || Number.isNaN(one) ? Infinity : direction === 'maximize' ? -one : one
    })
    return losses.length > 1 && losses.includes(Infinity) ? losses.map(() => Infinity) : losses
  }

  #begin(number: number, point: Point): void {
    this.#last = Math.max(this.#last, number)
    this.#known.add(number)
    this.#pending.set(number, point)
    this.#algorithm.begun?.(number, point)
  }
}
