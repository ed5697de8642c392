// Successive halving: at a few steps ('rungs') that grow by a factor, only the best part of the trials goes on.

import { ActionInputError } from '../../protocol/errors.js'
import { refuseUnknown } from '../../refuse-unknown.js'
import {
  checkCount,
  checkNumber,
  createPruner,
  SortedNumbers,
  type Pruner,
  type PruningRule,
} from './pruner.js'

/** What `asha` takes; symbols as in Li et al. 2020. */
export interface AshaOptions {
  /** `r`: the step of the first rung. Default 1. */
  readonly minSteps?: number
  /** `η`: one in so many goes on at each rung, and rungs lie this factor apart. Default 3. */
  readonly reduction?: number
  /** `s`: leaves out so many of the first rungs. Default 0. */
  readonly skipRungs?: number
}

const ASHA_OPTIONS: ReadonlySet<string> = new Set<keyof AshaOptions>(['minSteps', 'reduction', 'skipRungs'])
const HYPERBAND_OPTIONS: ReadonlySet<string> = new Set<keyof HyperbandOptions>([
  'minSteps',
  'reduction',
  'maxSteps',
])

/**
 * Asynchronous successive halving: rung `k` lies at step `r · η^(s+k)`. A trial that comes to a rung goes on only if it is
 * among the best `1/η` of those that have come there so far; nobody waits for anybody.
 *
 * Li et al. 2020, 'A System for Massively Parallel Hyperparameter Tuning' (ASHA), in the variant that stops what isn't
 * promoted at once, as Ray Tune's scheduler and Optuna's pruner do: paused trials would hold memory. The first `η − 1` at a
 * rung go on if they are its best so far. A rung that no report falls on is decided by the next report after it.
 */
export function asha(options: AshaOptions = {}): Pruner {
  refuseUnknown(options, ASHA_OPTIONS, 'asha()')
  const { minSteps, reduction, skipRungs } = resolve(options, 'asha()')
  return createPruner(
    `asha(reduction ${reduction})`,
    () => new HalvingRule(minSteps * reduction ** skipRungs, reduction),
  )
}

/** What `hyperband` takes; symbols as in Li et al. 2018. */
export interface HyperbandOptions extends Omit<AshaOptions, 'skipRungs'> {
  /** `R`: how many steps a trial takes that isn't stopped. */
  readonly maxSteps: number
}

/**
 * Hyperband: several brackets of successive halving, from one that stops early and often to one that never does, in case
 * early values mislead. Bracket `s = 0 … s_max = ⌊log_η(R / r)⌋` has its first rung at step `r · η^(s_max − s)`; it gets a
 * share of the trials that goes with `n_s = ⌈(s_max + 1) · η^s / (s + 1)⌉`.
 *
 * Li et al. 2018, 'Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization'; asynchronous in each bracket,
 * as `asha`. The bracket of a trial follows from its number, so it is the same in a continued sweep.
 */
export function hyperband({ maxSteps, ...options }: HyperbandOptions): Pruner {
  const of = 'hyperband()'
  refuseUnknown(options, HYPERBAND_OPTIONS, of)
  const { minSteps, reduction } = resolve(options, of)
  checkNumber(
    maxSteps,
    of,
    'maxSteps',
    maxSteps >= minSteps && maxSteps < Infinity,
    `a number, ${minSteps} or more`,
  )
  const mostBrackets = Math.floor(Math.log(maxSteps / minSteps) / Math.log(reduction) + 1e-9)
  const sizes = Array.from({ length: mostBrackets + 1 }, (_, s) =>
    Math.ceil(((mostBrackets + 1) * reduction ** s) / (s + 1)),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return createPruner(`hyperband(reduction ${reduction}, ${sizes.length} brackets)`, () => {
    const brackets = sizes.map(
      (_, s) => new HalvingRule(minSteps * reduction ** (mostBrackets - s), reduction),
    )
    /** Multiples of the golden ratio spread the trials evenly over the brackets, at every moment. */
    const bracketOf = (trial: number): HalvingRule => {
      let place = ((trial * 0.6180339887498949) % 1) * total
      for (const [s, size] of sizes.entries()) {
        if (place < size) return brackets[s] as HalvingRule
        place -= size
      }
      return brackets[0] as HalvingRule
    }
    return {
      decide: (trial, step, loss, show) => bracketOf(trial).decide(trial, step, loss, show),
      end: (trial) => bracketOf(trial).end(trial),
    }
  })
}

class HalvingRule implements PruningRule {
  readonly #firstRung: number
  readonly #reduction: number
  /** The losses that were seen at each rung. */
  readonly #rungs: SortedNumbers[] = []
  /** How many rungs each trial has passed. */
  readonly #passed = new Map<number, number>()

  constructor(firstRung: number, reduction: number) {
    this.#firstRung = firstRung
    this.#reduction = reduction
  }

  decide(trial: number, step: number, loss: number, show: (loss: number) => string): string | undefined {
    let rung = this.#passed.get(trial) ?? 0
    // A step far ahead passes many rungs at once; there are only as many as a double has exponents.
    for (; step >= this.#firstRung * this.#reduction ** rung; rung += 1) {
      const seen = (this.#rungs[rung] ??= new SortedNumbers())
      const rank = seen.below(loss)
      seen.add(loss)
      this.#passed.set(trial, rung + 1)
      const kept = Math.max(1, Math.floor(seen.size / this.#reduction))
      if (rank >= kept || loss === Infinity) {
        return (
          `${show(loss)} at step ${step} is ${rank + 1} of ${seen.size} at rung ${rung + 1}, ` +
          `where the best ${kept} go on (${show(seen.at(kept - 1))})`
        )
      }
    }
    return undefined
  }

  end(trial: number): void {
    this.#passed.delete(trial)
  }
}

function resolve(
  { minSteps = 1, reduction = 3, skipRungs = 0 }: AshaOptions,
  of: string,
): { minSteps: number; reduction: number; skipRungs: number } {
  checkNumber(minSteps, of, 'minSteps', minSteps > 0 && minSteps < Infinity, 'a number above 0')
  checkNumber(reduction, of, 'reduction', reduction > 1 && reduction < Infinity, 'a number above 1')
  if (minSteps * reduction === minSteps) throw new ActionInputError(`${of}: the rungs don't grow`)
  return { minSteps, reduction, skipRungs: checkCount(skipRungs, of, 'skipRungs', 0) }
}
