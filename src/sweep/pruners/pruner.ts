// The common part of all pruners: the interface that a sweep, or a loop of one's own, uses them by.

import { checkDirection } from '../check-direction.js'
import { wrongValue } from '../../checks/wrong-value.js'
import type { Direction } from '../progress.js'
import { showNumber } from '../show-number.js'

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
  /** A trial has ended: its reports stay what others are compared with. */
  end(trial: number): void
  /** A trial that hasn't ended starts anew: what it has reported is taken back. Default: as `end`. */
  restart?(trial: number): void
}

/** A rule for stopping trials early; made by `median`, `asha` and the others. One can serve many searches. */
export interface Pruner {
  readonly name: string
  /** How many steps a trial takes that isn't stopped, where it knows: at its last one a trial isn't stopped any more. */
  readonly maxSteps?: number
  /** Begins a search. */
  start(options: { readonly direction: Direction }): PrunerSearch
}

/** What a rule does, for one search: values are losses, so lower is better, and only steps after the last one come. */
export interface PruningRule {
  decide(trial: number, step: number, loss: number, show: (loss: number) => string): string | undefined
  end(trial: number): void
  /** Takes back what a trial has reported that hasn't ended. Default: as `end`. */
  restart?(trial: number): void
}

/** Makes a pruner of a rule. */
export function createPruner(name: string, createRule: () => PruningRule, maxSteps?: number): Pruner {
  return {
    name,
    ...(maxSteps !== undefined && { maxSteps }),
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
        restart: (trial) => {
          lastSteps.delete(trial)
          if (rule.restart === undefined) rule.end(trial)
          else rule.restart(trial)
        },
      }
    },
  }
}

/** Stops nothing. */
export function none(): Pruner {
  return createPruner('none', () => ({ decide: () => undefined, end: () => {} }))
}

/** Checks that it is a pruner; throws an `ActionInputError` otherwise. */
export function checkPruner(pruner: unknown, of: string): asserts pruner is Pruner {
  if (typeof (pruner as Partial<Pruner> | null | undefined)?.start === 'function') return
  throw wrongValue(of, 'the pruner', pruner, 'made by asha(), median(), …')
}
