// Stopping a trial whose metric is beyond a bound, whatever the others reach.

import { checkNumber } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { showNumber } from '../results/show-number.js'
import type { Pruner } from './pruner.js'

/** What `threshold` takes; at least one bound. */
export interface ThresholdOptions {
  /** Stops a trial whose metric is below it. */
  readonly lower?: number | undefined
  /** Stops a trial whose metric is above it. */
  readonly upper?: number | undefined
  /** Judges from this step on. Default: from the first. */
  readonly minSteps?: number | undefined
}

const THRESHOLD_OPTIONS: ReadonlySet<string> = new Set<keyof ThresholdOptions>(['lower', 'upper', 'minSteps'])

/** Stops a trial whose metric is beyond a bound, or isn't a number. */
export function threshold(options: ThresholdOptions): Pruner {
  const of = 'threshold()'
  refuseUnknown(options, THRESHOLD_OPTIONS, of)
  const { lower = -Infinity, upper = Infinity, minSteps = -Infinity } = options
  checkNumber(lower, of, 'lower', 'a number below upper', (bound) => bound < upper)
  checkNumber(upper, of, 'upper')
  checkNumber(minSteps, of, 'minSteps')
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
