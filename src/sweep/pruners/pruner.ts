// The common part of all pruners: the interface that a sweep, or a loop of one's own, uses them by.

import { checkDirection } from '../check-direction.js'
import { wrongValue } from '../../checks/wrong-value.js'
import type { Direction, FlatParameters } from '../results/progress.js'
import { showNumber } from '../results/show-number.js'

/** What a trial has reported. */
export interface Reported {
  readonly trial: number
  /** How far it is: epochs, say. From 1 or 0, growing. */
  readonly step: number
  /** The metric; not a number counts as the worst. */
  readonly value: number
}

/** A trial should wait where it is: it is stopped, and may go on from its checkpoint later. */
export interface Pause {
  readonly pause: string
}

/** What a scheduler wants done next, where there is room for a trial. */
export type NextStep =
  /** A trial that waits goes on. */
  | { readonly kind: 'goOn'; readonly trial: number }
  /** A trial that waits is stopped for good. */
  | { readonly kind: 'stop'; readonly trial: number; readonly reason: string }
  /** A new trial goes on from where another one is, with parameters that are made of that one's. */
  | { readonly kind: 'copy'; readonly trial: number; readonly explore: Explore }

/**
 * Makes parameters of those of another trial. `space`: the study's own view of its space, for pruners of this package; `fresh`:
 * the number of the trial that they are for.
 */
export type Explore = (parameters: FlatParameters, space: object, fresh: number) => FlatParameters

/** Decides for one search. */
export interface PrunerSearch {
  /**
   * Takes in a report, and says why the trial should be stopped, or wait, or `undefined` if it should go on. A step that isn't
   * after the trial's last one is ignored.
   */
  decide(report: Reported): string | Pause | undefined
  /** A trial has ended: its reports stay what others are compared with. */
  end(trial: number): void
  /** A trial that hasn't ended starts anew: what it has reported is taken back. Default: as `end`. */
  restart?(trial: number): void
  /** A trial begins, or goes on; `copyOf`: from where another one was. */
  begin?(trial: number, copyOf?: number): void
  /** A trial waits, as it was decided. */
  paused?(trial: number): void
  /**
   * What to do next, ahead of any new trial. `isIdle`: nothing runs and nothing new comes, so that nobody need be waited for;
   * `mayCopy`: there may be another trial.
   */
  next?(state: { readonly isIdle: boolean; readonly mayCopy: boolean }): NextStep | undefined
  /** Whether a trial with new parameters may begin. Default: always. */
  wantsMore?(): boolean
}

/** A rule for stopping trials early; made by `median`, `asha` and the others. One can serve many searches. */
export interface Pruner {
  readonly name: string
  /** How many steps a trial takes that isn't stopped, where it knows: at its last one a trial isn't stopped any more. */
  readonly maxSteps?: number
  /** It has trials wait, and go on from their checkpoints: then it can't be part of another pruner. */
  readonly isScheduler?: boolean
  /** It has trials begin where others are: each needs to have left a checkpoint. */
  readonly copies?: boolean
  /** It takes only so many trials with new parameters: a sweep by it ends by itself. */
  readonly isBounded?: boolean
  /** Begins a search. */
  start(options: { readonly direction: Direction; readonly concurrency?: number }): PrunerSearch
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
