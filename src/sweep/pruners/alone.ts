// Pruners that look at one trial only, and the ones that combine others.

import { ActionInputError } from '../../protocol/errors.js'
import { refuseUnknown } from '../../refuse-unknown.js'
import { describeValue } from '../../protocol/describe-value.js'
import {
  checkCount,
  checkNumber,
  createPruner,
  showNumber,
  type Pruner,
  type PrunerSearch,
} from './pruner.js'

/** Stops nothing. */
export function none(): Pruner {
  return createPruner('none', () => ({ decide: () => undefined, end: () => {} }))
}

/** What `patience` takes. */
export interface PatienceOptions {
  /** How many reports in a row may bring nothing better. */
  readonly reports: number
  /** By how much a value must be better to count. Default 0: by anything. */
  readonly minDelta?: number
}

const PATIENCE_OPTIONS: ReadonlySet<string> = new Set<keyof PatienceOptions>(['reports', 'minDelta'])

/** Stops a trial that hasn't become better for a number of reports ('early stopping', Prechelt 1998). */
export function patience(options: PatienceOptions): Pruner {
  const of = 'patience()'
  refuseUnknown(options, PATIENCE_OPTIONS, of)
  const { reports, minDelta = 0 } = options
  checkCount(reports, of, 'reports', 1)
  checkNumber(minDelta, of, 'minDelta', minDelta >= 0, 'a number, 0 or more')
  return createPruner(`patience(${reports})`, () => {
    const trials = new Map<number, { best: number; since: number }>()
    return {
      decide: (trial, step, loss, show) => {
        const own = trials.get(trial)
        if (own === undefined) {
          trials.set(trial, { best: loss, since: 0 })
          return undefined
        }
        if (loss < own.best - minDelta) {
          own.best = loss
          own.since = 0
          return undefined
        }
        own.since += 1
        if (own.since < reports) return undefined
        return `no better than ${show(own.best)} for ${own.since} reports, at step ${step}`
      },
      end: (trial) => void trials.delete(trial),
    }
  })
}

/** What `threshold` takes; at least one bound. */
export interface ThresholdOptions {
  /** Stops a trial whose metric is below it. */
  readonly lower?: number
  /** Stops a trial whose metric is above it. */
  readonly upper?: number
  /** Judges from this step on. Default: from the first. */
  readonly minSteps?: number
}

const THRESHOLD_OPTIONS: ReadonlySet<string> = new Set<keyof ThresholdOptions>(['lower', 'upper', 'minSteps'])

/** Stops a trial whose metric is beyond a bound, or isn't a number. */
export function threshold(options: ThresholdOptions): Pruner {
  const of = 'threshold()'
  refuseUnknown(options, THRESHOLD_OPTIONS, of)
  const { lower = -Infinity, upper = Infinity, minSteps = -Infinity } = options
  checkNumber(lower, of, 'lower', lower < upper, 'a number below upper')
  checkNumber(upper, of, 'upper', true, 'a number')
  checkNumber(minSteps, of, 'minSteps', true, 'a number')
  if (lower === -Infinity && upper === Infinity)
    throw new ActionInputError(`${of}: give lower, upper or both`)
  return {
    name: 'threshold',
    // The bounds are of the metric itself, whichever direction is better.
    start: () => ({
      decide: ({ step, value }) => {
        if (step < minSteps || (value >= lower && value <= upper)) return undefined
        const bound = value < lower ? `below ${showNumber(lower)}` : `not at most ${showNumber(upper)}`
        return `${showNumber(value)} at step ${step} is ${Number.isNaN(value) ? 'not a number' : bound}`
      },
      end: () => {},
    }),
  }
}

/** Stops a trial as soon as one of these would. */
export function anyOf(...pruners: readonly Pruner[]): Pruner {
  return combined('anyOf', pruners, (searches) => (report) => {
    // Each one sees every report: what it compares with must not depend on the others.
    const reasons = searches.map((search) => search.decide(report))
    return reasons.find((reason) => reason !== undefined)
  })
}

/** Stops a trial once all of these have said so, each at its time. */
export function allOf(...pruners: readonly Pruner[]): Pruner {
  return combined('allOf', pruners, (searches, verdicts) => (report) => {
    let said = verdicts.get(report.trial)
    if (said === undefined) verdicts.set(report.trial, (said = new Map()))
    for (const [index, search] of searches.entries()) {
      const reason = search.decide(report)
      if (reason !== undefined) said.set(index, reason)
    }
    return said.size === searches.length ? [...said.values()].join('; ') : undefined
  })
}

type Verdicts = Map<number, Map<number, string>>

function combined(
  name: string,
  pruners: readonly Pruner[],
  decide: (searches: readonly PrunerSearch[], verdicts: Verdicts) => PrunerSearch['decide'],
): Pruner {
  if (pruners.length === 0) throw new ActionInputError(`${name}() needs at least one pruner`)
  for (const pruner of pruners) checkPruner(pruner, `${name}()`)
  return {
    name: `${name}(${pruners.map((pruner) => pruner.name).join(', ')})`,
    start: (options) => {
      const searches = pruners.map((pruner) => pruner.start(options))
      const verdicts: Verdicts = new Map()
      return {
        decide: decide(searches, verdicts),
        end: (trial) => {
          verdicts.delete(trial)
          for (const search of searches) search.end(trial)
        },
      }
    },
  }
}

/** Checks that it is a pruner; throws an `ActionInputError` otherwise. */
export function checkPruner(pruner: unknown, of: string): asserts pruner is Pruner {
  if (typeof (pruner as Partial<Pruner> | null | undefined)?.start === 'function') return
  throw new ActionInputError(
    `${of}: the pruner is ${describeValue(pruner)}, but must be made by asha(), median(), …`,
  )
}
