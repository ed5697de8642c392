// The public surface of `heddle/sweep`, listed by hand.

export { renderSweep, showSweep } from './live-table.js'
export type { LineStyle, SweepView, TableLine, TableSize } from './live-table.js'
export type { FailurePolicy, InputOption, Measured, NumericKey, SweepOptions, TrialInfo } from './options.js'
export { isSweepEntry, isSweepProgress } from './progress.js'
export type {
  Direction,
  FlatParameters,
  ParameterDescription,
  SweepDescription,
  SweepEntry,
  SweepProgress,
  TrialRow,
  TrialState,
} from './progress.js'
export { allOf, anyOf, none, patience, threshold } from './pruners/alone.js'
export type { PatienceOptions, ThresholdOptions } from './pruners/alone.js'
export { median, percentile } from './pruners/percentile.js'
export type { PercentileOptions } from './pruners/percentile.js'
export type { Pruner, PrunerSearch, Reported } from './pruners/pruner.js'
export { asha, hyperband } from './pruners/successive-halving.js'
export type { AshaOptions, HyperbandOptions } from './pruners/successive-halving.js'
export { grid } from './samplers/grid.js'
export type { GridOptions } from './samplers/grid.js'
export { halton } from './samplers/halton.js'
export { random } from './samplers/random.js'
export type { SeedOptions } from './samplers/random.js'
export type { Observation, Sampler, SamplerSearch, Suggestion } from './samplers/sampler.js'
export { tpe } from './samplers/tpe.js'
export type { TpeOptions } from './samplers/tpe.js'
export { choice, int, logUniform, uniform, variants } from './space.js'
export type {
  ChoiceParameter,
  ChoiceValue,
  NumberParameter,
  Parameter,
  ParametersOf,
  Space,
  VariantOf,
  VariantsParameter,
} from './space.js'
export { budget, plateau, target, timeLimit } from './stop-rules.js'
export type { BudgetOptions, PlateauOptions, StopRule, SweepState, TargetOptions } from './stop-rules.js'
export type { StoppedBy } from './study-book.js'
export { SweepStorageError } from './study-file.js'
export { sweep } from './study.js'
export type { Study, SweepHost } from './study.js'
export type { SweepCost, SweepResult, TrialTableRow } from './sweep-result.js'
export type { CurvePoint, FailureKind, Trial, TrialBase } from './trial.js'
