// The result of a sweep: the best trial, all trials as rows, the Pareto front, the importance of the parameters and the
// cost. A snapshot: it doesn't change when the sweep goes on.

import { writeFile } from 'node:fs/promises'
import { describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { comparableValues, importanceOf } from './importance.js'
import { directionsOf } from './metrics.js'
import { toCSV } from './csv.js'
import { paretoFront } from './pareto.js'
import type { Direction, FlatParameters, StoppedBy, SweepDescription, TrialState } from './progress.js'
import { checkDirection } from '../check-direction.js'
import type { ChoiceValue } from '../space/parameter.js'
import { violationOf } from '../trials/violation.js'
import type { TrialLedger } from '../trials/trial-ledger.js'
import type { BestTrial, Trial } from '../trials/trial.js'

/** What a sweep has cost, and what stopping trials early has saved. */
export interface SweepCost {
  /** Steps (epochs) of all trials together. */
  readonly steps: number
  /** Steps that trials which were stopped early would have taken; `undefined` if nothing says how many a whole one takes. */
  readonly stepsSaved: number | undefined
  /** Time on threads of all trials together, in seconds. */
  readonly threadSeconds: number
  /** The same of what was saved, at the mean time of a step; an estimate. */
  readonly threadSecondsSaved: number | undefined
}

/** A row of the table of trials: names of parameters (paths, if nested) and of numbers that came with the best value. */
export interface TrialTableRow {
  readonly number: number
  readonly state: TrialState
  readonly value?: number
  readonly values?: Readonly<Record<string, number>>
  readonly constraints?: readonly number[]
  readonly step: number
  readonly attempt: number
  readonly threadMs: number
  readonly reason?: string
  readonly parameters: FlatParameters
  readonly metrics: Readonly<Record<string, number>>
  readonly notes: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A result of which it isn't known whether it is one of several metrics. */
export type AnyResult = SweepResult<unknown, string, string>

/** Makes the page of a result. */
export type RenderPage = (result: AnyResult) => string

/**
 * The result of a sweep. `Metric`: the names of numbers that its trials give; `Several`: those of its metrics, where there are
 * several, `never` if there is one, and `string` if that isn't known.
 */
export class SweepResult<
  Parameters = unknown,
  Metric extends string = string,
  Several extends string = never,
> {
  /** What was searched, and how. */
  readonly description: SweepDescription
  /**
   * The trial with the best metric, stopped ones included, failed ones not; one that violates constraints only if all do.
   * `undefined` if none has one, and in a sweep of several metrics.
   */
  readonly best: BestTrial<Parameters, Several>
  /** All trials, by number. */
  readonly trials: readonly Trial<Parameters, Several>[]
  /** How many trials ended how. */
  readonly counts: Readonly<Record<TrialState, number>>
  /** What ended the sweep before its trials had: a rule, or who asked for it. Of a file, as of its last session. */
  readonly stoppedBy: StoppedBy | undefined
  readonly cost: SweepCost
  readonly #ledger: TrialLedger
  readonly #renderPage: RenderPage
  /** The same trials, whatever they are judged by. */
  readonly #trials: readonly Trial<Parameters, string>[]

  /** @internal Made by a study. */
  constructor(ledger: TrialLedger, study: string, stoppedBy: StoppedBy | undefined, renderPage: RenderPage) {
    this.#ledger = ledger
    this.#renderPage = renderPage
    this.description = ledger.describe(study)
    this.#trials = [...ledger.records.values()]
      .toSorted((a, b) => a.number - b.number)
      .map((record) => record.snapshot(ledger.dimensions.parametersOf(record.flat) as Parameters))
    this.trials = this.#trials
    const best = ledger.best?.number
    this.best = this.#trials.find(({ number }) => number === best) as BestTrial<Parameters, Several>
    this.counts = { ...ledger.counts }
    this.stoppedBy = stoppedBy
    const { stepsSpent, stepsSaved, threadMs } = ledger
    this.cost = {
      steps: stepsSpent,
      stepsSaved,
      threadSeconds: threadMs / 1000,
      threadSecondsSaved:
        stepsSaved === undefined || stepsSpent === 0
          ? undefined
          : (threadMs / 1000 / stepsSpent) * stepsSaved,
    }
  }

  /** The trials as flat rows, for tables. */
  rows(): TrialTableRow[] {
    return this.#trials.map((trial) => ({
      number: trial.number,
      state: trial.state,
      ...(trial.value !== undefined && { value: trial.value }),
      ...(trial.values !== undefined && { values: trial.values }),
      ...(trial.constraints !== undefined && { constraints: trial.constraints }),
      step: trial.step,
      attempt: trial.attempt,
      threadMs: trial.threadMs,
      ...('reason' in trial && { reason: trial.reason }),
      parameters: this.#ledger.dimensions.flatOf(trial.parameters as never),
      metrics: trial.metrics,
      notes: trial.notes,
      attributes: trial.attributes,
    }))
  }

  /**
   * The trials as CSV (RFC 4180) with a header: number, state, value, step, attempt, threadMs, then a column for each
   * parameter, for each other number that trials gave (those of several metrics first), for each constraint, for their attributes and notes, and the reason. What doesn't exist in
   * a trial is empty; an attribute that is an object is JSON.
   */
  toCSV(): string {
    const rows = this.rows()
    const parameters = this.description.parameters.map(({ name }) => name)
    // Those of a sweep of several come first, in its order.
    const several = Object.keys(this.description.metrics ?? {})
    const metrics = [...new Set([...several, ...rows.flatMap((row) => Object.keys(row.metrics))])]
    const constraints = Array.from(
      { length: Math.max(0, ...rows.map((row) => row.constraints?.length ?? 0)) },
      (_, at) => at,
    )
    const own = ['number', 'state', 'value', 'step', 'attempt', 'threadMs'] as const
    // A metric named like a parameter, or like a column, has its own column all the same.
    const taken = new Set<string>([...own, ...parameters, 'reason'])
    const metricNames = metrics.map((name) => (taken.has(name) ? `metric.${name}` : name))
    const attributes = [...new Set(rows.flatMap((row) => Object.keys(row.attributes)))]
    const hasNotes = rows.some(({ notes }) => notes.length > 0)
    const saidNames = [...attributes.map((name) => `attribute.${name}`), ...(hasNotes ? ['notes'] : [])]
    const lines = [
      [
        ...own,
        ...parameters,
        ...metricNames,
        ...constraints.map((at) => `constraint.${at + 1}`),
        ...saidNames,
        'reason',
      ],
      ...rows.map((row) => [
        ...own.map((name) => row[name]),
        ...parameters.map((name) => row.parameters[name]),
        ...metrics.map((name) => row.metrics[name]),
        ...constraints.map((at) => row.constraints?.[at]),
        ...attributes.map((name) => attributeCell(row.attributes[name])),
        ...(hasNotes ? [row.notes.join('\n')] : []),
        row.reason,
      ]),
    ]
    return toCSV(lines)
  }

  /** All of it as plain data: what `JSON.stringify` writes, and what can be sent to another thread. */
  toJSON(): Record<string, unknown> {
    const { description, counts, stoppedBy, cost, trials } = this
    const best = this.#ledger.best?.number ?? null
    return { ...description, best, counts, stoppedBy: stoppedBy ?? null, cost, trials }
  }

  /**
   * The trials that no other one beats in everything, best in the first metric first. If some violate constraints, they are of
   * those that don't; if all do, of those that violate them by the least.
   *
   * @param directions - The metrics (numbers that trials report or return), and which way each is better. Default: those of the
   *   sweep.
   */
  pareto(
    directions: Readonly<Partial<Record<Metric, Direction>>> = this.#ownDirections(),
  ): Trial<Parameters, Several>[] {
    const entries = Object.entries(directions) as [string, Direction][]
    if (entries.length === 0) {
      throw new ActionInputError(
        `pareto was given ${describeValue(directions)}, but needs { metric: direction, … }`,
      )
    }
    for (const [metric, direction] of entries) checkDirection(direction, `pareto, metric '${metric}'`)
    const ended = this.#trials.filter(
      ({ state, metrics }) =>
        state !== 'failed' &&
        state !== 'running' &&
        entries.every(([metric]) => Number.isFinite(metrics[metric])),
    )
    const violations = ended.map(({ constraints = [] }) => violationOf(constraints))
    const least = Math.min(...violations)
    return paretoFront(
      ended.filter((_, at) => violations[at] === least),
      entries.map(([, direction]) => direction),
      ({ metrics }) => entries.map(([metric]) => metrics[metric]),
    )
  }

  #ownDirections(): Readonly<Partial<Record<Metric, Direction>>> {
    return directionsOf(this.#ledger.options.metrics) as Readonly<Partial<Record<Metric, Direction>>>
  }

  /**
   * Which parameters matter, as shares that add up to 1, by name; empty for less than 8 trials. By functional ANOVA (Hutter et
   * al. 2014): how much of the metric's variance over the whole space each explains by itself, a conditional one where it
   * exists. Trials are compared at the furthest step that 50 of them have come to, or half of all.
   *
   * @param metric - For which of the sweep's metrics; needed where there are several.
   * @throws `ActionInputError` for one that isn't the sweep's, or where it is missing.
   */
  importance(metric?: Metric): Record<string, number> {
    const { dimensions, options } = this.#ledger
    const { metrics, objective } = options
    const asked = metrics.length === 1 ? (metric ?? metrics[0]?.name) : metric
    const found = metrics.find(({ name }) => name === asked)
    if (found === undefined) {
      const names = metrics.map(({ name }) => `'${name}'`).join(', ')
      throw new ActionInputError(
        `importance was given ${describeValue(metric)}, but needs a metric of the sweep: ${names}`,
      )
    }
    const { direction } = found
    const evidence =
      metrics.length === 1
        ? comparableValues(this.#trials, { direction, objective })
        : // Their values are the last ones, as what is returned is.
          comparableValues(
            this.#trials.map((trial) => withValue(trial, trial.values?.[found.name])),
            { direction, objective: 'returned' },
          )
    const points = evidence.map(({ trial, value }) => ({
      point: dimensions.pointOf(dimensions.flatOf(trial.parameters as never)),
      value,
    }))
    return importanceOf(dimensions, points, direction)
  }

  /** A page that shows it all, in one file that needs no other: as text, or written to `path`. */
  async report(path: string): Promise<void> {
    await writeFile(path, this.toHTML())
  }

  /** The same page as text. */
  toHTML(): string {
    return this.#renderPage(this)
  }
}

function withValue(trial: Trial<unknown, string>, value: number | undefined): Trial<unknown, string> {
  return value === undefined ? trial : { ...trial, value }
}

function attributeCell(value: unknown): ChoiceValue | undefined {
  return typeof value === 'object' && value !== null
    ? JSON.stringify(value)
    : (value as ChoiceValue | undefined)
}
