// The options of `sweep`, typed by the trial.

import type { ActionTypes } from '../handle.js'
import type { CheckpointOptions } from './trials/checkpoint-options.js'
import type { SweepLogger } from './loggers.js'
import type { Constraints } from './results/metrics.js'
import type { ParametersOf, PointOf, Space } from './space/parameter.js'
import type { Direction } from './results/progress.js'
import type { Pruner } from './pruners/pruner.js'
import type { Sampler } from './samplers/sampler.js'
import type { StopRule } from './stop-rules.js'
import type { StudyControl } from './study-control.js'
import type { FailureKind, Trial } from './trials/trial.js'
import type { EarlierTrial } from './warm-start.js'

/** The properties of a type that are numbers. A trial that returns a plain number may call it as it likes. */
export type NumericKey<Value> = [Value] extends [number]
  ? string
  : {
      [Key in keyof Value & string]-?: NonNullable<Value[Key]> extends number ? Key : never
    }[keyof Value & string]

/** What the metric is a property of: what a trial reports, or, where it doesn't declare that, what it returns. */
export type Measured<Output, Types extends ActionTypes> = Types extends { reports: infer Report }
  ? Report
  : Output

/**
 * What is done about a failed trial.
 *
 * - `worst`: it counts as worse than all others, and the sweep goes on
 * - `retry`: it is tried again with the same parameters, `retries` times; then as `worst`
 * - `fail`: the sweep fails with its error
 */
export type FailurePolicy = 'worst' | 'retry' | 'fail'

/** Which trial an input is made for. */
export interface TrialInfo {
  /** Counted from 1. */
  readonly number: number
  /** From 1; more than 1 if it is tried again. */
  readonly attempt: number
}

/** How an input is made of parameters: needed where the space isn't the trial's whole input. */
export type InputOption<S extends Space, Input> = [ParametersOf<S>] extends [Input]
  ? { readonly input?: ((parameters: ParametersOf<S>, trial: TrialInfo) => Input) | undefined }
  : { readonly input: (parameters: ParametersOf<S>, trial: TrialInfo) => Input }

/** Is told of a trial; by the study, it can stop the sweep, say, or have a point tried. */
export type TrialListener<Parameters, Several extends string = never> = (
  trial: Trial<Parameters, Several>,
  study: StudyControl<Parameters, Several>,
) => unknown

/** What `sweep` takes. */
export interface SweepOptions<S extends Space, Report> {
  /** What the parameters can be; plain objects group them, and all else is a constant that each trial gets. */
  readonly space: S
  /**
   * The property that is made better, of the trials' reports and of what they return; a plain number that is returned is the
   * metric. If nobody gives it (so many trials as live at a time, at least three, have ended without it, or all of fewer),
   * the sweep fails with an `ActionInputError` that names what they gave.
   */
  readonly metric: NumericKey<Report>
  /**
   * Which of its values counts for a trial. `'best'` (default): the best that it reported or returned. `'last'`: the last of
   * these. `'returned'`: what it returned, a number or an object with the property `metric` (then any text, by default
   * `'value'`); its reports serve pruner and curve alone, and one that was stopped early has no value.
   */
  readonly objective?: 'best' | 'last' | undefined
  /** Whether a larger metric is better. */
  readonly direction: Direction
  /**
   * What a trial must keep: given the numbers of a report, or what was returned, numbers of which each is to be 0 or less, as
   * `({ mb }) => [mb - 512]`. What keeps all of them is better than what doesn't, of the latter what violates them by less in
   * all; only then the metric decides. One that is NaN is violated. Once a trial has ended, it is asked again, with all its numbers.
   */
  readonly constraints?: Constraints | undefined
  /** The property of the reports that says how far a trial is. Default `'step'`; reports without it are counted. */
  readonly step?: NumericKey<Report> | undefined
  /** How parameters are chosen. Default `auto()`, which chooses by space, `trials`, `concurrency` and pruner. */
  readonly sampler?: Sampler | undefined
  /** Which trials are stopped early. Default `none()`. */
  readonly pruner?: Pruner | undefined
  /**
   * Points that are tried first, in this order; they count in `trials`, and the sampler is told of them. What a point leaves
   * open, the sampler chooses. A study that goes on from its file doesn't repeat those that it has had.
   */
  readonly start?: readonly PointOf<NoInfer<S>>[] | undefined
  /** Values that all trials of this session have: the sampler chooses the others only. */
  readonly fixed?: PointOf<NoInfer<S>> | undefined
  /**
   * What another study has found, for the sampler to begin with: its file, which may be in use, or trials. Trials that fit
   * into the space are told to the sampler; the others are named by a log entry (`warn`). They are no trials of this sweep:
   * they count nowhere, and no rule or pruner sees them. From a file, the metric and objective of this sweep are read. With
   * `storage` they are kept, and a study that goes on isn't told again.
   */
  readonly warmStart?: string | readonly EarlierTrial[] | undefined
  /**
   * Called when a trial has ended (not for one that is tried again, or was interrupted). If it throws or rejects, the sweep
   * fails with that error.
   */
  readonly onTrial?: TrialListener<ParametersOf<NoInfer<S>>> | undefined
  /**
   * Called each time a better best is known, of a trial that runs, too; not for what earlier sessions had found. If it throws
   * or rejects, the sweep fails with that error.
   */
  readonly onBest?: TrialListener<ParametersOf<NoInfer<S>>> | undefined
  /** Take its numbers elsewhere as they come: `jsonLines`, `openMetrics`, or one's own. */
  readonly loggers?: SweepLogger | readonly SweepLogger[] | undefined
  /** How many trials there are at most, those of earlier sessions included. Default: until a stop rule says so. */
  readonly trials?: number | undefined
  /**
   * How many trials live at a time. Default: `availableParallelism() + 1`, so that one waits for a thread rather than a
   * thread for one.
   */
  readonly concurrency?: number | undefined
  /** When the sweep is over before that. */
  readonly stop?: StopRule | readonly StopRule[] | undefined
  /**
   * A file that keeps the study: each start, report and end of a trial is appended and synced. If it is there already, the
   * sweep goes on from it. One sweep at a time, by whichever name it knows the file (a link, another mount); a lock lies
   * beside it, `<file>.lock`. Removed while the sweep runs, it is written anew; cut, extended or replaced, it is left as it
   * is, the sweep fails, and what it had is written beside it, `<file>.kept`.
   */
  readonly storage?: string | undefined
  /** What is done about trials that ran when an earlier session died or was cancelled. Default `'rerun'`. */
  readonly interrupted?: 'rerun' | 'drop' | undefined
  /** How long an attempt of a trial may run, in milliseconds; then it is stopped and has failed (`timeout`). */
  readonly trialTimeoutMs?: number | undefined
  /** How long a stopped trial may clean up before force. Default: its definition's. */
  readonly trialGraceMs?: number | undefined
  /**
   * What is done about failed trials: for all, or by how they failed. Default `'worst'`, and `'retry'` for one whose thread
   * was lost for an unknown cause. What was lost through another action is tried again in any case, uncounted.
   */
  readonly failures?:
    | FailurePolicy
    | { readonly [Kind in FailureKind]?: FailurePolicy | undefined }
    | undefined
  /** How many more times a trial is tried where the policy is `retry`. Default 1. */
  readonly retries?: number | undefined
  /**
   * How many steps a trial takes that isn't stopped: at its last one it isn't stopped any more, and what was saved is
   * estimated by it. Default: what the pruner knows (`hyperband`); else the most steps that one took which has run to its
   * end, and at that step one that the pruner would stop is given its grace to end by itself.
   */
  readonly maxSteps?: number | undefined
  /**
   * What is kept of `ctx.checkpoint`. `mostBytes`: how large one may be, default 16 MiB; `most`: how many trials have one at a
   * time, default 256, beyond which the oldest go.
   */
  readonly checkpoints?: CheckpointOptions | undefined
  /** Name of the study, and of the run of `sweep(runtime, …)`. Default: made from the trial's. */
  readonly name?: string | undefined
  /** Its abort cancels the sweep. */
  readonly signal?: AbortSignal | undefined
}

/** What `sweep` takes where what a trial returns is what counts. */
export interface ReturnedSweepOptions<S extends Space> extends Omit<
  SweepOptions<S, Record<string, number>>,
  'metric' | 'objective'
> {
  readonly objective: 'returned'
  /** The property of the returned object, and of reports that a pruner sees. Default `'value'`. */
  readonly metric?: string | undefined
}

/** Stands for the name of the metric where there is but one. */
export type OneMetric = ''

/** The names of the metrics, where there are several; else `never`. `All` is `Names`. */
export type SeveralOf<Names extends string, All extends string = Names> = [OneMetric] extends [All]
  ? never
  : Names extends Names
    ? [All] extends [Names]
      ? never
      : Names
    : never

/** What `sweep` takes for several metrics at once. */
export interface SeveralMetricsOptions<
  S extends Space,
  Report,
  Names extends NumericKey<Report> | OneMetric = NumericKey<Report>,
> extends Omit<SweepOptions<S, Report>, 'metric' | 'direction' | 'objective' | 'onTrial'> {
  /**
   * The properties that are made better, and which way each is: `{ loss: 'minimize', ms: 'minimize' }`. Of a trial, its last
   * report that has all of them counts, else what it returned. There is no best trial, but a Pareto front (`result.pareto()`);
   * what goes by one metric is refused: pruners, `target`, `plateau`, `onBest`, and samplers that can't (`cmaes`, `gp`).
   */
  readonly metric: { readonly [Name in Names]?: Direction }
  readonly direction?: undefined
  readonly objective?: undefined
  /** As with one metric. */
  readonly onTrial?: TrialListener<ParametersOf<NoInfer<S>>, SeveralOf<NoInfer<Names>>> | undefined
}
