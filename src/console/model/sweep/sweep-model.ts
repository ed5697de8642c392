// A run seen as a search: the actions that report numbers are its trials, what differs in their inputs its parameters, one
// of the numbers its metric. A sweep says itself what is what; of any other run it is guessed, and can be changed.

import type { Json } from '../../../control/api.js'
import { choicePlace, place, scaleOfValues, type Scale } from '../../../sweep/page/scales.js'
import { metricName } from '../../../sweep/page/words.js'
import { readSweepReport, type SweepReport } from '../../../sweep/results/read-progress.js'
import { typeOf } from '../words/brief-value.js'
import { NONE, type ActionTable } from '../runs/action-table.js'
import { FIRST_TERMINAL, phaseCode, runtimePhaseOf } from '../words/phases.js'
import type { Curve, ReportedSeries } from './reported-series.js'
import type { Phase } from '../../../protocol/outcome.js'
import { ranksOf } from '../../../sweep/page/parameter-sections.js'
import type { TrialState } from '../../../sweep/results/progress.js'
import { numberOf, stateOf } from './trial-state.js'

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
  /** In the sweep; of other runs, its place among those that reported. */
  readonly number: number
  readonly row: number
  readonly phase: Phase
  readonly state: TrialState
  /** Its metric over the steps. */
  readonly curve: Curve
  readonly best: number
  readonly last: number
  /** Which of both counts; NaN if there is none. */
  readonly value: number
  /** Where the sweep has several metrics: the last value of each, if it has them all. */
  readonly values: Readonly<Record<string, number>> | undefined
  /** 0 for the worst, 1 for the best, as in the report of a sweep. */
  readonly rank: number
  readonly lastStep: number
  /** When it reported last. */
  readonly lastAt: number
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
  /** How many trials stand how, those included that haven't reported yet, where the sweep itself says so. */
  readonly counts: Readonly<Partial<Record<TrialState, number>>>
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
  const told = new Map(description?.rows.map((row) => [row.action, row.state]))
  const gathered: Trial[] = []
  if (metric !== undefined) {
    for (const [id, series] of reported) {
      const row = table.rowOf(id)
      const curve = series.curves.get(metric.field)
      if (studies.has(id) || row === NONE || curve === undefined) continue
      gathered.push(
        toTrial(table, row, series, curve, metric, gathered.length + 1, description, told.get(id)),
      )
    }
  }
  const trials = metric === undefined ? [] : ranked(joined(gathered, metric), metric)
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
    counts: toldCounts(table, description) ?? countStates(trials),
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
    label: metricName(field === '' ? 'value' : field, direction),
    kind: 'number',
    low: isMax ? low : high,
    high: isMax ? high : low,
    isLog: log,
    choices: [],
  }
}

/** The scale of the best values of trials. */
function valueScale(trials: readonly Trial[], direction: Metric['direction']): Scale {
  return scaleOfValues(
    trials.map(({ value }) => value),
    direction,
  )
}

/** The scale of all that the trials reported. */
export function curveScale(trials: readonly Trial[], direction: Metric['direction'], isLog: boolean): Scale {
  const values = trials.flatMap(({ curve }) => curve.value)
  const scale = scaleOfValues(values, direction)
  if (!isLog || scale.log === true) return scale
  const least = values.reduce((low, value) => (value > 0 && value < low ? value : low), Infinity)
  return scale.high > least ? { low: Math.max(scale.low, least), high: scale.high, log: true } : scale
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
  nth: number,
  description: SweepReport | undefined,
  /** What the sweep itself says of it. */
  told: TrialState | undefined,
): Trial {
  const details = table.details.get(row)
  const name = table.names[row]!
  const number = numberOf(name) ?? nth
  const values = Object.keys(description?.metrics ?? {}).map(
    (field) => [field, series.curves.get(field)?.value.at(-1)] as const,
  )
  const isMeasured = values.length > 0 && values.every(([, value]) => value !== undefined)
  return {
    id: series.id,
    name,
    number,
    row,
    phase: runtimePhaseOf(table.phase[row]!),
    state: told ?? stateOf(series.id, runtimePhaseOf(table.phase[row]!), details?.reason),
    ...measuresOf(curve, metric, description?.objective),
    values: isMeasured ? (Object.fromEntries(values) as Record<string, number>) : undefined,
    rank: 0,
    parameters: series.input === undefined ? new Map() : flatten(series.input.value),
    remark: details?.reason?.message ?? details?.error?.message ?? '',
  }
}

type Measures = Pick<Trial, 'curve' | 'best' | 'last' | 'value' | 'lastStep' | 'lastAt'>

function measuresOf(curve: Curve, metric: Metric, objective: SweepReport['objective']): Measures {
  let best = Number.NaN
  for (const value of curve.value) if (isBetter(value, best, metric)) best = value
  const last = curve.value.at(-1) ?? Number.NaN
  const lastStep = curve.step.at(-1) ?? 0
  const value = objective === 'last' || objective === 'returned' ? last : best
  return { curve, best, last, value, lastStep, lastAt: curve.at.at(-1) ?? Number.NaN }
}

/** A trial that was tried again, or went on, is several actions of the same name: the last of them, with what came before. */
function joined(trials: readonly Trial[], metric: Metric): Trial[] {
  const byName = new Map<string, Trial>()
  for (const trial of trials) {
    const earlier = numberOf(trial.name) === undefined ? undefined : byName.get(trial.name)
    if (earlier === undefined) {
      byName.set(byName.has(trial.name) ? `${trial.name} ${trial.id}` : trial.name, trial)
      continue
    }
    const first = trial.curve.step[0] ?? Infinity
    const kept = earlier.curve.step.filter((step) => step < first).length
    const curve = {
      at: [...earlier.curve.at.slice(0, kept), ...trial.curve.at],
      step: [...earlier.curve.step.slice(0, kept), ...trial.curve.step],
      value: [...earlier.curve.value.slice(0, kept), ...trial.curve.value],
    }
    const objective = trial.value === trial.last ? 'last' : undefined
    byName.set(trial.name, { ...trial, ...measuresOf(curve, metric, objective) })
  }
  return [...byName.values()]
}

/** With their ranks. */
function ranked(trials: readonly Trial[], { direction }: Metric): Trial[] {
  const rows = trials
    .filter(({ value, state }) => !Number.isNaN(value) && state !== 'failed')
    .map(({ number, state, value, lastStep }) => ({ number, state, value, step: lastStep }))
  const ranks = ranksOf(rows, direction)
  return trials.map((trial) => ({ ...trial, rank: ranks.get(trial.number) ?? 0 }))
}

/** What a sweep says of itself; `undefined` where it has ended without its last word, and they stand otherwise by now. */
function toldCounts(
  table: ActionTable,
  description: SweepReport | undefined,
): SweepModel['counts'] | undefined {
  const counts = description?.counts
  if (counts === undefined) return undefined
  const isLive = table.tops.some((row) => !table.hasEnded(row))
  return isLive || counts.running + counts.paused === 0 ? counts : undefined
}

function countStates(trials: readonly Trial[]): Partial<Record<TrialState, number>> {
  const counts: Partial<Record<TrialState, number>> = {}
  for (const { state } of trials) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

function bestOf(trials: readonly Trial[], metric: Metric): Trial | undefined {
  let best: Trial | undefined
  for (const trial of trials) {
    if (trial.state === 'failed' || Number.isNaN(trial.value)) continue
    if (best === undefined || isBetter(trial.value, best.value, metric)) best = trial
  }
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
    if (parameter?.kind !== 'choice' && all.every((value) => typeof value === 'number')) {
      const low = parameter?.low ?? Math.min(...all)
      const high = parameter?.high ?? Math.max(...all)
      const isLog = parameter === undefined ? low > 0 && high / low >= 50 : parameter.log === true
      return { name, label, kind: 'number', low, high, isLog, choices: [] }
    }
    const choices =
      parameter?.values?.map(String) ??
      all.map(String).toSorted((left, right) => left.localeCompare(right, 'en', { numeric: true }))
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
