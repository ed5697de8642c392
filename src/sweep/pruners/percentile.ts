// Comparing a trial with what the others had reached by the same step.

import { refuseUnknown } from '../../refuse-unknown.js'
import {
  checkCount,
  checkNumber,
  createPruner,
  SortedNumbers,
  type Pruner,
  type PruningRule,
} from './pruner.js'

/** When the rule begins to judge. */
export interface PercentileOptions {
  /** No trial is stopped before this step: early values say little. Default 1. */
  readonly minSteps?: number
  /** Nor before so many others had come to the step. Default 4. */
  readonly minTrials?: number
  /** Judges once in so many steps. Default 1. */
  readonly interval?: number
}

/**
 * Stops a trial whose best so far is worse than the median of the bests of all others that had come to the same step.
 *
 * Golovin et al. 2017, 'Google Vizier: A Service for Black-Box Optimization', 3.2.2, which compares with running averages;
 * here, as the trial itself, the others go by their best. Trials that were stopped count, too.
 */
export function median(options: PercentileOptions = {}): Pruner {
  const resolved = resolve(options, 'median()')
  return createPruner('median', () => new PercentileRule(50, resolved, 'the median'))
}

/**
 * Stops a trial whose best so far isn't among the best `percent` % of what all others had reached at the same step.
 * `percentile(50)` is `median()`.
 *
 * @param percent - From 0 to 100; the smaller, the fewer go on.
 */
export function percentile(percent: number, options: PercentileOptions = {}): Pruner {
  checkNumber(percent, 'percentile()', 'percent', percent >= 0 && percent <= 100, 'from 0 to 100')
  const resolved = resolve(options, 'percentile()')
  const what = `the best ${percent} %`
  return createPruner(`percentile(${percent})`, () => new PercentileRule(percent, resolved, what))
}

class PercentileRule implements PruningRule {
  readonly #share: number
  readonly #options: Required<PercentileOptions>
  readonly #what: string
  /** For each interval of steps the best losses of those that have reported in it. */
  readonly #reached = new Map<number, SortedNumbers>()
  readonly #trials = new Map<number, { best: number; interval: number }>()

  constructor(percent: number, options: Required<PercentileOptions>, what: string) {
    this.#share = percent / 100
    this.#options = options
    this.#what = what
  }

  decide(trial: number, step: number, loss: number, show: (loss: number) => string): string | undefined {
    const { minSteps, minTrials } = this.#options
    const interval = Math.floor(step / this.#options.interval)
    const own = this.#trials.get(trial) ?? { best: Infinity, interval: -Infinity }
    this.#trials.set(trial, own)
    own.best = Math.min(own.best, loss)
    if (interval <= own.interval) return undefined
    own.interval = interval
    let others = this.#reached.get(interval)
    if (others === undefined) this.#reached.set(interval, (others = new SortedNumbers()))
    const bound = others.quantile(this.#share)
    const compared = others.size
    others.add(own.best)
    if (step < minSteps || compared < minTrials || own.best <= bound) return undefined
    return `best ${show(own.best)} at step ${step}, worse than ${this.#what} of ${compared} others (${show(bound)})`
  }

  end(trial: number): void {
    this.#trials.delete(trial)
  }
}

const OPTIONS: ReadonlySet<string> = new Set<keyof PercentileOptions>(['minSteps', 'minTrials', 'interval'])

function resolve(options: PercentileOptions, of: string): Required<PercentileOptions> {
  refuseUnknown(options, OPTIONS, of)
  const { minSteps = 1, minTrials = 4, interval = 1 } = options
  return {
    minSteps: checkNumber(minSteps, of, 'minSteps', true, 'a number'),
    minTrials: checkCount(minTrials, of, 'minTrials', 1),
    interval: checkCount(interval, of, 'interval', 1),
  }
}
