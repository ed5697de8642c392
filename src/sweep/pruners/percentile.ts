// Comparing a trial with what the others had reached by the same step.

import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { createPruner, type Pruner, type PruningRule } from './pruner.js'
import { SortedNumbers } from './sorted-numbers.js'
import { checkCount, checkNumber, isNumber, LARGEST_COUNT } from '../../checks/check-number.js'
import { wrongValue } from '../../checks/wrong-value.js'

/** When the rule begins to judge. */
export interface PercentileOptions {
  /** No trial is stopped before this step: early values say little. Default 1. */
  readonly minSteps?: number | undefined
  /** Nor before so many others had come to the step. Default 4. */
  readonly minTrials?: number | undefined
  /** Judges once in so many steps. Default 1. */
  readonly interval?: number | undefined
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
  if (!(isNumber(percent) && percent >= 0 && percent <= 100)) {
    throw wrongValue('percentile()', 'percent', percent, 'from 0 to 100')
  }
  const resolved = resolve(options, 'percentile()')
  const what = `the best ${percent} %`
  return createPruner(`percentile(${percent})`, () => new PercentileRule(percent, resolved, what))
}

type Resolved = {
  readonly [Option in keyof PercentileOptions]-?: NonNullable<PercentileOptions[Option]>
}

class PercentileRule implements PruningRule {
  readonly #share: number
  readonly #options: Resolved
  readonly #what: string
  /** For each interval of steps the best losses of those that have reported in it. */
  readonly #reached = new Map<number, SortedNumbers>()
  readonly #trials = new Map<
    number,
    { best: number; interval: number; readonly reached: [interval: number, best: number][] }
  >()

  constructor(percent: number, options: Resolved, what: string) {
    this.#share = percent / 100
    this.#options = options
    this.#what = what
  }

  decide(trial: number, step: number, loss: number, show: (loss: number) => string): string | undefined {
    const { minSteps, minTrials } = this.#options
    const interval = Math.floor(step / this.#options.interval)
    const own = this.#trials.get(trial) ?? { best: Infinity, interval: -Infinity, reached: [] }
    this.#trials.set(trial, own)
    own.best = Math.min(own.best, loss)
    if (interval <= own.interval) return undefined
    own.interval = interval
    let others = this.#reached.get(interval)
    if (others === undefined) this.#reached.set(interval, (others = new SortedNumbers()))
    const bound = others.quantile(this.#share)
    const compared = others.size
    others.add(own.best)
    own.reached.push([interval, own.best])
    if (step < minSteps || compared < minTrials || own.best <= bound) return undefined
    return `best ${show(own.best)} at step ${step}, worse than ${this.#what} of ${compared} others (${show(bound)})`
  }

  end(trial: number): void {
    this.#trials.delete(trial)
  }

  restart(trial: number): void {
    for (const [interval, best] of this.#trials.get(trial)?.reached ?? []) {
      this.#reached.get(interval)?.remove(best)
    }
    this.#trials.delete(trial)
  }
}

const OPTIONS: ReadonlySet<string> = new Set<keyof PercentileOptions>(['minSteps', 'minTrials', 'interval'])

function resolve(options: PercentileOptions, of: string): Resolved {
  refuseUnknown(options, OPTIONS, of)
  const { minSteps = 1, minTrials = 4, interval = 1 } = options
  return {
    minSteps: checkNumber(minSteps, of, 'minSteps'),
    minTrials: checkCount(minTrials, of, 'minTrials', 1, LARGEST_COUNT),
    interval: checkCount(interval, of, 'interval', 1, LARGEST_COUNT),
  }
}
