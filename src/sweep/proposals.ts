// Where the parameters of trials come from: points that are known first, then the sampler. It keeps the numbers by which the
// sampler knows trials, which differ from theirs once it was told of trials of another study, or where trials don't have
// the values that are fixed now.

import { describeValue } from '../protocol/values/describe-value.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import type { Dimensions } from './space/dimensions.js'
import {
  completePoint,
  differsFrom,
  fixSpace,
  flattenPoint,
  isWholePoint,
  readKnownPoint,
} from './space/known-point.js'
import type { ResolvedOptions } from './resolve-options.js'
import type { ParametersOf, Space } from './space/parameter.js'
import type { FlatParameters } from './results/progress.js'
import { RandomNumbers } from './random-numbers.js'
import { uniformCoordinate } from './samplers/random.js'
import type { Observation, SamplerSearch, Suggestion } from './samplers/sampler.js'

/** A point that waits to be tried. */
export interface QueuedPoint {
  /** Counted from 1, through all sessions. */
  readonly id: number
  /** Its values by name; what is missing, the sampler chooses. */
  readonly known: FlatParameters
}

/** The parameters of the next trial. */
export interface Proposal extends Suggestion<ParametersOf<Space>> {
  /** The point that it was made of, where one had waited. */
  readonly queued?: number
}

/** The proposals of one study. */
export class Proposals {
  readonly #dimensions: Dimensions
  readonly #search: SamplerSearch<ParametersOf<Space>>
  readonly #fixed: FlatParameters
  readonly #starts: readonly FlatParameters[]
  #queue: QueuedPoint[] = []
  /** How often each point has been queued, in all sessions. */
  readonly #everQueued = new Map<string, number>()
  #lastQueued = 0
  #lastTrial = 0
  /** The sampler's number of each trial that it knows and hasn't been told the end of. */
  readonly #numbers = new Map<number, number>()
  #lastNumber = 0
  /** Whether the sampler has no more. */
  #isExhausted = false
  /** How many trials of other studies the sampler was told of. */
  earlierTrials: number = 0

  /** @throws `ActionInputError` for points that aren't in the space, and for a space that the sampler can't search. */
  constructor(dimensions: Dimensions, options: ResolvedOptions) {
    const { space, sampler, metrics, direction, fixed, start, trials, concurrency, pruner } = options
    this.#dimensions = dimensions
    this.#fixed = fixed === undefined ? {} : readKnownPoint(dimensions, fixed, "sweep, option 'fixed'")
    const isAllFixed = fixed !== undefined && isWholePoint(dimensions, this.#fixed)
    if (isAllFixed) throw new ActionInputError("sweep: the option 'fixed' leaves nothing to search")
    const searched = fixed === undefined ? space : (fixSpace(dimensions, this.#fixed) as Space)
    this.#search = sampler.start(searched, {
      direction,
      ...(metrics.length > 1 && { directions: metrics.map((metric) => metric.direction) }),
      ...(trials !== Infinity && { trials }),
      concurrency,
      prunes: pruner.name !== 'none',
    })
    this.#starts = start.map((point, at) => this.readPoint(point, `sweep, option 'start[${at}]'`))
  }

  /** How many points wait. */
  get waiting(): number {
    return this.#queue.length
  }

  /**
   * Reads a point.
   *
   * @throws `ActionInputError` if it isn't in the space, or differs from what is fixed.
   */
  readPoint(point: unknown, of: string): FlatParameters {
    const known = readKnownPoint(this.#dimensions, point, of)
    for (const [name, value] of Object.entries(this.#fixed)) {
      if (known[name] === undefined || known[name] === value) continue
      throw new ActionInputError(
        `${of}: '${name}' is ${describeValue(known[name])}, but the option 'fixed' says ${describeValue(value)}`,
      )
    }
    return known
  }

  /** Puts a point at the end of the queue. */
  enqueue(known: FlatParameters, id: number = this.#lastQueued + 1): QueuedPoint {
    this.#lastQueued = Math.max(this.#lastQueued, id)
    const queued = { id, known }
    this.#queue.push(queued)
    const key = keyOf(known)
    this.#everQueued.set(key, (this.#everQueued.get(key) ?? 0) + 1)
    return queued
  }

  /** Queues the points to begin with that no session has queued before. */
  enqueueStarts(): QueuedPoint[] {
    const before = new Map(this.#everQueued)
    return this.#starts.flatMap((known) => {
      const key = keyOf(known)
      const count = before.get(key) ?? 0
      before.set(key, count - 1)
      return count > 0 ? [] : [this.enqueue(known)]
    })
  }

  /** The next parameters; `undefined` if there are no more. */
  suggest(): Proposal | undefined {
    const number = this.#lastTrial + 1
    const queued = this.#takeQueued()
    if (queued !== undefined) {
      const suggestion = this.#complete({ ...queued.known, ...this.#fixed })
      this.#take(number, suggestion.number)
      return { number, parameters: suggestion.parameters, queued: queued.id }
    }
    if (this.#isExhausted) return undefined
    const suggestion = this.#search.suggest()
    if (suggestion === undefined) {
      this.#isExhausted = true
      return undefined
    }
    this.#take(number, suggestion.number)
    return { number, parameters: suggestion.parameters }
  }

  /** The next trial, with parameters that aren't the sampler's, which is told of them. */
  propose(make: (number: number) => FlatParameters): Proposal {
    const number = this.#lastTrial + 1
    const suggestion = this.#complete({ ...make(number), ...this.#fixed })
    this.#take(number, suggestion.number)
    return { number, parameters: suggestion.parameters }
  }

  /**
   * A trial of an earlier session.
   *
   * @param queued - The point that it was made of.
   * @throws `ActionInputError` for parameters that aren't in the space.
   */
  restore(trial: number, flat: FlatParameters, queued?: number): void {
    this.#dimensions.pointOf(flat)
    this.#lastTrial = Math.max(this.#lastTrial, trial)
    if (queued !== undefined) this.#queue = this.#queue.filter(({ id }) => id !== queued)
    if (differsFrom(this.#fixed, flat) !== undefined) return
    const number = this.#lastNumber + 1
    this.#search.restore({ number, parameters: this.#dimensions.parametersOf(flat) })
    this.#take(trial, number)
  }

  /** A trial has ended. */
  tell(trial: number, observation: Observation): void {
    const number = this.#numbers.get(trial)
    if (number === undefined) return
    this.#numbers.delete(trial)
    this.#search.tell(number, observation)
  }

  /** Tells the sampler of a trial of another study. Gives why it can't be told of it, if so. */
  tellEarlier(flat: FlatParameters, observation: Observation): string | undefined {
    const differs = differsFrom(this.#fixed, flat)
    if (differs !== undefined) return `${differs}, which is fixed`
    const number = (this.#lastNumber += 1)
    this.#search.restore({ number, parameters: this.#dimensions.parametersOf(flat) })
    this.#search.tell(number, observation)
    this.earlierTrials += 1
    return undefined
  }

  /** The first that has nothing else than what is fixed; others wait for a session in which they have not. */
  #takeQueued(): QueuedPoint | undefined {
    const at = this.#queue.findIndex(({ known }) =>
      Object.entries(known).every(
        ([name, value]) => !Object.hasOwn(this.#fixed, name) || this.#fixed[name] === value,
      ),
    )
    return at === -1 ? undefined : this.#queue.splice(at, 1)[0]
  }

  /** A whole point of one that is known in part, or in full. */
  #complete(known: FlatParameters): Suggestion<ParametersOf<Space>> {
    const dimensions = this.#dimensions
    if (this.#search.complete !== undefined && !isWholePoint(dimensions, known)) {
      return this.#search.complete(dimensions.parametersOf(known))
    }
    const number = this.#lastNumber + 1
    const numbers = new RandomNumbers(number)
    const point = completePoint(dimensions, known, (dimension) => uniformCoordinate(dimension, numbers))
    const parameters = dimensions.parametersOf(flattenPoint(dimensions, point, known))
    this.#search.restore({ number, parameters })
    return { number, parameters }
  }

  #take(trial: number, number: number): void {
    this.#lastTrial = Math.max(this.#lastTrial, trial)
    this.#lastNumber = Math.max(this.#lastNumber, number)
    this.#numbers.set(trial, number)
  }
}

function keyOf(known: FlatParameters): string {
  return JSON.stringify(Object.entries(known).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
