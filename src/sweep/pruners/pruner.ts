// What all pruners share: the interface that a sweep, or a loop of one's own, uses them by.

import { describeValue } from '../../protocol/describe-value.js'
import { ActionInputError } from '../../protocol/errors.js'
import type { Direction } from '../progress.js'
import { checkDirection } from '../samplers/sampler.js'

/** What a trial has reported. */
export interface Reported {
  readonly trial: number
  /** How far it is: epochs, say. From 1 or 0, growing. */
  readonly step: number
  /** The metric; not a number counts as the worst. */
  readonly value: number
}

/** Decides for one search. */
export interface PrunerSearch {
  /**
   * Takes in a report, and says why the trial should be stopped, or `undefined` if it should go on. A step that isn't after
   * the trial's last one is ignored.
   */
  decide(report: Reported): string | undefined
  /** A trial has ended, or starts anew: its reports stay what others are compared with. */
  end(trial: number): void
}

/** A rule for stopping trials early; made by `median`, `asha` and the others. One can serve many searches. */
export interface Pruner {
  readonly name: string
  /** Begins a search. */
  start(options: { readonly direction: Direction }): PrunerSearch
}

/** What a rule does, for one search: values are losses, so lower is better, and only steps after the last one come. */
export interface PruningRule {
  decide(trial: number, step: number, loss: number, show: (loss: number) => string): string | undefined
  end(trial: number): void
}

/** Makes a pruner of a rule. */
export function createPruner(name: string, createRule: () => PruningRule): Pruner {
  return {
    name,
    start: ({ direction }) => {
      checkDirection(direction, name)
      const sign = direction === 'maximize' ? -1 : 1
      const rule = createRule()
      const lastSteps = new Map<number, number>()
      const show = (loss: number): string => showNumber(sign * loss)
      return {
        decide: ({ trial, step, value }) => {
          const last = lastSteps.get(trial)
          if (!Number.isFinite(step) || (last !== undefined && step <= last)) return undefined
          lastSteps.set(trial, step)
          return rule.decide(trial, step, Number.isNaN(value) ? Infinity : sign * value, show)
        },
        end: (trial) => {
          lastSteps.delete(trial)
          rule.end(trial)
        },
      }
    },
  }
}

/** Numbers kept in order. */
export class SortedNumbers {
  readonly #values: number[] = []

  get size(): number {
    return this.#values.length
  }

  /** How many are below a value. */
  below(value: number): number {
    let low = 0
    let high = this.#values.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#values[middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  add(value: number): void {
    this.#values.splice(this.below(value), 0, value)
  }

  /** The value of a rank, 0 for the lowest; NaN beyond. */
  at(rank: number): number {
    return this.#values[rank] ?? NaN
  }

  /** The value below which a share of them lies, between two of them where it falls there. */
  quantile(share: number): number {
    const place = share * (this.size - 1)
    const left = this.at(Math.floor(place))
    const right = this.at(Math.ceil(place))
    return left === right ? left : left + (place - Math.floor(place)) * (right - left)
  }
}

/** A number in a message: four digits. */
export function showNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)
}

/** Checks an option that counts; throws an `ActionInputError` otherwise. */
export function checkCount(value: number, of: string, option: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new ActionInputError(
    `${of}: ${option} is ${describeValue(value)}, but must be a whole number of at least ${least}`,
  )
}

/** Checks an option that is a number; throws an `ActionInputError` otherwise. */
export function checkNumber(
  value: number,
  of: string,
  option: string,
  fits: boolean,
  wanted: string,
): number {
  if (typeof value === 'number' && !Number.isNaN(value) && fits) return value
  throw new ActionInputError(`${of}: ${option} is ${describeValue(value)}, but must be ${wanted}`)
}
