// A run seen as a search: the actions that report numbers are its trials, what differs in their inputs its parameters, one
// of the numbers its metric. A sweep says itself what is what; of any other run it is guessed, and can be changed.

import type { Json } from '../../control/api.js'
import { choicePlace, place, scaleOfValues, type Scale } from '../../sweep/page/scales.js'
import { metricName } from '../../sweep/page/words.js'
import { readSweepReport, type SweepReport } from '../../sweep/read-progress.js'
import { typeOf } from './brief-value.js'
import { NONE, type ActionTable } from './action-table.js'
import { FIRST_TERMINAL, phaseCode, runtimePhaseOf } from './phases.js'
import type { Curve, ReportedSeries } from './reported-series.js'
import type { Phase } from '../../protocol/outcome.js'

/** Which number is looked at, and whether more of it is better. */
export interface Metric {
  readonly field: string
  readonly direction: 'minimize' | 'maximize'
}

/** One value of a parameter. */
export type ParameterValue = number | string | boolean

/** One trial. */
export interface Trial {
  readonly id: string
  readonly name: string
  readonly row: number
  readonly phase: Phase
  /** Its metric over the steps. */
  readonly curve: Curve
  readonly best: number
  readonly last: number
  readonly lastStep: number
  readonly parameters: ReadonlyMap<string, ParameterValue>
  /** Why it was stopped or failed, in a line. */
  readonly remark: string
}

/** An axis for one parameter, or for the metric. */
export interface ParameterAxis {
  readonly name: string
  /** What stands above it: the end of its path. */
  readonly label: string
  readonly kind: 'number' | 'choice'
  readonly low: number
  readonly high: number
  readonly isLog: boolean
  readonly choices: readonly string[]
}

/** The search. */
export interface SweepModel {
  readonly metric: Metric | undefined
  /** Numbers that could be the metric. */
  readonly fields: readonly string[]
  readonly trials: readonly Trial[]
  readonly axes: readonly ParameterAxis[]
  readonly best: Trial | undefined
  readonly stopped: number
  readonly stepsSpent: number
  /** Steps that the stopped trials would have taken, had they gone on as far as the longest. */
  readonly stepsSaved: number
  readonly longest: number
  /** What a step is called: `epoch`, if the reports say so. */
  readonly stepName: 'epoch' | 'step'
  readonly description: SweepReport | undefined
}

const BETTER_IF_MORE = /acc|score|reward|auc|f1|precision|recall|r2|return|bleu|throughput|win/i
const STEP_FIELD = /^(?:.*\.)?(?:step|epoch|iteration|batch|trial)$/i
const COUNTING_NAME = /(?:^|\.)(?:trial|id|index|number|run|seed)$/i

/** Builds the search out of what was reported. `wanted` is what somebody has chosen. */
export function buildSweep(
  table: ActionTable,
  reported: ReadonlyMap<string, ReportedSeries>,
  wanted: Partial<Metric>,
): SweepModel {
  const description = findDescription(table)
  const studies = new Set<string>()
  const counts = new Map<string, number>()
  for (const [id, { curves }] of reported) {
    // The study reports, too: how the whole goes, which isn't a trial's metric.
    if (curves.has('stepsSpent') && curves.has('trialsPerSecond')) studies.add(id)
    else for (const field of curves.keys()) counts.set(field, (counts.get(field) ?? 0) + 1)
  }
  const fields = [...counts.entries()]
    .filter(([field]) => !STEP_FIELD.test(field))
    .toSorted(([left, many], [right, fewer]) => fewer - many || left.localeCompare(right))
    .map(([field]) => field)
  const metric = chooseMetric(fields, description, wanted)
  const trials: Trial[] = []
  if (metric !== undefined) {
    for (const [id, series] of reported) {
      const row = table.rowOf(id)
      const curve = series.curves.get(metric.field)
      if (studies.has(id) || row === NONE || curve === undefined) continue
      trials.push(toTrial(table, row, series, curve, metric))
    }
  }
  const isOver = (trial: Trial): boolean => phaseCode(trial.phase) >= FIRST_TERMINAL
  const stopped = trials.filter(({ phase }) => phase === 'aborted' || phase === 'aborting')
  const ended = trials.filter((trial) => isOver(trial) && trial.phase === 'succeeded')
  const longest = Math.max(0, ...(ended.length > 0 ? ended : trials).map(({ lastStep }) => lastStep))
  return {
    metric,
    fields,
    trials,
    axes: toAxes(trials, description),
    best: metric && bestOf(trials, metric),
    stopped: stopped.length,
    stepsSpent: description?.stepsSpent ?? trials.reduce((sum, { lastStep }) => sum + lastStep, 0),
    stepsSaved:
      description?.stepsSaved ??
      stopped.reduce((sum, { lastStep }) => sum + Math.max(0, longest - lastStep), 0),
    longest,
    stepName: trials.some(({ row }) => hasEpoch(table, row)) ? 'epoch' : 'step',
    description,
  }
}

function hasEpoch(table: ActionTable, row: number): boolean {
  const value = table.details.get(row)?.lastReport?.value
  return typeof value === 'object' && value !== null && 'epoch' in value
}

/** Whether one value is better than another. */
function isBetter(value: number, than: number, { direction }: Metric): boolean {
  if (Number.isNaN(value)) return false
  if (Number.isNaN(than)) return true
  return direction === 'maximize' ? value > than : value < than
}

/** How the best value of all went up, or down, over time. */
export function bestOverTime(trials: readonly Trial[], metric: Metric): { at: number[]; value: number[] } {
  const points = trials.flatMap(({ curve }) =>
    curve.at.map((at, index) => [at, curve.value[index]!] as const),
  )
  points.sort(([left], [right]) => left - right)
  const at: number[] = []
  const value: number[] = []
  let best = Number.NaN
  for (const [moment, candidate] of points) {
    if (!isBetter(candidate, best, metric)) continue
    best = candidate
    at.push(moment)
    value.push(best)
  }
  return { at, value }
}

/** Where a value is on an axis, from 0 at the bottom to 1 at the top; `undefined` if it isn't there. */
export function placeOn(axis: ParameterAxis, value: ParameterValue | undefined): number | undefined {
  if (value === undefined) return undefined
  if (axis.kind === 'choice') {
    const index = axis.choices.indexOf(String(value))
    return index === -1 ? undefined : choicePlace(index, axis.choices.length)
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  const { low, high, isLog } = axis
  return Math.min(1, Math.max(0, place({ low, high, log: isLog }, value)))
}

/** What a place of an axis stands for. */
export function valueOn({ kind, choices, low, high, isLog }: ParameterAxis, share: number): number | string {
  if (kind === 'choice')
    return choices[Math.min(choices.length - 1, Math.floor(share * choices.length))] ?? ''
  return isLog ? low * (high / low) ** share : low + (high - low) * share
}

/** The axis of the metric, best at the top. What is far worse than the others lies at its lower end. */
export function metricAxis(trials: readonly Trial[], { field, direction }: Metric): ParameterAxis {
  const { low, high, log = false } = valueScale(trials, direction)
  const isMax = direction === 'maximize'
  return {
    name: '',
    label: metricName(`best ${field === '' ? 'value' : field}`, direction),
    kind: 'number',
    low: isMax ? low : high,
    high: isMax ? high : low,
    isLog: log,
    choices: [],
  }
}

/** The scale of the best values of trials. */
export function valueScale(trials: readonly Trial[], direction: Metric['direction']): Scale {
  return scaleOfValues(
    trials.map(({ best }) => best),
    direction,
  )
}

/** The scale of all that the trials reported. */
export function curveScale(trials: readonly Trial[], direction: Metric['direction']): Scale {
  return scaleOfValues(
    trials.flatMap(({ curve }) => curve.value),
    direction,
  )
}

function findDescription(table: ActionTable): SweepReport | undefined {
  for (const [, { lastReport }] of table.details) {
    const report = lastReport && readSweepReport(lastReport.value)
    if (report !== undefined) return report
  }
  return undefined
}

function chooseMetric(
  fields: readonly string[],
  description: SweepReport | undefined,
  wanted: Partial<Metric>,
): Metric | undefined {
  const told =
    description !== undefined && fields.includes(description.metric) ? description.metric : undefined
  const guess = fields.find((field) => BETTER_IF_MORE.test(field)) ?? fields[0]
  const field = wanted.field !== undefined && fields.includes(wanted.field) ? wanted.field : (told ?? guess)
  if (field === undefined) return undefined
  const usual = BETTER_IF_MORE.test(field) ? 'maximize' : 'minimize'
  return { field, direction: wanted.direction ?? (field === told ? description!.direction : usual) }
}

function toTrial(
  table: ActionTable,
  row: number,
  series: ReportedSeries,
  curve: Curve,
  metric: Metric,
): Trial {
  let best = Number.NaN
  for (const value of curve.value) if (isBetter(value, best, metric)) best = value
  const details = table.details.get(row)
  return {
    id: series.id,
    name: table.names[row]!,
    row,
    phase: runtimePhaseOf(table.phase[row]!),
    curve,
    best,
    last: curve.value.at(-1) ?? Number.NaN,
    lastStep: curve.step.at(-1) ?? 0,
    parameters: series.input === undefined ? new Map() : flatten(series.input.value),
    remark: details?.reason?.message ?? details?.error?.message ?? '',
  }
}

function bestOf(trials: readonly Trial[], metric: Metric): Trial | undefined {
  let best: Trial | undefined
  for (const trial of trials) if (best === undefined || isBetter(trial.best, best.best, metric)) best = trial
  return best
}

/** What an input holds, by the path of each plain value. */
function flatten(
  value: Json,
  path = '',
  into: Map<string, ParameterValue> = new Map(),
): Map<string, ParameterValue> {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    if (into.size < 60) into.set(path === '' ? 'input' : path, value)
  } else if (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    typeOf(value) === undefined
  ) {
    for (const [key, item] of Object.entries(value as { readonly [key: string]: Json })) {
      flatten(item, path === '' ? key : `${path}.${key}`, into)
    }
  }
  return into
}

/** An axis for each parameter that isn't the same in all trials, and isn't just their number. */
function toAxes(trials: readonly Trial[], description: SweepReport | undefined): ParameterAxis[] {
  const values = new Map<string, Set<ParameterValue>>()
  for (const { parameters } of trials) {
    for (const [name, value] of parameters) {
      const known = values.get(name)
      if (known === undefined) values.set(name, new Set([value]))
      else known.add(value)
    }
  }
  const told = new Map(description?.parameters.map((parameter) => [parameter.name, parameter]))
  const names = [...values.keys()].filter((name) => {
    const isTold = told.size > 0 && endingOf(name, told) !== undefined
    return isTold || (values.get(name)!.size > 1 && !COUNTING_NAME.test(name))
  })
  const labels = labelsOf(names)
  return names.slice(0, 16).map((name) => {
    const all = [...values.get(name)!]
    const label = labels.get(name) ?? name
    const parameter = endingOf(name, told)
    if (all.every((value) => typeof value === 'number')) {
      const low = parameter?.low ?? Math.min(...all)
      const high = parameter?.high ?? Math.max(...all)
      const isLog = parameter === undefined ? low > 0 && high / low >= 50 : parameter.log === true
      return { name, label, kind: 'number', low, high, isLog, choices: [] }
    }
    const choices = (parameter?.values ?? all)
      .map(String)
      .toSorted((left, right) => left.localeCompare(right, 'en', { numeric: true }))
    return { name, label, kind: 'choice', low: 0, high: 1, isLog: false, choices: choices.slice(0, 40) }
  })
}

/** A sweep's own name for a parameter: an input may hold it deeper down. */
function endingOf<Parameter>(name: string, told: ReadonlyMap<string, Parameter>): Parameter | undefined {
  for (let at = 0; at !== -1; at = name.indexOf('.', at + 1)) {
    const found = told.get(at === 0 ? name : name.slice(at + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** The last part of each path, where that tells them apart; else the whole. */
function labelsOf(names: readonly string[]): Map<string, string> {
  const shortened = names.map((name) => name.slice(name.lastIndexOf('.') + 1))
  return new Map(
    names.map((name, index) => {
      const label = shortened[index]!
      return [name, shortened.indexOf(label) === shortened.lastIndexOf(label) ? label : name]
    }),
  )
}
