// The search as the drawings of the static report take it, and as a table to save.

import { toCSV } from '../../../sweep/results/csv.js'
import { paretoFront } from '../../../sweep/results/pareto.js'
import type { View } from '../../../sweep/page/view.js'
import type { ChoiceValue } from '../../../sweep/space/parameter.js'
import type { ParameterDescription } from '../../../sweep/results/progress.js'
import type { TrialTableRow } from '../../../sweep/results/sweep-result.js'
import type { Metric, ParameterAxis, SweepModel, Trial } from './sweep-model.js'

/** What the drawings are of: all but the curves. */
export type SweepRows = Omit<View, 'trials'>

/** The trials as rows, and those that lead. */
export function toRows(model: SweepModel, metric: Metric): SweepRows {
  const { description, axes, trials } = model
  const rows = trials.map((trial) => rowOf(trial, axes)).toSorted((a, b) => a.number - b.number)
  const metrics = description?.metrics
  return {
    description: {
      study: description?.study ?? '',
      metric: metric.field === '' ? 'value' : metric.field,
      direction: metric.direction,
      ...(metrics !== undefined && { metrics }),
      stepKey: model.stepName,
      parameters: axes.map(describeAxis),
      concurrency: description?.concurrency ?? 1,
      sampler: description?.sampler ?? '',
      pruner: description?.pruner ?? '',
    },
    rows,
    leaders: new Set(metrics === undefined ? [model.best?.number ?? Number.NaN] : frontOf(rows, metrics)),
    count: 1,
  }
}

function frontOf(
  rows: readonly TrialTableRow[],
  metrics: NonNullable<SweepRows['description']['metrics']>,
): number[] {
  const names = Object.keys(metrics)
  return paretoFront(
    rows.filter(({ state }) => state !== 'failed' && state !== 'running'),
    Object.values(metrics),
    ({ values }) => names.map((name) => values?.[name]),
  ).map(({ number }) => number)
}

function rowOf(trial: Trial, axes: readonly ParameterAxis[]): TrialTableRow {
  const { number, state, value, values, lastStep, remark } = trial
  const parameters = axes.flatMap((axis): [string, ChoiceValue][] => {
    const given = trial.parameters.get(axis.name)
    if (given === undefined) return []
    return [[axis.label, axis.kind === 'choice' ? String(given) : given]]
  })
  return {
    number,
    state,
    ...(!Number.isNaN(value) && { value }),
    ...(values !== undefined && { values }),
    step: lastStep,
    attempt: 1,
    threadMs: 0,
    ...(remark !== '' && { reason: remark }),
    parameters: Object.fromEntries(parameters),
    metrics: {},
    notes: [],
    attributes: {},
  }
}

function describeAxis({ label, kind, low, high, isLog, choices }: ParameterAxis): ParameterDescription {
  return kind === 'choice'
    ? { name: label, kind, values: choices }
    : { name: label, kind, low, high, log: isLog }
}

/** The trials as CSV, with the notes that the reader has made on them. */
export function trialsAsCSV(
  { rows, description }: SweepRows,
  trials: readonly Trial[],
  notes: ReadonlyMap<string, string>,
): string {
  const names = description.parameters.map(({ name }) => name)
  const metrics = Object.keys(description.metrics ?? { [description.metric]: description.direction })
  const ids = new Map(trials.map(({ number, name }) => [number, name]))
  const head = ['trial', 'state', ...metrics, description.stepKey, ...names, 'note', 'why']
  const lines = rows.map((row) => [
    row.number,
    row.state,
    ...metrics.map((name) => (description.metrics === undefined ? row.value : row.values?.[name])),
    row.step,
    ...names.map((name) => row.parameters[name]),
    notes.get(ids.get(row.number) ?? ''),
    row.reason,
  ])
  return toCSV([head, ...lines])
}
