// Stopping a trial that has stopped becoming better.

import { checkCount, checkNumber, LARGEST_COUNT } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { createPruner, type Pruner } from './pruner.js'

/** What `patience` takes. */
export interface PatienceOptions {
  /** How many reports in a row may bring nothing better. */
  readonly reports: number
  /** By how much a value must be better to count. Default 0: by anything. */
  readonly minDelta?: number | undefined
}

const PATIENCE_OPTIONS: ReadonlySet<string> = new Set<keyof PatienceOptions>(['reports', 'minDelta'])

/** Stops a trial that hasn't become better for a number of reports ('early stopping', Prechelt 1998). */
export function patience(options: PatienceOptions): Pruner {
  const of = 'patience()'
  refuseUnknown(options, PATIENCE_OPTIONS, of)
  const { reports, minDelta = 0 } = options
  checkCount(reports, of, 'reports', 1, LARGEST_COUNT)
  checkNumber(minDelta, of, 'minDelta', 'a number, 0 or more', (delta) => delta >= 0)
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
