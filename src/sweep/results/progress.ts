// The contract between a sweep, as it is seen from outside, and everything that shows one (CLI, console, live
// table). It needs nothing but the events of the run.
//
// - Each trial is a child action named `trial-<number>` of the study's action (the scope of `sweep(runtime, …)`, or the
//   action whose `ctx` was given to `sweep(ctx, …)`). A trial that is tried again is another child of the same name. Its
//   reports are what its body reports: objects with a numeric property for the metric, and mostly one for the step.
// - A stop is an abort of the trial's action: source `cancel`, its `message` says which rule stopped it and why, and its `cause`
//   is a `TrialStoppedError`.
// - The study's action writes log entries (level `info`, `warn` for failed trials) whose `fields` are a `SweepEntry`.
// - The study's action of `sweep(runtime, …)` reports `SweepProgress`, at most five times a second, and once at the end: who
//   comes late sees the state by that alone. In `sweep(ctx, …)` the reports belong to the body, so it goes to the log
//   (level `debug`, fields `SweepEntry` of type `progress`) instead, at most once a second.

import type { ChoiceValue } from '../space/parameter.js'

/** Whether a larger metric is better. */
export type Direction = 'minimize' | 'maximize'

/**
 * Which of its values counts for a trial: the `best` that it reported or returned, the `last` of these, or what it `returned`.
 */
export type Objective = 'best' | 'last' | 'returned'

/**
 * How a trial stands.
 *
 * - `running`: queued or under way
 * - `paused`: it waits to go on from its checkpoint, or to be stopped for good
 * - `completed`: its body has returned
 * - `pruned`: the pruner has stopped it
 * - `stopped`: the sweep had ended, by a stop rule, by `study.stop` or from outside
 * - `aborted`: somebody aborted this one (CLI, console, another program)
 * - `failed`: it threw, its thread was lost, its time was up, or it gave no usable metric
 * - `interrupted`: the sweep itself was cancelled, or its process died
 */
export type TrialState =
  | 'running'
  | 'paused'
  | 'completed'
  | 'pruned'
  | 'stopped'
  | 'aborted'
  | 'failed'
  | 'interrupted'

/** All of these, in the order in which they are listed. */
export const TRIAL_STATES: readonly TrialState[] = [
  'running',
  'paused',
  'completed',
  'pruned',
  'stopped',
  'aborted',
  'failed',
  'interrupted',
]

/** One parameter as it is shown. Names of nested ones are paths: `optimiser.sgd.momentum`. */
export interface ParameterDescription {
  readonly name: string
  /** `number`: between `low` and `high`, on a logarithmic scale with `log`. `choice`: one of `values`. */
  readonly kind: 'number' | 'choice'
  readonly low?: number
  readonly high?: number
  readonly log?: boolean
  readonly step?: number
  readonly values?: readonly ChoiceValue[]
  /** It exists only in trials where that other parameter has that value. */
  readonly condition?: { readonly name: string; readonly value: string }
}

/** The values of one trial, by the names of the descriptions; what doesn't exist in it is left out. */
export type FlatParameters = Readonly<Record<string, ChoiceValue>>

/** What doesn't change during a sweep. */
export interface SweepDescription {
  /** Name of the study. */
  readonly study: string
  /** The property of the trials' reports that is made better; of several, the first. */
  readonly metric: string
  readonly direction: Direction
  /** All of them, where there are several. */
  readonly metrics?: Readonly<Record<string, Direction>>
  /** Which of its values counts for a trial. Left out for `best`. */
  readonly objective?: Objective
  /** The property of the trials' reports that counts their steps (epochs). */
  readonly stepKey: string
  readonly parameters: readonly ParameterDescription[]
  /** How many trials there are at most; `undefined`: no bound but the stop rules. */
  readonly trials?: number
  readonly concurrency: number
  readonly sampler: string
  readonly pruner: string
}

/** One trial as it is shown in a table. */
export interface TrialRow {
  readonly number: number
  /** Id of its (last) action in the run. */
  readonly action?: string
  readonly state: TrialState
  readonly parameters: FlatParameters
  /** The metric: its best so far, or its last, or what it returned. */
  readonly value?: number
  /** Where there are several metrics, all of them by name, instead. */
  readonly values?: Readonly<Record<string, number>>
  /** The last step that it reported. */
  readonly step?: number
  /** Why it was stopped or has failed. */
  readonly reason?: string
}

/** Why a sweep has ended before its trials had. */
export interface StoppedBy {
  /** Name of the rule, or `'stop'` where somebody asked for it: `study.stop()`, or from outside. */
  readonly rule: string
  readonly reason: string
  /** Who asked for it from outside: `'ann (cli)'`, a name. Left out for rules and `study.stop()`. */
  readonly by?: string
  /** The trials that ran could finish. Left out where they were stopped, too, at once or later on. */
  readonly running?: 'finish'
}

/** A sweep at one moment: enough to draw it. */
export interface SweepProgress extends SweepDescription {
  readonly type: 'sweep'
  /** Epoch milliseconds of this moment and of the start; earlier sessions of a continued sweep aren't in between. */
  readonly at: number
  readonly startedAt: number
  /** How many trials stand how. */
  readonly counts: Readonly<Record<TrialState, number>>
  /** Steps trained by all trials, and steps that stopping trials early has saved, as far as that can be estimated. */
  readonly stepsSpent: number
  readonly stepsSaved?: number
  /** Trials that have ended a second, over this session. */
  readonly trialsPerSecond: number
  /** Until all trials have ended, at this rate; left out where nothing can be said. */
  readonly secondsLeft?: number
  readonly best?: TrialRow
  /** All that run (32 at most), then the best of the others (16 at most). */
  readonly rows: readonly TrialRow[]
  /** Set once the sweep is ending: by which rule or by whom, what was said, and whether running trials may finish. */
  readonly stoppedBy?: StoppedBy
}

/** What the study's action writes as the `fields` of its log entries. */
export type SweepEntry =
  | ({ readonly sweep: 'started' } & SweepDescription)
  | {
      readonly sweep: 'trialStarted'
      readonly trial: number
      readonly action: string
      /** From 1; more than 1 for a trial that is tried again. */
      readonly attempt: number
      readonly parameters: FlatParameters
    }
  | {
      readonly sweep: 'trialEnded'
      readonly trial: number
      readonly action: string
      readonly state: Exclude<TrialState, 'running' | 'paused'>
      readonly value?: number
      readonly values?: Readonly<Record<string, number>>
      readonly step?: number
      readonly reason?: string
    }
  | ({ readonly sweep: 'stopped' } & StoppedBy)
  | { readonly sweep: 'progress'; readonly progress: SweepProgress }

/** Whether a report, of a study's action say, shows a sweep. */
export function isSweepProgress(value: unknown): value is SweepProgress {
  return typeof value === 'object' && value !== null && (value as Partial<SweepProgress>).type === 'sweep'
}

/** Whether the fields of a log entry are those of a sweep. */
export function isSweepEntry(fields: unknown): fields is SweepEntry {
  return (
    typeof fields === 'object' && fields !== null && typeof (fields as Partial<SweepEntry>).sweep === 'string'
  )
}
