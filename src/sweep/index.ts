/**
 * The public surface of `heddle/sweep`, listed by hand.
 *
 * @module heddle/sweep
 */

export type { AnnotateOptions } from './trials/annotations.js'
export { renderSweep, showSweep } from './page/live-table.js'
export type { LineStyle, SweepView, TableLine, TableSize } from './page/live-table.js'
export type {
  FailurePolicy,
  InputOption,
  Measured,
  NumericKey,
  OneMetric,
  ReturnedSweepOptions,
  SeveralMetricsOptions,
  SeveralOf,
  SweepOptions,
  TrialInfo,
  TrialListener,
} from './options.js'
export { isSweepEntry, isSweepProgress } from './results/progress.js'
export type {
  Direction,
  FlatParameters,
  Objective,
  ParameterDescription,
  SweepDescription,
  StoppedBy,
  SweepEntry,
  SweepProgress,
  TrialRow,
  TrialState,
} from './results/progress.js'
export { allOf, anyOf } from './pruners/combined.js'
export { patience } from './pruners/patience.js'
export type { PatienceOptions } from './pruners/patience.js'
export { median, percentile } from './pruners/percentile.js'
export type { PercentileOptions } from './pruners/percentile.js'
export { none } from './pruners/pruner.js'
export type { Explore, NextStep, Pause, Pruner, PrunerSearch, Reported } from './pruners/pruner.js'
export { asha, hyperband } from './pruners/successive-halving.js'
export type { AshaOptions, HyperbandOptions } from './pruners/successive-halving.js'
export { pbt } from './pruners/pbt.js'
export type { PbtOptions } from './pruners/pbt.js'
export { successiveHalving } from './pruners/synchronous-halving.js'
export type { SuccessiveHalvingOptions } from './pruners/synchronous-halving.js'
export { threshold } from './pruners/threshold.js'
export type { ThresholdOptions } from './pruners/threshold.js'
export { jsonLines, openMetrics } from './loggers.js'
export type { LoggedReport, LoggedTrial, SweepLogger } from './loggers.js'
export type { CheckpointOptions } from './trials/checkpoint-options.js'
export type { EarlierTrial } from './warm-start.js'
export type { Constraints } from './results/metrics.js'
export { readStudy } from './read-study.js'
export { auto } from './samplers/auto.js'
export { cmaes } from './samplers/cmaes.js'
export type { CmaesOptions } from './samplers/cmaes.js'
export { gp } from './samplers/gp.js'
export type { GpOptions } from './samplers/gp.js'
export { grid } from './samplers/grid.js'
export { nsga2 } from './samplers/nsga2.js'
export type { Nsga2Options } from './samplers/nsga2.js'
export type { GridOptions } from './samplers/grid.js'
export { halton } from './samplers/halton.js'
export { random } from './samplers/random.js'
export type { SeedOptions } from './samplers/random.js'
export type { Observation, Sampler, SamplerSearch, SearchOptions, Suggestion } from './samplers/sampler.js'
export { tpe } from './samplers/tpe.js'
export type { TpeOptions } from './samplers/tpe.js'
export { choice, int, logUniform, uniform, variants } from './space/space.js'
export type {
  ChoiceParameter,
  ChoiceValue,
  KnownParameters,
  NumberParameter,
  Parameter,
  ParametersOf,
  PointOf,
  Space,
  SpaceEntry,
  VariantOf,
  VariantPointOf,
  VariantsParameter,
} from './space/parameter.js'
export { budget, plateau, target, timeLimit } from './stop-rules.js'
export type { BudgetOptions, PlateauOptions, StopRule, SweepState, TargetOptions } from './stop-rules.js'
export { SweepStorageError } from '../protocol/errors/sweep-storage-error.js'
export { sweep } from './sweep.js'
export type { Study } from './study.js'
export type { SweepHost } from './sweep-host.js'
export type { RunningTrials, StopOptions, StudyControl } from './study-control.js'
export type { SweepCost, SweepResult, TrialTableRow } from './results/sweep-result.js'
export type {
  BestTrial,
  CompletedMeasures,
  CurvePoint,
  FailureKind,
  Trial,
  TrialBase,
  TrialMeasures,
} from './trials/trial.js'
export { TrialStoppedError } from './trials/trial-stopped-error.js'
export type { TrialStop } from './trials/trial-stopped-error.js'
