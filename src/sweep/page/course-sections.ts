// The sections that show the course of a sweep: its history, learning curves, the distribution of values, the timeline.

import { violationOf } from '../samplers/sampler.js'
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
export function valueScale({ rows, description }: View): Scale {
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

/** Each trial's value, and the best so far. */
export function historyOf(view: View): string {
  const { rows, description, leaders } = view
  const measured = rows.filter(({ value }) => value !== undefined)
  if (measured.length === 0) return section('History', nothingYet([description.metric]), '')
  const steps: PlotPoint[] = []
  for (const { number, value, state, constraints = [] } of measured) {
    const last = steps.at(-1)
    const isBetter =
      last === undefined || (description.direction === 'maximize' ? value! > last[1] : value! < last[1])
    if (!isBetter || state === 'failed' || violationOf(constraints) > 0) continue
    if (last !== undefined) steps.push([number, last[1]])
    steps.push([number, value!])
  }
  const lastTrial = rows.at(-1)?.number
  if (steps.length > 0 && lastTrial !== undefined) steps.push([lastTrial, steps.at(-1)![1]])
  const scale = valueScale(view)
  const shown = thinOut(measured, MOST_DOTS, leaders)
  const chart = plot({
    x: { label: 'trial', scale: scaleOver([1, lastTrial ?? 1]) },
    y: { label: description.metric, scale },
    lines: [{ points: steps, className: 'best', title: TITLES.best }],
    dots: shown.map((trial) => ({
      at: [trial.number, trial.value!],
      className: classOf(trial, leaders),
      title: describeTrial(trial),
    })),
  })
  const values = measured.map(({ value }) => value!)
  return section(
    'History',
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
  const [first, last] = [Math.min(...steps.filter((step) => step > 0)), Math.max(...steps)]
  const isLong = first > 0 && last / first >= LONG && rungs.length > 1 && rungs[0]![0] * 4 < last
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
    x: {
      label: description.stepKey,
      scale: scaleOver(isLong ? [first, last] : [Math.min(...steps), last], isLong),
    },
    y: { label: description.metric, scale: y },
    lines,
    dots,
    rules: rungs.map(([step, pruned, reached]) => [
      step,
      `${description.stepKey} ${step}: ${pruned} of ${reached} that came here were pruned`,
    ]),
  })
  const rungText = rungs.length === 0 ? '' : ' Dashed: steps at which trials were pruned.'
  return section(
    TITLES.curves,
    `${CURVES_END}${rungText}${beyond(values, y)}${leftOut(shown.length, having.length)}`,
    chart + LEGEND,
  )
}

/** Steps at which several trials were pruned, how many were, and how many had come there; in order. */
function rungsOf(trials: View['trials']): (readonly [step: number, pruned: number, reached: number])[] {
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

/** The share of trials that are at least so good. */
export function distributionOf(view: View): string {
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
