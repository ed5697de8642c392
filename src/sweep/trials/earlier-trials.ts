// What another study has found, for a sampler to begin with: read from its file, or from trials; what doesn't fit into the
// space is told apart, and why.

import { isDeepStrictEqual } from 'node:util'
import type { ActionContext } from '../../context.js'
import { cutText, describeValue, messageOf } from '../../protocol/values/describe-value.js'
import { entryOf, type Entries } from '../space/check-space.js'
import type { Dimensions } from '../space/dimensions.js'
import { isValueOf, isWholePoint, readKnownPoint } from '../space/known-point.js'
import type { ResolvedOptions } from '../resolve-options.js'
import type { FlatParameters } from '../results/progress.js'
import { restoreNumbers } from '../storage/replay-study.js'
import { readStudyLines } from '../storage/read-study.js'
import type { StudyLine } from '../storage/study-lines.js'
import type { StudyFile } from '../storage/study-file.js'
import type { TrialLedger } from './trial-ledger.js'
import { evaluateConstraints, numbersAt } from '../results/metrics.js'
import { violationOf } from './violation.js'
import { isBetterMeasured } from './trial.js'
import type { EarlierTrial } from '../warm-start.js'

const LONGEST_WARNING = 4096

/** Tells the sampler what another study has found, unless an earlier session was told already. */
export async function tellEarlierTrials(
  { dimensions, options, proposals }: TrialLedger,
  study: string,
  log: ActionContext['log'],
  file: StudyFile | undefined,
): Promise<void> {
  if (options.warmStart === undefined || proposals.earlierTrials > 0) return
  const misfits: string[] = []
  for (const trial of await readEarlierTrials(options.warmStart, dimensions, options)) {
    if ('misfit' in trial) {
      misfits.push(`${trial.name} (${trial.misfit})`)
      continue
    }
    const { name, flat, ...observation } = trial
    const differs = proposals.tellEarlier(flat, observation)
    if (differs !== undefined) {
      misfits.push(`${name} (${differs})`)
      continue
    }
    const { value = null, constraints, ...rest } = observation
    file?.append({
      type: 'earlier',
      parameters: flat,
      ...rest,
      value,
      ...(constraints && { constraints: constraints.map((one) => (Number.isFinite(one) ? one : null)) }),
      at: Date.now(),
    })
  }
  const begins = `sweep '${study}' begins with ${proposals.earlierTrials} trials of its warm start`
  if (misfits.length === 0) log.info(begins)
  else log.warn(cutText(`${begins}; ${misfits.length} don't fit: ${misfits.join(', ')}`, LONGEST_WARNING))
}

/** An ended trial of another study, or why it can't be used. */
type ReadTrial =
  | {
      readonly name: string
      readonly flat: FlatParameters
      readonly value: number | undefined
      /** Where there are several metrics. */
      readonly values?: readonly number[]
      readonly constraints?: readonly number[]
      readonly complete: boolean
      readonly step: number
    }
  | { readonly name: string; readonly misfit: string }

/** The ended trials of a file or an array. @throws `SweepStorageError` for a file that can't be read. */
async function readEarlierTrials(
  source: string | readonly EarlierTrial[],
  dimensions: Dimensions,
  options: ResolvedOptions,
): Promise<ReadTrial[]> {
  if (typeof source === 'string') return readStored(await readStudyLines(source), dimensions, options)
  return source.flatMap((trial, at) => readGiven(trial, at, dimensions, options))
}

function readGiven(
  trial: EarlierTrial,
  at: number,
  dimensions: Dimensions,
  { metrics }: ResolvedOptions,
): ReadTrial[] {
  const { parameters, value, constraints, state = 'completed', step = 0 } = trial
  if (state === 'running' || state === 'paused' || state === 'interrupted') return []
  const { number } = trial as { readonly number?: unknown }
  const name = typeof number === 'number' ? `trial ${number}` : `trial [${at}]`
  try {
    const flat = readKnownPoint(dimensions, parameters, name)
    if (!isWholePoint(dimensions, flat)) return [{ name, misfit: 'it lacks some of the parameters' }]
    const isFailed = state === 'failed'
    const values = numbersAt(trial.values ?? {}, metrics)
    if (metrics.length > 1 && values === undefined && state === 'completed')
      return [
        { name, misfit: `it has no values of ${metrics.map((metric) => `'${metric.name}'`).join(', ')}` },
      ]
    return [
      {
        name,
        flat,
        value: isFailed || metrics.length > 1 ? undefined : value,
        ...(metrics.length > 1 && !isFailed && values && { values: Object.values(values) }),
        ...(constraints && { constraints }),
        complete: state === 'completed',
        step,
      },
    ]
  } catch (error) {
    return [{ name, misfit: messageOf(error).replace(`${name}: `, '') }]
  }
}

/** A trial of a file, as its lines are gone through. */
interface StoredTrial {
  flat: FlatParameters
  value: number | undefined
  /** Of several metrics, in their order. */
  values: readonly number[] | undefined
  constraints: readonly number[]
  step: number
  end: (StudyLine & { readonly type: 'end' }) | undefined
}

function readStored(
  lines: readonly StudyLine[],
  dimensions: Dimensions,
  options: ResolvedOptions,
): ReadTrial[] {
  const trials = new Map<number, StoredTrial>()
  for (const line of lines) {
    if (line.type === 'start') {
      trials.set(line.trial, { flat: line.parameters, ...NO_VALUES, step: 0, end: undefined })
    } else if (line.type === 'report' || line.type === 'end') {
      const trial = trials.get(line.trial)
      if (trial === undefined) continue
      takeNumbers(trial, line, options)
      if (line.type === 'end') trial.end = line
    }
  }
  const constants = constantsOf(dimensions.space, '')
  return [...trials].flatMap(([number, { flat, value, values, constraints, step, end }]): ReadTrial[] => {
    if (end === undefined || end.state === 'interrupted') return []
    const name = `trial ${number}`
    const misfit = findMisfit(dimensions, constants, flat)
    if (misfit !== undefined) return [{ name, misfit }]
    const isFailed = end.state === 'failed'
    if ((value ?? values) === undefined && !isFailed && end.state === 'completed') {
      const wanted = options.metrics.map((metric) => `'${metric.name}'`).join(' and ')
      return [{ name, misfit: `it has no number ${wanted}` }]
    }
    const known = Object.fromEntries(Object.entries(flat).filter(([key]) => !constants.has(key)))
    return [
      {
        name,
        flat: known,
        value: isFailed ? undefined : value,
        ...(values && !isFailed && { values }),
        ...(constraints.length > 0 && { constraints }),
        complete: end.state === 'completed',
        step,
      },
    ]
  })
}

function takeNumbers(
  trial: StoredTrial,
  line: StudyLine & { readonly type: 'report' | 'end' },
  { metrics, metric, direction, objective, constraints }: ResolvedOptions,
): void {
  if (line.type === 'report') trial.step = Math.max(trial.step, line.step)
  if (objective === 'returned' && line.type === 'report') return
  const numbers = restoreNumbers(line.numbers)
  const values = numbersAt(numbers, metrics)
  if (values === undefined || !Object.values(values).every(Number.isFinite)) return
  const now = {
    value: values[metric] as number,
    constraints: constraints === undefined ? [] : evaluateConstraints(constraints, numbers),
  }
  if (metrics.length > 1) {
    // As in a sweep: what was returned counts where nothing was reported.
    if (line.type === 'end' && trial.values !== undefined) return
    trial.values = Object.values(values)
    trial.constraints = now.constraints
    return
  }
  const judged = { value: now.value, violation: violationOf(now.constraints) }
  const before =
    trial.value === undefined ? undefined : { value: trial.value, violation: violationOf(trial.constraints) }
  if (objective !== 'best' || isBetterMeasured(judged, before, direction)) Object.assign(trial, now)
}

const NO_VALUES = { value: undefined, values: undefined, constraints: [] } as const

/** Why values by name aren't a point of the space; `undefined` if they are one. */
function findMisfit(
  dimensions: Dimensions,
  constants: ReadonlyMap<string, unknown>,
  flat: FlatParameters,
): string | undefined {
  const left = new Set(Object.keys(flat))
  let misfit: string | undefined
  dimensions.build((dimension) => {
    const { name } = dimension
    left.delete(name)
    const value = Object.hasOwn(flat, name) ? flat[name] : undefined
    const index = dimension.kind === 'choice' && value !== undefined ? dimension.values.indexOf(value) : -1
    const fits = dimension.kind === 'choice' ? index !== -1 : isValueOf(dimension.parameter, value)
    if (!fits)
      misfit ??= value === undefined ? `it has no '${name}'` : `its '${name}' is ${describeValue(value)}`
    return dimension.kind === 'choice' ? index : 0.5
  })
  for (const name of left) {
    if (constants.has(name) && isDeepStrictEqual(constants.get(name), flat[name])) continue
    misfit ??= `its '${name}' (${describeValue(flat[name])}) isn't in the space`
  }
  return misfit
}

/** The constants of a space by name. */
function constantsOf(space: Entries, prefix: string): Map<string, unknown> {
  const constants = new Map<string, unknown>()
  for (const [key, given] of Object.entries(space)) {
    const entry = entryOf(given)
    if (entry.kind === 'constant') constants.set(prefix + key, entry.value)
    if (entry.kind !== 'group') continue
    for (const [name, value] of constantsOf(entry.entries, `${prefix}${key}.`)) constants.set(name, value)
  }
  return constants
}
