// Successive halving: at a few steps ('rungs') that grow by a factor, only the best part of the trials goes on.

import { ActionInputError } from '../../protocol/errors/errors.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { createPruner, type Pruner, type PruningRule } from './pruner.js'
import { SortedNumbers } from './sorted-numbers.js'
import { checkCount, checkNumber, LARGEST_COUNT } from '../../checks/check-number.js'

/** What `asha` takes; symbols as in Li et al. 2020. */
export interface AshaOptions {
  /** `r`: the step of the first rung. Default 1. */
  readonly minSteps?: number | undefined
  /** `η`: one in so many goes on at each rung, and rungs lie this factor apart. Default 3. */
  readonly reduction?: number | undefined
  /** `s`: leaves out so many of the first rungs. Default 0. */
  readonly skipRungs?: number | undefined
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
 * early values mislead. Bracket `s = 1 … s_max = ⌊log_η(R / r)⌋` has its first rung at step `r · η^(s_max − s)`, bracket 0
 * has none; each gets a share of the trials that goes with `n_s = ⌈(s_max + 1) · η^s / (s + 1)⌉`. At step `R` and after it
 * nothing is stopped: a sweep takes `maxSteps` for its own, unless it has one.
 *
 * Li et al. 2018, 'Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization'; asynchronous in each bracket,
 * as `asha`. The bracket of a trial follows from its number, so it is the same in a continued sweep.
 */
export function hyperband(all: HyperbandOptions): Pruner {
  const of = 'hyperband()'
  refuseUnknown(all, HYPERBAND_OPTIONS, of)
  const { maxSteps, ...options } = all
  const { minSteps, reduction } = resolve(options, of)
  checkNumber(
    maxSteps,
    of,
    'maxSteps',
    `a number, ${minSteps} or more`,
    (steps) => steps >= minSteps && steps < Infinity,
  )
  const mostBrackets = Math.floor(Math.log(maxSteps / minSteps) / Math.log(reduction) + 1e-9)
  const sizes = Array.from({ length: mostBrackets + 1 }, (_, s) =>
    Math.ceil(((mostBrackets + 1) * reduction ** s) / (s + 1)),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const name = `hyperband(reduction ${reduction}, ${sizes.length} brackets)`
  const createRule = (): PruningRule => {
    const brackets = sizes.map(
      (_, s) => new HalvingRule(s === 0 ? Infinity : minSteps * reduction ** (mostBrackets - s), reduction),
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
      decide: (trial, step, loss, show) =>
        step < maxSteps ? bracketOf(trial).decide(trial, step, loss, show) : undefined,
      end: (trial) => bracketOf(trial).end(trial),
      restart: (trial) => bracketOf(trial).restart(trial),
    }
  }
  return createPruner(name, createRule, maxSteps)
}

class HalvingRule implements PruningRule {
  readonly #firstRung: number
  readonly #reduction: number
  /** The losses that were seen at each rung. */
  readonly #rungs: SortedNumbers[] = []
  /** With which loss each trial has come to each rung. */
  readonly #passed = new Map<number, number[]>()

  constructor(firstRung: number, reduction: number) {
    this.#firstRung = firstRung
    this.#reduction = reduction
  }

  decide(trial: number, step: number, loss: number, show: (loss: number) => string): string | undefined {
    let passed = this.#passed.get(trial)
    if (passed === undefined) this.#passed.set(trial, (passed = []))
    // A step far ahead passes many rungs at once; there are only as many as a double has exponents.
    for (let rung = passed.length; step >= this.#firstRung * this.#reduction ** rung; rung = passed.length) {
      const seen = (this.#rungs[rung] ??= new SortedNumbers())
      const rank = seen.below(loss)
      seen.add(loss)
      passed.push(loss)
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

  restart(trial: number): void {
    for (const [rung, loss] of (this.#passed.get(trial) ?? []).entries()) this.#rungs[rung]?.remove(loss)
    this.#passed.delete(trial)
  }
}

function resolve(
  { minSteps = 1, reduction = 3, skipRungs = 0 }: AshaOptions,
  of: string,
): { minSteps: number; reduction: number; skipRungs: number } {
  checkNumber(minSteps, of, 'minSteps', 'a number above 0', (steps) => steps > 0 && steps < Infinity)
  checkNumber(reduction, of, 'reduction', 'a number above 1', (by) => by > 1 && by < Infinity)
  if (minSteps * reduction === minSteps) throw new ActionInputError(`${of}: the rungs don't grow`)
  return { minSteps, reduction, skipRungs: checkCount(skipRungs, of, 'skipRungs', 0, LARGEST_COUNT) }
}
