// The options of `sweep`, checked and filled in.

import { availableParallelism } from 'node:os'
import { checkCount, checkMilliseconds } from '../checks/check-number.js'
import { refuseUnknown } from '../checks/refuse-unknown.js'
import { wrongOption } from '../checks/wrong-value.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import { describeValue } from '../protocol/values/describe-value.js'
import { resolveCheckpoints, type ResolvedCheckpoints } from './trials/checkpoint-options.js'
import { resolveLoggers, type SweepLogger } from './loggers.js'
import { checkSeveral, resolveMetrics, type Constraints, type MetricDirection } from './results/metrics.js'
import type { FailurePolicy, SweepOptions, TrialInfo, TrialListener } from './options.js'
import type { ParametersOf, Space } from './space/parameter.js'
import type { Direction, Objective } from './results/progress.js'
import { checkPruner, none, type Pruner } from './pruners/pruner.js'
import { auto } from './samplers/auto.js'
import type { Sampler } from './samplers/sampler.js'
import type { StopRule } from './stop-rules.js'
import type { FailureKind } from './trials/trial.js'
import { resolveWarmStart, type EarlierTrial } from './warm-start.js'

/** The options, filled in. */
export interface ResolvedOptions {
  readonly space: Space
  /** At least one. */
  readonly metrics: readonly MetricDirection[]
  /** The first of them. */
  readonly metric: string
  readonly direction: Direction
  readonly constraints: Constraints | undefined
  readonly objective: Objective
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
  /** For a trial whose thread was lost for an unknown cause. */
  readonly lostByUnknown: FailurePolicy
  readonly retries: number
  readonly maxSteps: number | undefined
  readonly checkpoints: ResolvedCheckpoints
  readonly name: string | undefined
  readonly signal: AbortSignal | undefined
  /** Checked against the space by the ledger. */
  readonly start: readonly unknown[]
  readonly fixed: unknown
  readonly warmStart: string | readonly EarlierTrial[] | undefined
  readonly onTrial: TrialListener<never> | undefined
  readonly onBest: TrialListener<never> | undefined
  readonly loggers: readonly SweepLogger[]
  readonly input: (parameters: ParametersOf<Space>, trial: TrialInfo) => unknown
}

type AnyOptions = Partial<Omit<SweepOptions<Space, Record<string, number>>, 'objective' | 'metric'>> & {
  readonly metric?: string | object | undefined
  readonly objective?: Objective | undefined
  readonly input?: ((parameters: ParametersOf<Space>, trial: TrialInfo) => unknown) | undefined
}

const SWEEP_OPTIONS: ReadonlySet<string> = new Set<keyof AnyOptions>([
  'space',
  'metric',
  'objective',
  'constraints',
  'direction',
  'step',
  'sampler',
  'pruner',
  'start',
  'fixed',
  'warmStart',
  'onTrial',
  'onBest',
  'loggers',
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
  'checkpoints',
  'name',
  'signal',
  'input',
])
const FAILURES: readonly FailureKind[] = ['error', 'lost', 'timeout', 'notFinite', 'noMetric']
const OBJECTIVES: ReadonlySet<unknown> = new Set(['best', 'last', 'returned'])
const POLICIES: ReadonlySet<unknown> = new Set(['worst', 'retry', 'fail'])

const OF = 'sweep'

/** Fills in the defaults; throws an `ActionInputError` that names the wrong option. */
export function resolveSweepOptions(options: unknown): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(`${OF} was given ${describeValue(options)}, but needs an object of options`)
  }
  refuseUnknown(options, SWEEP_OPTIONS, OF)
  const given = options as AnyOptions
  const { objective = 'best' } = given
  if (!OBJECTIVES.has(objective)) {
    throw wrongOption(OF, 'objective', objective, "'best', 'last' or 'returned'")
  }
  const metrics = resolveMetrics(given)
  const [{ name: metric, direction }] = metrics as [MetricDirection]
  const { constraints } = given
  if (constraints !== undefined && typeof constraints !== 'function')
    throw wrongOption(OF, 'constraints', constraints, 'a function of numbers that returns numbers')
  const { step = 'step', sampler = auto(), pruner = none(), input, storage } = given
  if (typeof sampler?.start !== 'function')
    throw wrongOption(OF, 'sampler', sampler, 'made by tpe(), random(), …')
  checkPruner(pruner, OF)
  const rules = resolveRules(given.stop)
  checkSeveral(metrics, { sampler, pruner, rules, onBest: given.onBest })
  if (storage !== undefined && (typeof storage !== 'string' || storage === '')) {
    throw wrongOption(OF, 'storage', storage, 'the path of a file')
  }
  if (input !== undefined && typeof input !== 'function')
    throw wrongOption(OF, 'input', input, 'a function of the parameters')
  const interrupted = given.interrupted ?? 'rerun'
  if (interrupted !== 'rerun' && interrupted !== 'drop') {
    throw wrongOption(OF, 'interrupted', interrupted, "'rerun' or 'drop'")
  }
  const trials = checkCount(given.trials ?? Infinity, OF, 'trials', 1)
  if (trials === Infinity && rules.length === 0 && sampler.name !== 'grid' && pruner.isBounded !== true) {
    throw new ActionInputError(`${OF} would never end: give it 'trials', or a rule to 'stop' by`)
  }
  const { maxSteps } = given
  return {
    space: given.space as Space,
    metrics,
    metric,
    direction,
    constraints,
    objective,
    stepKey: text('step', step),
    sampler,
    pruner,
    trials,
    concurrency: checkCount(given.concurrency ?? availableParallelism() + 1, OF, 'concurrency', 1),
    rules,
    storage,
    interrupted,
    trialTimeoutMs: millisecondsIfGiven('trialTimeoutMs', given.trialTimeoutMs),
    trialGraceMs: millisecondsIfGiven('trialGraceMs', given.trialGraceMs),
    failures: resolveFailures(given.failures),
    lostByUnknown: typeof given.failures === 'string' ? given.failures : (given.failures?.lost ?? 'retry'),
    retries: checkCount(given.retries ?? 1, OF, 'retries', 0),
    maxSteps: maxSteps === undefined ? pruner.maxSteps : checkCount(maxSteps, OF, 'maxSteps', 1),
    checkpoints: resolveCheckpoints(given.checkpoints, OF),
    name: given.name === undefined ? undefined : text('name', given.name),
    signal: given.signal,
    start: resolveStart(given.start, trials),
    fixed: given.fixed,
    warmStart: resolveWarmStart(given.warmStart),
    onTrial: resolveListener('onTrial', given.onTrial),
    onBest: resolveListener('onBest', given.onBest),
    loggers: resolveLoggers(given.loggers, OF),
    input: input ?? ((parameters) => parameters),
  }
}

function resolveRules(stop: AnyOptions['stop'] = []): readonly StopRule[] {
  const rules: readonly StopRule[] = Array.isArray(stop) ? stop : [stop]
  for (const rule of rules) {
    if (typeof rule?.start !== 'function')
      throw wrongOption(OF, 'stop', rule, 'rules made by target(), plateau(), timeLimit(), …')
  }
  return rules
}

function resolveStart(start: readonly unknown[] = [], trials: number): readonly unknown[] {
  if (!Array.isArray(start)) throw wrongOption(OF, 'start', start, 'an array of points')
  if (start.length > trials) {
    throw new ActionInputError(
      `${OF}: the option 'start' has ${start.length} points, but there are only ${trials} trials: give it more 'trials'`,
    )
  }
  return start
}

function resolveListener(option: string, listener: unknown): TrialListener<never> | undefined {
  if (listener === undefined || typeof listener === 'function')
    return listener as TrialListener<never> | undefined
  throw wrongOption(OF, option, listener, 'a function of a trial')
}

function millisecondsIfGiven(option: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : checkMilliseconds(value, OF, option)
}

function resolveFailures(failures: AnyOptions['failures'] = 'worst'): ResolvedOptions['failures'] {
  if (typeof failures !== 'string' && (typeof failures !== 'object' || failures === null)) {
    throw wrongOption(
      OF,
      'failures',
      failures,
      "'worst', 'retry' or 'fail', or one of these by kind of failure",
    )
  }
  const policyOf = (kind: FailureKind): FailurePolicy => {
    const policy = typeof failures === 'string' ? failures : (failures[kind] ?? 'worst')
    if (POLICIES.has(policy)) return policy
    throw wrongOption(
      OF,
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
  throw wrongOption(OF, option, value, "a text that isn't empty")
}
