// The sections that show what the parameters do: parallel coordinates, slices, a contour, ranks, importance.

import type { ChoiceValue } from '../space/parameter.js'
import type { Direction, ParameterDescription } from '../results/progress.js'
import type { AnyResult, TrialTableRow } from '../results/sweep-result.js'
import { bars, parallel, surface, type ParallelAxis } from './charts.js'
import { valueScale } from './course-sections.js'
import { plot, type Axis, type PlotDot } from './plot.js'
import { choicePlace, label, place, scaleOfValues, ticks } from './scales.js'
import { inOrder } from './several-metrics.js'
import { classOf, describeTrial, leftOut, nothingYet, section, thinOut } from './section.js'
import { titleBy, type View } from './view.js'
import { axisName, metricName, TITLES } from './words.js'

const MOST_PARALLEL = 800
const MOST_DOTS = 1000
const MOST_SLICES = 12
/** How many of the most important parameters are drawn in pairs. */
const PAIRED = 3
/** Of a surface: how far a trial reaches, as a share of an axis. */
const REACH = 0.08
const MOST_IN_SURFACE = 400
/** Below so few trials, a surface would say more than is known. */
const FEWEST_IN_SURFACE = 12

/** One line per trial through all parameters, and the metric or metrics. */
export function parallelOf(result: AnyResult, leaders: ReadonlySet<number>): string {
  const { description } = result
  const { metric, direction, metrics = { [metric]: direction } } = description
  const isSeveral = description.metrics !== undefined
  const valueOf = (row: TrialTableRow, name: string): number | undefined =>
    isSeveral ? row.values?.[name] : row.value
  const names = Object.keys(metrics)
  const all = isSeveral ? inOrder(result) : result.rows()
  const having = all.filter(
    (row) => row.state !== 'failed' && names.every((name) => valueOf(row, name) !== undefined),
  )
  const shown = thinOut(having, MOST_PARALLEL, leaders)
  const ranks = isSeveral
    ? new Map(shown.map(({ number }, at) => [number, 1 - at / Math.max(1, shown.length - 1)]))
    : ranksOf(shown, direction)
  const scales = names.map((name) =>
    scaleOfValues(
      having.map((row) => valueOf(row, name)!),
      metrics[name]!,
    ),
  )
  const axes: ParallelAxis[] = [
    ...description.parameters.map((parameter) => ({ label: parameter.name, ticks: marksOf(parameter) })),
    ...names.map((name, at) => {
      const scale = scales[at]!
      return {
        label: metricName(name, metrics[name]!),
        ticks: ticks(scale).map((tick) => [place(scale, tick), label(tick)] as const),
      }
    }),
  ]
  const lines = shown.map((row) => ({
    places: [
      ...description.parameters.map((parameter) => placeOf(parameter, row.parameters[parameter.name])),
      ...names.map((name, at) => Math.min(1, Math.max(0, place(scales[at]!, valueOf(row, name)!)))),
    ],
    rank: ranks.get(row.number) as number,
    title: describeTrial(row),
  }))
  if (shown.length === 0) return section(TITLES.parallel, nothingYet(names), '', true)
  return section(
    TITLES.parallel,
    `One line per trial, the better the stronger. A line is interrupted where a parameter doesn’t exist.${leftOut(shown.length, having.length)}`,
    parallel(axes, lines),
    true,
  )
}

/** The metric over each parameter. */
export function slicesOf(view: Omit<View, 'trials'>, important: readonly string[]): string {
  const { description, leaders } = view
  const title = titleBy(description, 'Slices')
  const having = view.rows.filter(({ value, state }) => value !== undefined && state !== 'failed')
  if (having.length === 0) return section(title, nothingYet([description.metric]), '', true)
  const shown = thinOut(having, MOST_DOTS / view.count, leaders)
  const parameters = byImportance(description.parameters, important).slice(0, MOST_SLICES)
  const scale = valueScale(view)
  const charts = parameters.map((parameter) =>
    plot({
      x: axisOf(parameter),
      y: { label: description.metric, scale },
      dots: shown.flatMap((row): PlotDot[] => {
        const at = placeOf(parameter, row.parameters[parameter.name])
        if (at === undefined) return []
        return [
          {
            at: [spread(parameter, at, row.number), row.value!],
            className: classOf(row, leaders),
            title: describeTrial(row),
            trial: row.number,
          },
        ]
      }),
    }),
  )
  return section(
    title,
    `The metric over each parameter, the most important first.${leftOut(parameters.length, description.parameters.length)}`,
    `<div class="slices">${charts.join('')}</div>`,
    true,
  )
}

/** How good the trials around each point are, over the two parameters that matter most; and the trials by rank, in pairs. */
export function pairsOf(view: Omit<View, 'trials'>, important: readonly string[]): string {
  const { description, leaders } = view
  const title = titleBy(description, 'Contour and ranks')
  const parameters = byImportance(description.parameters, important).slice(0, PAIRED)
  const [first, second] = parameters
  if (first === undefined || second === undefined) return ''
  const having = view.rows.filter(({ value, state }) => value !== undefined && state !== 'failed')
  if (having.length === 0) return section(title, nothingYet([description.metric]), '', true)
  const ranks = ranksOf(having, description.direction)
  const dotsOf = (x: ParameterDescription, y: ParameterDescription, most: number): PlotDot[] =>
    thinOut(having, most, leaders).flatMap((row): PlotDot[] => {
      const [a, b] = [placeOf(x, row.parameters[x.name]), placeOf(y, row.parameters[y.name])]
      if (a === undefined || b === undefined) return []
      const at = [spread(x, a, row.number), spread(y, b, row.number + 0.5)] as const
      const rank = ranks.get(row.number) as number
      return [{ at, className: 'ranked', rank, title: describeTrial(row), trial: row.number }]
    })
  const known = dotsOf(first, second, MOST_IN_SURFACE)
  const contour = plot({
    x: axisOf(first),
    y: axisOf(second),
    ground: surface((x, y) => meanRank(known, x, y)),
    dots: known.map((dot) => ({ ...dot, className: 'hollow' })),
  })
  const charts = parameters.flatMap((x, index) =>
    parameters
      .slice(index + 1)
      .map((y) => plot({ x: axisOf(x), y: axisOf(y), dots: dotsOf(x, y, MOST_DOTS / view.count) })),
  )
  const isEnough = known.length >= FEWEST_IN_SURFACE
  return section(
    title,
    `The stronger the colour, the better: the trials around a point, over the two parameters that matter most, and each trial over pairs of them. Pruned trials rank below completed ones, by how far they came.${isEnough ? '' : ' There are too few trials for a contour.'}`,
    `<div class="slices">${isEnough ? contour : ''}${charts.join('')}</div>`,
    true,
  )
}

/** How much each parameter matters. */
export function importanceSection(
  { description }: Pick<View, 'description'>,
  shares: readonly (readonly [name: string, share: number])[],
): string {
  return section(
    titleBy(description, 'Importance'),
    shares.length > 0
      ? 'How much of the metric’s variance over the whole space each parameter explains by itself (fANOVA), a conditional one where it exists; it doesn’t see what only matters together.'
      : 'There are too few trials to say.',
    shares.length > 0 ? bars(shares) : '',
  )
}

/** What a rank goes by. */
type RankedRow = Pick<TrialTableRow, 'number' | 'state' | 'value' | 'step'>

/**
 * Ranks by number, 0 for the worst, 1 for the best: completed ones by value, then others by how far they came. Those that are
 * as good have the rank of the best of them.
 */
export function ranksOf(rows: readonly RankedRow[], direction: Direction): Map<number, number> {
  const sign = direction === 'maximize' ? 1 : -1
  const compare = (a: RankedRow, b: RankedRow): number =>
    isCut(b) - isCut(a) ||
    (isCut(a) === 0 ? 0 : a.step - b.step) ||
    sign * (a.value! < b.value! ? -1 : a.value! > b.value! ? 1 : 0)
  const order = rows.toSorted(compare).toReversed()
  const last = Math.max(1, order.length - 1)
  const ranks = new Map<number, number>()
  let rank = 1
  for (const [index, row] of order.entries()) {
    if (index > 0 && compare(order[index - 1]!, row) !== 0) rank = 1 - index / last
    ranks.set(row.number, rank)
  }
  return ranks
}

function isCut({ state }: RankedRow): number {
  return state === 'completed' ? 0 : 1
}

/** The mean rank of the trials around a point, each the less the further away it is. */
function meanRank(dots: readonly PlotDot[], x: number, y: number): number {
  let sum = 0
  let weights = 0
  for (const { at, rank = 0 } of dots) {
    const squared = ((at[0] - x) ** 2 + (at[1] - y) ** 2) / REACH ** 2
    // Falls off fast, but never to nothing: far from all trials, it is the mean of the nearest.
    const weight = 1 / (0.05 + squared ** 1.5)
    sum += weight * rank
    weights += weight
  }
  return weights === 0 ? 0 : sum / weights
}

function byImportance(
  parameters: readonly ParameterDescription[],
  important: readonly string[],
): readonly ParameterDescription[] {
  const rank = ({ name }: ParameterDescription): number => {
    const at = important.indexOf(name)
    return at === -1 ? important.length : at
  }
  return parameters.toSorted((a, b) => rank(a) - rank(b))
}

/** An axis by places, 0…1. */
function axisOf(parameter: ParameterDescription): Axis {
  return {
    label: axisName(parameter.name, parameter.log === true),
    scale: { low: 0, high: 1 },
    marks: marksOf(parameter),
  }
}

function marksOf(parameter: ParameterDescription): (readonly [number, string])[] {
  if (parameter.kind === 'choice') {
    const values = parameter.values ?? []
    return values.map((value, index) => [choicePlace(index, values.length), String(value)] as const)
  }
  const scale = scaleOf(parameter)
  return ticks(scale, 5).map((tick) => [place(scale, tick), label(tick)] as const)
}

function placeOf(parameter: ParameterDescription, value: ChoiceValue | undefined): number | undefined {
  if (value === undefined) return undefined
  if (parameter.kind === 'choice') {
    const values = parameter.values ?? []
    return choicePlace(values.indexOf(value), values.length)
  }
  return place(scaleOf(parameter), value as number)
}

/** Trials of one choice, side by side: the same for the same trial. */
function spread({ kind, values }: ParameterDescription, at: number, number: number): number {
  if (kind !== 'choice') return at
  return at + (((number * 0.618_033_988_749_894_9) % 1) - 0.5) * (0.6 / (values?.length ?? 1))
}

function scaleOf({ low = 0, high = 1, log = false }: ParameterDescription): {
  low: number
  high: number
  log: boolean
} {
  return { low, high, log }
}
