// What `sweep` takes: typed by the trial, checked and filled in.

import { availableParallelism } from 'node:os'
import type { ActionTypes } from '../handle.js'
import { count, milliseconds } from '../options.js'
import { describeValue } from '../protocol/describe-value.js'
import { ActionInputError } from '../protocol/errors.js'
import { refuseUnknown } from '../refuse-unknown.js'
import { checkPruner, none } from './pruners/alone.js'
import type { Pruner } from './pruners/pruner.js'
import type { Direction } from './progress.js'
import { checkDirection, type Sampler } from './samplers/sampler.js'
import { tpe } from './samplers/tpe.js'
import type { ParametersOf, Space } from './space.js'
import type { StopRule } from './stop-rules.js'
import type { FailureKind } from './trial.js'

/** The properties of a type that are numbers. */
export type NumericKey<Value> = {
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
  ? { readonly input?: (parameters: ParametersOf<S>, trial: TrialInfo) => Input }
  : { readonly input: (parameters: ParametersOf<S>, trial: TrialInfo) => Input }

/** What `sweep` takes. */
export interface SweepOptions<S extends Space, Report> {
  /** What the parameters can be. */
  readonly space: S
  /** The property of the trials' reports that is made better. Of a trial, its best counts. */
  readonly metric: NumericKey<Report>
  /** Whether a larger metric is better. */
  readonly direction: Direction
  /** The property of the reports that says how far a trial is. Default `'step'`; reports without it are counted. */
  readonly step?: NumericKey<Report>
  /** How parameters are chosen. Default `tpe()`. */
  readonly sampler?: Sampler
  /** Which trials are stopped early. Default `none()`. */
  readonly pruner?: Pruner
  /** How many trials there are at most, those of earlier sessions included. Default: until a stop rule says so. */
  readonly trials?: number
  /**
   * How many trials live at a time. Default: `availableParallelism() + 1`, so that one waits for a thread rather than a
   * thread for one.
   */
  readonly concurrency?: number
  /** When the sweep is over before that. */
  readonly stop?: StopRule | readonly StopRule[]
  /**
   * A file that keeps the study: each start, report and end of a trial is appended and synced. If it is there already, the
   * sweep goes on from it. One process at a time; a lock lies beside it, `<file>.lock`.
   */
  readonly storage?: string
  /** What is done about trials that ran when an earlier session died or was cancelled. Default `'rerun'`. */
  readonly interrupted?: 'rerun' | 'drop'
  /** How long an attempt of a trial may run, in milliseconds; then it is stopped and has failed (`timeout`). */
  readonly trialTimeoutMs?: number
  /** How long a stopped trial may clean up before force. Default: its definition's. */
  readonly trialGraceMs?: number
  /** What is done about failed trials: for all, or by how they failed. Default `'worst'`. */
  readonly failures?: FailurePolicy | Partial<Readonly<Record<FailureKind, FailurePolicy>>>
  /** How many more times a trial is tried where the policy is `retry`. Default 1. */
  readonly retries?: number
  /**
   * How many steps a trial takes that isn't stopped: at its last one it isn't stopped any more, and what was saved is
   * estimated by it. Default: unknown, and the most steps that one took.
   */
  readonly maxSteps?: number
  /** Name of the study, and of the run of `sweep(runtime, …)`. Default: made from the trial's. */
  readonly name?: string
  /** Its abort cancels the sweep. */
  readonly signal?: AbortSignal
}

/** The options, filled in. */
export interface ResolvedOptions {
  readonly space: Space
  readonly metric: string
  readonly direction: Direction
  readonly stepKey: string
  readonly sampler: Sampler
  readonly pruner: Pruner
  readonly trials: number
  readonly concurrency: number
  readonly rules: readonly StopRule[]
  readonly storage: string | undefined
  readonly interrupted: 'rerun' | 'drop'
  readonly trialTimeoutMs: number | undefined
  readonly trialGraceMs: number | undefined
  readonly failures: Readonly<Record<FailureKind, FailurePolicy>>
  readonly retries: number
  readonly maxSteps: number | undefined
  readonly name: string | undefined
  readonly signal: AbortSignal | undefined
  readonly input: (parameters: never, trial: TrialInfo) => unknown
}

type AnyOptions = Partial<SweepOptions<Space, Record<string, number>>> & {
  readonly input?: (parameters: never, trial: TrialInfo) => unknown
}

const SWEEP_OPTIONS: ReadonlySet<string> = new Set<keyof AnyOptions>([
  'space',
  'metric',
  'direction',
  'step',
  'sampler',
  'pruner',
  'trials',
  'concurrency',
  'stop',
  'storage',
  'interrupted',
  'trialTimeoutMs',
  'trialGraceMs',
  'failures',
  'retries',
  'maxSteps',
  'name',
  'signal',
  'input',
])
const FAILURES: readonly FailureKind[] = ['error', 'lost', 'timeout', 'notFinite', 'noMetric']
const POLICIES: ReadonlySet<unknown> = new Set(['worst', 'retry', 'fail'])

/** Fills in the defaults; throws an `ActionInputError` that names the wrong option. */
export function resolveSweepOptions(options: unknown): ResolvedOptions {
  const of = 'sweep'
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(`${of} was given ${describeValue(options)}, but needs an object of options`)
  }
  refuseUnknown(options, SWEEP_OPTIONS, of)
  const given = options as AnyOptions
  const {
    metric,
    direction,
    step = 'step',
    sampler = tpe(),
    pruner = none(),
    stop = [],
    input,
    storage,
  } = given
  checkDirection(direction, of)
  if (typeof sampler?.start !== 'function') throw wrong('sampler', sampler, 'made by tpe(), random(), …')
  checkPruner(pruner, of)
  const rules: readonly StopRule[] = Array.isArray(stop) ? stop : [stop]
  for (const rule of rules) {
    if (typeof rule?.start !== 'function')
      throw wrong('stop', rule, 'rules made by target(), plateau(), timeLimit(), …')
  }
  if (storage !== undefined && (typeof storage !== 'string' || storage === '')) {
    throw wrong('storage', storage, 'the path of a file')
  }
  if (input !== undefined && typeof input !== 'function')
    throw wrong('input', input, 'a function of the parameters')
  const interrupted = given.interrupted ?? 'rerun'
  if (interrupted !== 'rerun' && interrupted !== 'drop') {
    throw wrong('interrupted', interrupted, "'rerun' or 'drop'")
  }
  const trials = count(given.trials ?? Infinity, of, 'trials', 1)
  if (trials === Infinity && rules.length === 0 && sampler.name !== 'grid') {
    throw new ActionInputError(`${of} would never end: give it 'trials', or a rule to 'stop' by`)
  }
  const { trialTimeoutMs, trialGraceMs, maxSteps } = given
  return {
    space: given.space as Space,
    metric: text('metric', metric),
    direction,
    stepKey: text('step', step),
    sampler,
    pruner,
    trials,
    concurrency: count(given.concurrency ?? availableParallelism() + 1, of, 'concurrency', 1),
    rules,
    storage,
    interrupted,
    trialTimeoutMs:
      trialTimeoutMs === undefined ? undefined : milliseconds(trialTimeoutMs, of, 'trialTimeoutMs'),
    trialGraceMs: trialGraceMs === undefined ? undefined : milliseconds(trialGraceMs, of, 'trialGraceMs'),
    failures: resolveFailures(given.failures),
    retries: count(given.retries ?? 1, of, 'retries', 0),
    maxSteps: maxSteps === undefined ? undefined : count(maxSteps, of, 'maxSteps', 1),
    name: given.name === undefined ? undefined : text('name', given.name),
    signal: given.signal,
    input: input ?? ((parameters) => parameters),
  }
}

function resolveFailures(failures: AnyOptions['failures'] = 'worst'): ResolvedOptions['failures'] {
  const policyOf = (kind: FailureKind): FailurePolicy => {
    const policy = typeof failures === 'string' ? failures : (failures?.[kind] ?? 'worst')
    if (POLICIES.has(policy)) return policy
    throw wrong(
      typeof failures === 'string' ? 'failures' : `failures.${kind}`,
      policy,
      "'worst', 'retry' or 'fail'",
    )
  }
  if (typeof failures === 'object') {
    const unknown = Object.keys(failures).find((kind) => !FAILURES.includes(kind as FailureKind))
    if (unknown !== undefined) {
      throw new ActionInputError(
        `sweep: the option 'failures' names '${unknown}', but trials fail by ${FAILURES.join(', ')}`,
      )
    }
  }
  return Object.fromEntries(FAILURES.map((kind) => [kind, policyOf(kind)])) as ResolvedOptions['failures']
}

function text(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw wrong(option, value, "a text that isn't empty")
}

function wrong(option: string, value: unknown, wanted: string): ActionInputError {
  return new ActionInputError(
    `sweep: the option '${option}' is ${describeValue(value)}, but must be ${wanted}`,
  )
}
