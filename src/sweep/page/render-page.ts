// The page of a sweep: one file of markup that needs no other, nor a script. It says what was found, how, and at what cost.

import type { ParameterDescription } from '../progress.js'
import { violationOf } from '../samplers/sampler.js'
import { showNumber } from '../show-number.js'
import type { ChoiceValue } from '../parameter.js'
import type { SweepResult, TrialTableRow } from '../sweep-result.js'
import type { Trial } from '../trial.js'
import {
  bars,
  escape,
  label,
  parallel,
  place,
  plot,
  ticks,
  timeline,
  type ParallelAxis,
  type Series,
} from './charts.js'
import { describeValues, inOrder, paretoCharts } from './several-metrics.js'
import { style } from './style.js'

/** More would make the page heavy and its drawings black; what is left out is said. */
const MAX_CURVES = 300
const MAX_PARALLEL = 800
const MAX_SPANS = 3000
const MAX_TABLE_ROWS = 100

const LEGEND =
  '<div class="legend"><span><i class="best"></i>best</span><span><i></i>ran to its end</span>' +
  '<span><i class="cut"></i>stopped early</span><span><i class="bad"></i>failed</span></div>'

/** The page, as text. */
export function renderPage(result: SweepResult): string {
  const { description } = result
  const title = `Sweep ${description.study}`
  const sections = [
    ...(description.metrics === undefined ? [historyOf(result)] : [paretoOf(result)]),
    curvesOf(result),
    ...(description.metrics === undefined ? [parallelOf(result)] : []),
    ...importanceOf(result),
    timelineOf(result),
    tableOf(result),
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${style}</style>
<body>
<header>
<h1>${escape(title)}</h1>
<p>${escape(subtitleOf(result))}</p>
</header>
<div class="facts">${factsOf(result)}</div>
<main>
${sections.join('\n')}
</main>
<footer>Made by Heddle. Rest the pointer on a line, dot or bar to see its trial.</footer>
</body>
</html>
`
}

function subtitleOf({ description, stoppedBy }: SweepResult): string {
  const { metric, direction, metrics = { [metric]: direction }, sampler, pruner, trials } = description
  const aims = Object.entries(metrics).map(
    ([name, way], at) =>
      `${at === 0 ? (way === 'maximize' ? 'Maximizes' : 'Minimizes') : way === 'maximize' ? 'maximizes' : 'minimizes'} ${name}`,
  )
  const end = stoppedBy === undefined ? '' : `. Ended by ${stoppedBy.rule}: ${stoppedBy.reason}`
  return `${aims.join(', ')}; ${sampler}, pruner ${pruner}${trials === undefined ? '' : `, up to ${trials} trials`}${end}`
}

function factsOf(result: SweepResult): string {
  const { best, counts, trials, cost, description } = result
  const early = counts.pruned + counts.stopped + counts.aborted
  const { steps, stepsSaved, threadSeconds, threadSecondsSaved } = cost
  const facts: (readonly [value: string, text: string, className?: string])[] = [
    description.metrics !== undefined
      ? [String(result.pareto().length), 'on the Pareto front', 'lead']
      : best?.value === undefined
        ? ['none', `no trial has a ${description.metric}`]
        : [showNumber(best.value), `best ${description.metric}, trial ${best.number}`, 'lead'],
    [String(trials.length), 'trials'],
    [String(early), 'stopped early'],
    ...(counts.failed > 0 ? [[String(counts.failed), 'failed'] as const] : []),
    [showNumber(steps), `${description.stepKey}s trained`],
    ...(stepsSaved === undefined || steps === 0
      ? []
      : [
          [
            `${Math.round((100 * stepsSaved) / (steps + stepsSaved))} %`,
            `of the ${description.stepKey}s saved (estimate)`,
          ] as const,
        ]),
    [`${showNumber(threadSeconds)} s`, 'on threads'],
    ...(threadSecondsSaved === undefined
      ? []
      : [[`${showNumber(threadSecondsSaved)} s`, 'saved (estimate)'] as const]),
  ]
  return facts
    .map(
      ([value, text, className = '']) =>
        `<div class="fact ${className}"><b>${escape(value)}</b><span>${escape(text)}</span></div>`,
    )
    .join('')
}

function section(title: string, text: string, content: string, wide = false): string {
  return `<section${wide ? ' class="wide"' : ''}><h2>${escape(title)}</h2><p>${escape(text)}</p>${content}</section>`
}

function historyOf({ trials, description }: SweepResult): string {
  const measured = trials.filter(({ value }) => value !== undefined)
  const steps: [number, number][] = []
  for (const { number, value, state, constraints = [] } of measured) {
    const last = steps.at(-1)
    const better =
      last === undefined || (description.direction === 'maximize' ? value! > last[1] : value! < last[1])
    if (!better || state === 'failed' || violationOf(constraints) > 0) continue
    if (last !== undefined) steps.push([number, last[1]])
    steps.push([number, value!])
  }
  const lastTrial = trials.at(-1)?.number
  if (steps.length > 0 && lastTrial !== undefined) steps.push([lastTrial, steps.at(-1)![1]])
  const chart = plot({
    xLabel: 'trial',
    yLabel: description.metric,
    lines: [{ points: steps, className: 'best', title: 'best so far' }],
    dots: measured.map((trial) => ({
      points: [[trial.number, trial.value!]],
      className: trial.state,
      title: titleOf(trial),
    })),
  })
  return section(
    'History',
    'Each trial’s best value, and the best so far.',
    measured.length > 0 ? chart + LEGEND : '',
  )
}

function paretoOf(result: SweepResult): string {
  const charts = paretoCharts(result, titleOf)
  return section(
    'Pareto front',
    'Each trial by its metrics; on the front are those that no other one beats in everything.',
    charts === '' ? '' : charts + LEGEND,
  )
}

function curvesOf({ trials, best, description }: SweepResult): string {
  const having = trials.filter(({ curve }) => curve.length > 0)
  const shown = thinOut(having, MAX_CURVES, best)
  const seriesOf = (trial: Trial): Series => ({
    points: trial.curve.map(({ step, value }) => [step, value] as const),
    className: trial.number === best?.number ? 'best' : trial.state,
    title: titleOf(trial),
  })
  const ordered = [
    ...shown.filter(({ number }) => number !== best?.number),
    ...shown.filter(({ number }) => number === best?.number),
  ]
  const lines = ordered.filter(({ curve }) => curve.length > 1).map(seriesOf)
  const dots = ordered.filter(({ curve }) => curve.length === 1).map(seriesOf)
  const chart = plot({ xLabel: description.stepKey, yLabel: description.metric, lines, dots })
  return section(
    'Learning curves',
    `A curve ends where its trial was stopped.${leftOut(shown.length, having.length)}`,
    having.length > 0 ? chart + LEGEND : '',
  )
}

function parallelOf(result: SweepResult): string {
  const { description, best } = result
  const having = result.rows().filter(({ value, state }) => value !== undefined && state !== 'failed')
  const shown = thinOut(having, MAX_PARALLEL, best)
  const sign = description.direction === 'maximize' ? 1 : -1
  const order = shown.toSorted((a, b) => sign * (a.value! - b.value!))
  const ranks = new Map(
    order.map((row, index) => [row.number, order.length < 2 ? 1 : index / (order.length - 1)]),
  )
  const scale = {
    low: Math.min(...shown.map(({ value }) => value!)),
    high: Math.max(...shown.map(({ value }) => value!)),
  }
  const axes: ParallelAxis[] = [
    ...description.parameters.map((parameter) => ({ label: parameter.name, ticks: ticksOf(parameter) })),
    {
      label: description.metric,
      ticks: shown.length === 0 ? [] : ticks(scale).map((tick) => [place(scale, tick), label(tick)] as const),
    },
  ]
  const lines = shown.map((row) => ({
    places: [
      ...description.parameters.map((parameter) => placeOf(parameter, row.parameters[parameter.name])),
      place(scale, row.value!),
    ],
    rank: ranks.get(row.number) as number,
    title: titleOf(row),
  }))
  return section(
    'Parallel coordinates',
    `One line per trial, the better the stronger. A line is interrupted where a parameter doesn’t exist.${leftOut(shown.length, having.length)}`,
    shown.length > 0 ? `<div class="scroll">${parallel(axes, lines)}</div>` : '',
    true,
  )
}

function importanceOf(result: SweepResult): string[] {
  const { metric, metrics = {} } = result.description
  const names = Object.keys(metrics)
  return names.length === 0
    ? [importanceFor(result, metric, 'Importance')]
    : names.map((name) => importanceFor(result, name, `Importance for ${name}`))
}

function importanceFor(result: SweepResult, metric: string, title: string): string {
  const entries = Object.entries(result.importance(metric)).toSorted(([, a], [, b]) => b - a)
  return section(
    title,
    entries.length > 0
      ? 'How much of the metric’s variance over the whole space each parameter explains by itself (fANOVA), a conditional one where it exists; it doesn’t see what only matters together.'
      : 'There are too few trials to say.',
    entries.length > 0 ? bars(entries) : '',
  )
}

function timelineOf({ trials, best }: SweepResult): string {
  const having = trials.filter(({ endedAt }) => endedAt !== undefined)
  const shown = thinOut(having, MAX_SPANS, best)
  const spans = shown.map((trial) => ({
    from: trial.startedAt,
    to: trial.endedAt!,
    className: trial.number === best?.number ? 'best' : trial.state,
    title: titleOf(trial),
  }))
  return section(
    'Timeline',
    `When each trial’s last attempt lived, its wait for a thread included.${leftOut(shown.length, having.length)}`,
    spans.length > 0 ? timeline(spans) + LEGEND : '',
  )
}

function tableOf(result: SweepResult): string {
  const { description, best } = result
  const sign = description.direction === 'maximize' ? -1 : 1
  const rank = ({ value, state }: TrialTableRow): number =>
    value === undefined || state === 'failed' ? Infinity : sign * value
  const { metrics = {} } = description
  const several = Object.keys(metrics)
  const rows =
    several.length > 0
      ? inOrder(result)
      : result.rows().toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
  const front = new Set(several.length > 0 ? result.pareto().map(({ number }) => number) : [best?.number])
  const shownMetrics = several.length > 0 ? several : [description.metric]
  const shown = rows.slice(0, MAX_TABLE_ROWS)
  const names = description.parameters.map(({ name }) => name)
  const head = ['trial', 'state', ...shownMetrics, description.stepKey, ...names, 'why']
  const body = shown.map((row) => {
    const cells = [
      String(row.number),
      row.state,
      ...shownMetrics.map((name) => show(several.length > 0 ? row.values?.[name] : row.value)),
      String(row.step),
      ...names.map((name) => show(row.parameters[name])),
    ]
    const className = front.has(row.number) ? ' class="best"' : ''
    return `<tr${className}>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}<td class="reason">${escape(row.reason ?? '')}</td></tr>`
  })
  return section(
    'Trials',
    `Best first.${leftOut(shown.length, rows.length)}`,
    `<div class="scroll"><table><thead><tr>${head.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`,
    true,
  )
}

function titleOf(
  trial: Pick<TrialTableRow, 'number' | 'state' | 'value' | 'values' | 'step'> & { readonly reason?: string },
): string {
  const { number, state, value, values, step, reason } = trial
  const own = value === undefined ? undefined : showNumber(value)
  const measured = values === undefined ? own : describeValues({ values })
  return `trial ${number}, ${state}${measured === undefined ? '' : `: ${measured}`} at step ${step}${reason === undefined ? '' : ` (${reason})`}`
}

function show(value: ChoiceValue | undefined): string {
  return value === undefined ? '' : typeof value === 'number' ? showNumber(value) : String(value)
}

/** Evenly over all, with the best one in any case. */
function thinOut<Item extends { readonly number: number }>(
  items: readonly Item[],
  most: number,
  best: { readonly number: number } | undefined,
): readonly Item[] {
  if (items.length <= most) return items
  const every = items.length / most
  return items.filter(
    (item, index) =>
      Math.floor(index / every) !== Math.floor((index - 1) / every) || item.number === best?.number,
  )
}

function leftOut(shown: number, all: number): string {
  return shown === all ? '' : ` ${shown} of ${all} are shown.`
}

function ticksOf(parameter: ParameterDescription): (readonly [number, string])[] {
  if (parameter.kind === 'choice') {
    const values = parameter.values ?? []
    return values.map((value, index) => [choicePlace(index, values.length), String(value)] as const)
  }
  const scale = scaleOf(parameter)
  return ticks(scale).map((tick) => [place(scale, tick), label(tick)] as const)
}

function placeOf(parameter: ParameterDescription, value: ChoiceValue | undefined): number | undefined {
  if (value === undefined) return undefined
  if (parameter.kind === 'choice') {
    const values = parameter.values ?? []
    return choicePlace(values.indexOf(value), values.length)
  }
  return place(scaleOf(parameter), value as number)
}

function choicePlace(index: number, count: number): number {
  return count === 1 ? 0.5 : index / (count - 1)
}

function scaleOf({ low = 0, high = 1, log = false }: ParameterDescription): {
  low: number
  high: number
  log: boolean
} {
  return { low, high, log }
}
