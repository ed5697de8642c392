// The sections that show the course of a sweep: its history, learning curves, the distribution of values, the timeline.

import type { TrialTableRow } from '../results/sweep-result.js'
import { violationOf } from '../trials/violation.js'
import { timeline } from './charts.js'
import { plot, type PlotLine, type PlotPoint } from './plot.js'
import { scaleOfValues, scaleOver, type Scale } from './scales.js'
import { classOf, describeTrial, leftOut, LEGEND, nothingYet, section, thinOut } from './section.js'
import { titleBy, type View } from './view.js'
import { CURVES_END, TITLES } from './words.js'

/** More would make the page heavy and its drawings black; what is left out is said. */
const MOST_DOTS = 2000
const MOST_CURVES = 300
const MOST_SPANS = 3000
/** How many rungs are drawn. */
const MOST_RUNGS = 8
/** From so many times the first step on, steps are drawn on a logarithmic scale if most trials end early. */
const LONG = 20

/** The scale of the metric's final values, the same in all sections. */
export function valueScale({ rows, description }: Pick<View, 'rows' | 'description'>): Scale {
  const values = rows.flatMap(({ value, state }) =>
    value === undefined || state === 'failed' ? [] : [value],
  )
  return scaleOfValues(values, description.direction)
}

/** How many lie beyond a scale, in words. */
function beyond(values: readonly number[], { low, high }: Scale): string {
  const out = values.filter((value) => value < low || value > high || Number.isNaN(value)).length
  return out === 0 ? '' : ` ${out} beyond the axis ${out === 1 ? 'is' : 'are'} drawn at its edge.`
}

/** Each trial's value, and the best so far: by number, or by when each ended, if that is given in seconds by number. */
export function historyOf(view: Omit<View, 'trials'>, times?: ReadonlyMap<number, number>): string {
  const { rows, description, leaders } = view
  const placeOf = ({ number }: TrialTableRow): number => times?.get(number) ?? number
  const known = times === undefined ? rows : rows.filter(({ number }) => times.has(number))
  const measured = known
    .filter(({ value }) => value !== undefined)
    .toSorted((a, b) => placeOf(a) - placeOf(b))
  if (measured.length === 0) return section(TITLES.history, nothingYet([description.metric]), '')
  const steps: PlotPoint[] = []
  for (const trial of measured) {
    const { value, state, constraints = [] } = trial
    const last = steps.at(-1)
    const isBetter =
      last === undefined || (description.direction === 'maximize' ? value! > last[1] : value! < last[1])
    if (!isBetter || state === 'failed' || violationOf(constraints) > 0) continue
    if (last !== undefined) steps.push([placeOf(trial), last[1]])
    steps.push([placeOf(trial), value!])
  }
  const end = Math.max(1, ...known.map(placeOf))
  if (steps.length > 0) steps.push([end, steps.at(-1)![1]])
  const scale = valueScale(view)
  const shown = thinOut(measured, MOST_DOTS, leaders)
  const chart = plot({
    x:
      times === undefined
        ? { label: 'trial', scale: scaleOver([1, end]) }
        : { label: 'seconds since the start', scale: scaleOver([0, end]) },
    y: { label: description.metric, scale },
    lines: [{ points: steps, className: 'best', title: TITLES.best }],
    dots: shown.map((trial) => ({
      at: [placeOf(trial), trial.value!],
      className: classOf(trial, leaders),
      title: describeTrial(trial),
      trial: trial.number,
    })),
  })
  const values = measured.map(({ value }) => value!)
  return section(
    TITLES.history,
    `Each trial’s value, and the best so far.${beyond(values, scale)}${leftOut(shown.length, measured.length)}`,
    chart + LEGEND,
  )
}

/** The metric over the steps, and the steps at which trials were pruned. */
export function curvesOf({ trials, leaders, description }: View): string {
  const having = trials.filter(({ curve }) => curve.length > 0)
  if (having.length === 0) return section(TITLES.curves, 'No trial has reported yet.', '')
  const shown = thinOut(having, MOST_CURVES, leaders)
  const ordered = [
    ...shown.filter(({ number }) => !leaders.has(number)),
    ...shown.filter(({ number }) => leaders.has(number)),
  ]
  const rungs = rungsOf(trials)
  const steps = having.flatMap(({ curve }) => [curve[0]!.step, curve.at(-1)!.step])
  const values = shown.flatMap(({ curve }) => curve.map(({ value }) => value))
  const y = scaleOfValues(values, description.direction)
  const lines = ordered
    .filter(({ curve }) => curve.length > 1)
    .map((trial): PlotLine => ({
      points: trial.curve.map(({ step, value }) => [step, value] as const),
      className: classOf(trial, leaders),
      title: describeTrial(trial),
    }))
  const dots = ordered.map((trial) => {
    const { step, value } = trial.curve.at(-1)!
    return { at: [step, value] as const, className: classOf(trial, leaders), title: describeTrial(trial) }
  })
  const chart = plot({
    x: { label: description.stepKey, scale: stepScale(steps, rungs) },
    y: { label: description.metric, scale: y },
    lines,
    dots,
    rules: rungs.map((rung) => [rung[0], describeRung(rung, description.stepKey)]),
  })
  const rungText = rungs.length === 0 ? '' : ' Dashed: steps at which trials were pruned.'
  return section(
    TITLES.curves,
    `${CURVES_END}${rungText}${beyond(values, y)}${leftOut(shown.length, having.length)}`,
    chart + LEGEND,
  )
}

/** A step at which several trials were pruned, how many were, and how many had come there. */
export type Rung = readonly [step: number, pruned: number, reached: number]

/** The rungs of a sweep, in order. */
export function rungsOf(trials: readonly Pick<TrialTableRow, 'state' | 'step'>[]): Rung[] {
  const pruned = new Map<number, number>()
  for (const { state, step } of trials)
    if (state === 'pruned' || state === 'paused') pruned.set(step, (pruned.get(step) ?? 0) + 1)
  return [...pruned]
    .filter(([, count]) => count >= Math.max(2, trials.length / 50))
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_RUNGS)
    .toSorted(([a], [b]) => a - b)
    .map(([at, count]) => [at, count, trials.filter(({ step }) => step >= at).length] as const)
}

/** A rung in words. */
function describeRung([step, pruned, reached]: Rung, stepKey: string): string {
  return `${stepKey} ${step}: ${pruned} of ${reached} that came here were pruned`
}

/** The scale of steps: logarithmic where they are many and most trials end early. `steps`: the first and last of each curve. */
export function stepScale(steps: readonly number[], rungs: readonly Rung[]): Scale {
  const scale = scaleOver(steps)
  const positive = scaleOver(steps.filter((step) => step > 0))
  const isLong =
    positive.low > 0 &&
    positive.high / positive.low >= LONG &&
    rungs.length > 1 &&
    rungs[0]![0] * 4 < positive.high
  return isLong ? { ...positive, log: true } : scale
}

/** The share of trials that are at least so good. */
export function distributionOf(view: Omit<View, 'trials'>): string {
  const { rows, description } = view
  const title = titleBy(description, 'Distribution')
  const values = rows
    .flatMap(({ value, state }) => (value === undefined || state === 'failed' ? [] : [value]))
    .toSorted((a, b) => a - b)
  if (values.length < 2) return section(title, 'There are too few trials to say.', '')
  const isMax = description.direction === 'maximize'
  const scale = valueScale(view)
  const ordered = isMax ? values.toReversed() : values
  const points = ordered.flatMap((value, index): PlotPoint[] => [
    [value, index / ordered.length],
    [value, (index + 1) / ordered.length],
  ])
  const chart = plot({
    x: { label: description.metric, scale },
    y: {
      label: 'share of trials',
      scale: { low: 0, high: 1 },
      marks: [0, 0.25, 0.5, 0.75, 1].map((share) => [share, `${share * 100} %`] as const),
    },
    lines: [{ points, className: 'completed strong' }],
  })
  return section(
    title,
    `How many of the trials are as good as that, or better (EDF).${beyond(values, scale)}`,
    chart,
  )
}

/** When each trial lived. */
export function timelineOf({ trials, leaders }: View): string {
  const having = trials.filter(({ endedAt }) => endedAt !== undefined)
  const shown = thinOut(having, MOST_SPANS, leaders)
  const spans = shown.map((trial) => ({
    from: trial.startedAt,
    to: trial.endedAt!,
    className: classOf(trial, leaders),
    title: describeTrial(trial),
  }))
  return section(
    'Timeline',
    `When each trial’s last attempt lived, its wait for a thread included.${leftOut(shown.length, having.length)}`,
    spans.length > 0 ? timeline(spans) + LEGEND : '',
    true,
  )
}
