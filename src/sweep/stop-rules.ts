// Stop rules, by which a sweep is over before its trials are: they look at what was reached and what it has cost.

import { ActionInputError } from '../protocol/errors/errors.js'
import { refuseUnknown } from '../checks/refuse-unknown.js'
import type { Direction } from './results/progress.js'
import { showNumber } from './results/show-number.js'
import { checkCount, checkNumber, isNumber, LARGEST_COUNT } from '../checks/check-number.js'
import { wrongOption, wrongValue } from '../checks/wrong-value.js'

/** What a rule is asked with, after each report and each end of a trial. */
export interface SweepState {
  /** Of several metrics, that of the first. */
  readonly direction: Direction
  /** The best metric that was reported so far, by any trial, and by which; none that violates constraints, or of several metrics. */
  readonly best: { readonly value: number; readonly trial: number } | undefined
  /** The best metric of trials that have run to their end. */
  readonly bestCompleted: { readonly value: number; readonly trial: number } | undefined
  /** How many trials have ended, in whatever way. */
  readonly ended: number
  /** Steps trained by all trials, those that were stopped included. */
  readonly steps: number
  /** Time that trials have held threads for, in milliseconds; of those that have ended. */
  readonly threadMs: number
  /** Since the start, earlier sessions of a continued sweep included; in milliseconds. */
  readonly elapsedMs: number
}

/** A rule; made by `target`, `plateau`, `timeLimit` or `budget`. One can serve many sweeps. */
export interface StopRule {
  readonly name: string
  /** Whether it goes by the best value: a sweep of several metrics refuses it. Default `false`. */
  readonly needsOneMetric?: boolean
  /** Begins a sweep. */
  start(): {
    /** Why the sweep should end, or `undefined`. Called with each change, so it may count. */
    check(state: SweepState): string | undefined
    /** When to ask again even if nothing happens, in milliseconds of `elapsedMs`. */
    readonly dueMs?: number | undefined
  }
}

/** What `target` takes besides the value. */
export interface TargetOptions {
  /** `reported`: as soon as a trial reports it. `completed`: once a trial that reached it has ended. Default `reported`. */
  readonly when?: 'reported' | 'completed' | undefined
}

const TARGET_OPTIONS: ReadonlySet<string> = new Set<keyof TargetOptions>(['when'])

/** Ends the sweep when the metric is as good as a value, or better. */
export function target(value: number, options: TargetOptions = {}): StopRule {
  const of = 'target()'
  refuseUnknown(options, TARGET_OPTIONS, of)
  const { when = 'reported' } = options
  if (!isNumber(value)) throw wrongValue(of, 'the value', value, 'a number')
  if (when !== 'reported' && when !== 'completed')
    throw wrongOption(of, 'when', when, "'reported' or 'completed'")
  return {
    name: `target(${showNumber(value)})`,
    needsOneMetric: true,
    start: () => ({
      check: ({ best, bestCompleted, direction }) => {
        const reached = when === 'reported' ? best : bestCompleted
        if (reached === undefined) return undefined
        const isThere = direction === 'maximize' ? reached.value >= value : reached.value <= value
        return isThere ? `trial ${reached.trial} reached ${showNumber(reached.value)}` : undefined
      },
    }),
  }
}

/** What `plateau` takes. */
export interface PlateauOptions {
  /** How many trials in a row may end without a better best. Default 50. */
  readonly trials?: number | undefined
  /** By how much the best must become better to count. Default 0: by anything. */
  readonly minDelta?: number | undefined
}

const PLATEAU_OPTIONS: ReadonlySet<string> = new Set<keyof PlateauOptions>(['trials', 'minDelta'])

/** Ends the sweep when the best hasn't become better for a number of trials. */
export function plateau(options: PlateauOptions = {}): StopRule {
  const of = 'plateau()'
  refuseUnknown(options, PLATEAU_OPTIONS, of)
  const { trials = 50, minDelta = 0 } = options
  checkCount(trials, of, 'trials', 1, LARGEST_COUNT)
  checkNumber(minDelta, of, 'minDelta', 'a number, 0 or more', (delta) => delta >= 0)
  return {
    name: `plateau(${trials} trials)`,
    needsOneMetric: true,
    start: () => {
      let reference: number | undefined
      let since = 0
      return {
        check: ({ best, direction, ended }) => {
          if (best === undefined) return undefined
          const gain =
            reference === undefined
              ? Infinity
              : direction === 'maximize'
                ? best.value - reference
                : reference - best.value
          if (gain > minDelta) {
            reference = best.value
            since = ended
            return undefined
          }
          if (ended - since < trials) return undefined
          return `nothing better than ${showNumber(best.value)} in the last ${ended - since} trials`
        },
      }
    },
  }
}

/** Ends the sweep after a time, in milliseconds; earlier sessions of a continued sweep count. */
export function timeLimit(ms: number): StopRule {
  if (!(isNumber(ms) && ms >= 0)) throw wrongValue('timeLimit()', 'the time', ms, 'milliseconds, 0 or more')
  return {
    name: `timeLimit(${ms} ms)`,
    start: () => ({
      dueMs: ms,
      check: ({ elapsedMs }) => (elapsedMs >= ms ? `${ms} ms have passed` : undefined),
    }),
  }
}

/** What a sweep may cost; at least one. */
export interface BudgetOptions {
  /** Steps of all trials together, those that were stopped included. */
  readonly epochs?: number | undefined
  /** Time on threads of all ended trials together, in seconds. */
  readonly threadSeconds?: number | undefined
}

const BUDGET_OPTIONS: ReadonlySet<string> = new Set<keyof BudgetOptions>(['epochs', 'threadSeconds'])

/** Ends the sweep when it has cost that much. */
export function budget(options: BudgetOptions): StopRule {
  const of = 'budget()'
  refuseUnknown(options, BUDGET_OPTIONS, of)
  const { epochs = Infinity, threadSeconds = Infinity } = options
  checkNumber(epochs, of, 'epochs', 'a number, 0 or more', (most) => most >= 0)
  checkNumber(threadSeconds, of, 'threadSeconds', 'a number, 0 or more', (most) => most >= 0)
  if (epochs === Infinity && threadSeconds === Infinity) {
    throw new ActionInputError(`${of}: give epochs, threadSeconds or both`)
  }
  return {
    name: 'budget',
    start: () => ({
      check: ({ steps, threadMs }) => {
        if (steps >= epochs) return `${steps} of ${epochs} epochs are used up`
        if (threadMs / 1000 < threadSeconds) return undefined
        return `${showNumber(threadMs / 1000)} of ${threadSeconds} thread-seconds are used up`
      },
    }),
  }
}
