// Population-based training (Jaderberg et al. 2017): trials learn side by side; at intervals the worst of them are replaced by
// copies of the best, which go on from their checkpoints with parameters that are a little changed. Where fewer live at a time
// than the population has, they take turns: a trial waits at its interval until those behind it have come so far.

import { checkCount, checkNumber, LARGEST_COUNT } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { wrongOption } from '../../checks/wrong-value.js'
import { checkDirection } from '../check-direction.js'
import { coordinateOf, snap, type Dimension, type Dimensions } from '../space/dimensions.js'
import type { ChoiceValue } from '../space/parameter.js'
import type { FlatParameters } from '../results/progress.js'
import { anySeed, RandomNumbers } from '../random-numbers.js'
import { uniformCoordinate } from '../samplers/random.js'
import { showNumber } from '../results/show-number.js'
import type { NextStep, Pause, Pruner, PrunerSearch, Reported } from './pruner.js'

/** What `pbt` takes. */
export interface PbtOptions {
  /** Every so many steps a trial may be replaced. */
  readonly ready: number
  /** How many steps a trial takes: one that has come so far is neither replaced nor copied. Its body ends there by itself. */
  readonly maxSteps: number
  /** How many trials there are. Default: the sweep's `concurrency`, but at least 4. */
  readonly population?: number | undefined
  /** The worst part of the population, which is replaced by copies out of an equally large best part. Default 0.25, as 0…0.5. */
  readonly quantile?: number | undefined
  /** What numbers are multiplied by, at random one of them. Default `[0.8, 1.2]`. */
  readonly factors?: readonly number[] | undefined
  /** How likely a parameter is drawn anew instead. Default 0.25. */
  readonly resample?: number | undefined
  /** Of what is random. Default: any. */
  readonly seed?: number | undefined
}

const OPTIONS: ReadonlySet<string> = new Set<keyof PbtOptions>([
  'ready',
  'maxSteps',
  'population',
  'quantile',
  'factors',
  'resample',
  'seed',
])
const OF = 'pbt'
const SMALLEST_POPULATION = 4

interface Rules {
  readonly ready: number
  readonly maxSteps: number
  readonly population: number
  readonly quantile: number
  readonly factors: readonly number[]
  readonly resample: number
  readonly seed: number
}

/**
 * Population-based training (Jaderberg et al. 2017), as the `pruner` of a sweep. Trials call `ctx.checkpoint(…)` ahead of each
 * report, begin with `ctx.resumed`, and end by themselves. Each copy is a trial of its own, with parameters of its own and
 * `copyOf`; so the best trial's schedule is its chain of copies.
 *
 * Every `ready` steps a trial is compared with the others at the same step, as far as they have come there: if it is among the
 * worst (truncation selection), it is pruned, and a copy of one of the best takes its place. Numbers are perturbed by
 * `factors`, ordered choices go to a neighbour, or either is drawn anew. The first trials are the sampler's (`random()`, say).
 * One at a time, equal seeds give equal studies; those of earlier sessions go on.
 *
 * @throws `ActionInputError` for a wrong option.
 */
export function pbt(options: PbtOptions): Pruner {
  refuseUnknown(options, OPTIONS, OF)
  const {
    ready,
    maxSteps,
    population,
    quantile = 0.25,
    factors = [0.8, 1.2],
    resample = 0.25,
    seed = anySeed(),
  } = options
  checkNumber(ready, OF, 'ready', 'a number above 0', (steps) => steps > 0 && steps < Infinity)
  checkCount(maxSteps, OF, 'maxSteps', 1, LARGEST_COUNT)
  checkNumber(quantile, OF, 'quantile', 'above 0, at most 0.5', (part) => part > 0 && part <= 0.5)
  checkNumber(resample, OF, 'resample', 'from 0 to 1', (part) => part >= 0 && part <= 1)
  checkNumber(seed, OF, 'seed')
  if (population !== undefined) checkCount(population, OF, 'population', 2)
  if (!Array.isArray(factors) || factors.length === 0 || !factors.every((one) => Number.isFinite(one)))
    throw wrongOption(OF, 'factors', factors, 'an array of numbers')
  return {
    name: `pbt(ready ${ready})`,
    maxSteps,
    isScheduler: true,
    copies: true,
    isBounded: true,
    start: ({ direction, concurrency = 1 }) => {
      checkDirection(direction, OF)
      const size = population ?? Math.max(SMALLEST_POPULATION, concurrency)
      return new Population(
        { ready, maxSteps, population: size, quantile, factors, resample, seed },
        direction === 'maximize' ? -1 : 1,
      )
    },
  }
}

/** A trial that belongs to the population. */
interface Member {
  readonly trial: number
  /** The losses at each interval, of those that it was copied from, too. */
  readonly losses: number[]
  lastStep: number
  isPaused: boolean
}

class Population implements PrunerSearch {
  readonly #rules: Rules
  readonly #sign: number
  readonly #members = new Map<number, Member>()
  /** How many trials have begun that are no copies. */
  #begun = 0
  /** How many copies there have been, and how many are still to be made. */
  #copies = 0
  #owed = 0

  constructor(rules: Rules, sign: number) {
    this.#rules = rules
    this.#sign = sign
  }

  wantsMore(): boolean {
    return this.#begun < this.#rules.population
  }

  begin(trial: number, copyOf?: number): void {
    const known = this.#members.get(trial)
    if (known !== undefined) {
      known.isPaused = false
      return
    }
    const source = copyOf === undefined ? undefined : this.#members.get(copyOf)
    this.#members.set(trial, {
      trial,
      losses: [...(source?.losses ?? [])],
      lastStep: source?.lastStep ?? -Infinity,
      isPaused: false,
    })
    if (copyOf === undefined) {
      this.#begun += 1
    } else {
      this.#copies += 1
      this.#owed = Math.max(0, this.#owed - 1)
    }
  }

  decide({ trial, step, value }: Reported): Pause | undefined {
    const member = this.#members.get(trial)
    if (member === undefined || !(step > member.lastStep)) return undefined
    member.lastStep = step
    if (step >= this.#rules.maxSteps) return undefined
    const rounds = Math.floor(step / this.#rules.ready)
    if (rounds <= member.losses.length) return undefined
    const loss = Number.isNaN(value) ? Infinity : this.#sign * value
    while (member.losses.length < rounds) member.losses.push(loss)
    const isAwaited = this.wantsMore() || [...this.#members.values()].some(({ isPaused }) => isPaused)
    if (!isAwaited && this.#judge(member) === undefined) return undefined
    return { pause: `it waits at step ${step} for the others of its population` }
  }

  paused(trial: number): void {
    const member = this.#members.get(trial)
    if (member !== undefined) member.isPaused = true
  }

  next({ isIdle, mayCopy }: { readonly isIdle: boolean; readonly mayCopy: boolean }): NextStep | undefined {
    if (this.#owed > 0 && mayCopy) {
      const source = this.#chooseSource()
      if (source !== undefined) return { kind: 'copy', trial: source.trial, explore: this.#explore }
    }
    // The first ones come first.
    if (this.wantsMore() && mayCopy && !isIdle) return undefined
    const [first] = [...this.#members.values()]
      .filter(({ isPaused }) => isPaused)
      .toSorted((a, b) => a.losses.length - b.losses.length || a.trial - b.trial)
    if (first === undefined) return undefined
    // Where all others have come to their end, nobody is left to take its place.
    const reason = mayCopy && this.#chooseSource(first.trial) !== undefined ? this.#judge(first) : undefined
    return reason === undefined
      ? { kind: 'goOn', trial: first.trial }
      : { kind: 'stop', trial: first.trial, reason }
  }

  end(trial: number): void {
    const member = this.#members.get(trial)
    if (member === undefined) return
    this.#members.delete(trial)
    // What waited was stopped to be replaced.
    if (member.isPaused) this.#owed += 1
  }

  restart(trial: number): void {
    const member = this.#members.get(trial)
    if (member === undefined) return
    member.isPaused = false
    member.losses.length = 0
    member.lastStep = -Infinity
  }

  /** Why a trial should be replaced, if so. */
  #judge({ trial, losses }: Member): string | undefined {
    const round = losses.length - 1
    const others = this.#rankAt(round)
    const rank = others.findIndex((one) => one.trial === trial)
    const part = this.#partOf(others.length)
    if (part === 0 || rank < others.length - part) return undefined
    const worst = others[rank] as Ranked
    const limit = others[part - 1] as Ranked
    if (!(worst.loss > limit.loss)) return undefined
    const show = (loss: number): string => showNumber(this.#sign * loss)
    return (
      `${show(worst.loss)} after ${round + 1} × ${this.#rules.ready} steps is ${rank + 1} of ${others.length}: ` +
      `a copy of one of the best ${part} (${show(limit.loss)}) takes its place`
    )
  }

  /** All that were measured, best first, at that round or, where they haven't come so far, at their last one. */
  #rankAt(round: number): Ranked[] {
    return [...this.#members.values()]
      .filter(({ losses }) => losses.length > 0)
      .map(({ trial, losses }) => ({ trial, loss: (losses[round] ?? losses.at(-1)) as number }))
      .toSorted((a, b) => (a.loss === b.loss ? a.trial - b.trial : a.loss - b.loss))
  }

  /** How many are the best, and how many the worst; 0 where there are too few to say. */
  #partOf(count: number): number {
    const part = Math.max(1, Math.floor(count * this.#rules.quantile))
    return count >= Math.max(3, 2 * part) ? part : 0
  }

  /** Of whom the next copy is made; `other`: not of that one. */
  #chooseSource(other?: number): Member | undefined {
    const ranked = this.#rankAt(Infinity).filter(({ trial }) => {
      const { lastStep } = this.#members.get(trial) as Member
      return lastStep < this.#rules.maxSteps && trial !== other
    })
    const best = ranked.slice(0, Math.max(1, this.#partOf(this.#rules.population)))
    const chosen = best[new RandomNumbers(this.#rules.seed, 1, this.#copies).index(best.length)]
    return chosen && this.#members.get(chosen.trial)
  }

  readonly #explore = (parameters: FlatParameters, space: object, fresh: number): FlatParameters => {
    const dimensions = space as Dimensions
    const { seed, factors, resample } = this.#rules
    const numbers = new RandomNumbers(seed, 2, fresh)
    const point = dimensions.build((dimension) => {
      const value = parameters[dimension.name]
      // What didn't exist in the other one, as it is of another variant, is new.
      if (value === undefined || numbers.uniform() < resample) return uniformCoordinate(dimension, numbers)
      const coordinate = coordinateOf(dimension, value)
      return dimension.kind === 'number'
        ? perturb(dimension, value, factors[numbers.index(factors.length)] as number)
        : Math.min(dimension.size - 1, Math.max(0, coordinate + numbers.index(3) - 1))
    })
    return dimensions.flatten(point)
  }
}

interface Ranked {
  readonly trial: number
  readonly loss: number
}

/** The coordinate of a number times a factor, within its bounds; of whole numbers, at least a step away. */
function perturb(
  dimension: Dimension & { readonly kind: 'number' },
  value: ChoiceValue,
  factor: number,
): number {
  const { low, high, step } = dimension.parameter
  const before = value as number
  const target = before * factor
  const moved =
    step !== undefined && Math.abs(target - before) < step
      ? before + Math.sign(target - before) * step
      : target
  const bounded = Math.min(high, Math.max(low, moved))
  const index = step === undefined ? 0 : Math.round((bounded - low) / step)
  const snapped = step === undefined ? bounded : low + Math.min(dimension.size - 1, index) * step
  const coordinate = coordinateOf(dimension, Math.min(high, snapped))
  return snap(dimension, coordinate)
}
