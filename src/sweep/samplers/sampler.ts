// What all samplers share: the interface that a sweep, or a loop of one's own, uses them by, and the bookkeeping around
// an algorithm that only deals in points.

import { describeValue } from '../../protocol/describe-value.js'
import { ActionInputError } from '../../protocol/errors.js'
import { Dimensions, type Point } from '../dimensions.js'
import type { Direction } from '../progress.js'
import type { ParametersOf, Space } from '../space.js'

/** The parameters for one trial. */
export interface Suggestion<Parameters> {
  /** Counted from 1. */
  readonly number: number
  readonly parameters: Parameters
}

/** What is known of a trial that has ended. */
export interface Observation {
  /** The metric; `undefined` if it has none: it counts as worse than all others. */
  readonly value: number | undefined
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
   * Takes in the end of a trial that was suggested or restored.
   *
   * @throws `ActionInputError` for a number that wasn't, or was told already.
   */
  tell(number: number, observation: Observation): void
  /**
   * Takes in a suggestion of an earlier search, of a stored one say. What is suggested from then on has higher numbers.
   *
   * @throws `ActionInputError` for parameters that aren't in the space.
   */
  restore(suggestion: Suggestion<Parameters>): void
}

/** A way to choose parameters; made by `random`, `grid`, `halton` or `tpe`. One can serve many searches. */
export interface Sampler {
  /** Its name, with the seed: `tpe(seed 7)`. */
  readonly name: string
  /**
   * Begins a search.
   *
   * @throws `ActionInputError` for a space that it can't search.
   */
  start<const S extends Space>(
    space: S,
    options: { readonly direction: Direction },
  ): SamplerSearch<ParametersOf<S>>
}

/** What a sampler does: points for numbers. */
export interface SamplingAlgorithm {
  /** The point for a trial; `undefined`: there are no more. */
  propose(number: number): Point | undefined
  /** A trial is under way there. */
  begun?(number: number, point: Point): void
  /** It has ended. The loss is the metric, negated if it is to be maximized. */
  ended?(number: number, point: Point, observation: Required<Observation>): void
}

/** Makes a sampler of an algorithm. */
export function createSampler(
  name: string,
  algorithm: (dimensions: Dimensions) => SamplingAlgorithm,
): Sampler {
  return {
    name,
    start: (space, { direction }) => {
      checkDirection(direction, name)
      const dimensions = new Dimensions(space, `sampler ${name}`)
      return new Search(dimensions, algorithm(dimensions), direction, name)
    },
  }
}

/** Checks a direction; throws an `ActionInputError` otherwise. */
export function checkDirection(direction: unknown, of: string): asserts direction is Direction {
  if (direction === 'minimize' || direction === 'maximize') return
  throw new ActionInputError(
    `${of}: the direction is ${describeValue(direction)}, but must be 'minimize' or 'maximize'`,
  )
}

/** Checks a seed; throws an `ActionInputError` otherwise. */
export function checkSeed(seed: number, of: string): number {
  if (Number.isSafeInteger(seed)) return seed
  throw new ActionInputError(`${of}: the seed is ${describeValue(seed)}, but must be a whole number`)
}

class Search<S extends Space> implements SamplerSearch<ParametersOf<S>> {
  readonly #dimensions: Dimensions<S>
  readonly #algorithm: SamplingAlgorithm
  readonly #direction: Direction
  readonly #name: string
  readonly #pending = new Map<number, Point>()
  #last = 0

  constructor(dimensions: Dimensions<S>, algorithm: SamplingAlgorithm, direction: Direction, name: string) {
    this.#dimensions = dimensions
    this.#algorithm = algorithm
    this.#direction = direction
    this.#name = name
  }

  suggest(): Suggestion<ParametersOf<S>> | undefined {
    const number = this.#last + 1
    const point = this.#algorithm.propose(number)
    if (point === undefined) return undefined
    this.#begin(number, point)
    return { number, parameters: this.#dimensions.parameters(point) }
  }

  restore({ number, parameters }: Suggestion<ParametersOf<S>>): void {
    this.#begin(number, this.#dimensions.pointOf(this.#dimensions.flatOf(parameters)))
  }

  tell(number: number, { value, complete = true, step = 0 }: Observation): void {
    const point = this.#pending.get(number)
    if (point === undefined) {
      throw new ActionInputError(
        `sampler ${this.#name} was told of trial ${describeValue(number)}, which isn't under way: each is told once, after it was suggested`,
      )
    }
    this.#pending.delete(number)
    const known = value !== undefined && !Number.isNaN(value)
    const loss = known ? (this.#direction === 'maximize' ? -value : value) : Infinity
    this.#algorithm.ended?.(number, point, { value: loss, complete, step })
  }

  #begin(number: number, point: Point): void {
    this.#last = Math.max(this.#last, number)
    this.#pending.set(number, point)
    this.#algorithm.begun?.(number, point)
  }
}
