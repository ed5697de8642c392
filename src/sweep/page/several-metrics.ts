// The parts of the page that a sweep of several metrics has: what no other trial beats, and all metrics of each trial.

import type { AnyResult, TrialTableRow } from '../results/sweep-result.js'
import { violationOf } from '../trials/violation.js'
import type { SweepDescription } from '../results/progress.js'
import { plot, type Axis } from './plot.js'
import { scaleOfValues } from './scales.js'
import { classOf, describeTrial, leftOut, LEGEND, nothingYet, section } from './section.js'
import type { View } from './view.js'

/** More pairs of metrics would be more charts than anybody reads. */
const MOST_PAIRS = 3

/** A chart for each two metrics: all trials, and through those of the Pareto front a line. */
export function paretoOf(view: Pick<View, 'description' | 'rows' | 'leaders'>): string {
  const { description, leaders: front } = view
  const names = metricsOf(view)
  const rows = view.rows.filter(({ values }) => values !== undefined)
  const isPair = names.length === 2
  const title = 'Pareto front'
  if (rows.length === 0) return section(title, nothingYet(names), '', !isPair)
  const pairs = names.flatMap((x, at) => names.slice(at + 1).map((y) => [x, y] as const))
  const charts = pairs.slice(0, MOST_PAIRS).map(([x, y]) => {
    const at = ({ values }: TrialTableRow): readonly [number, number] => [
      values?.[x] as number,
      values?.[y] as number,
    ]
    const best = rows.filter(({ number }) => front.has(number)).toSorted((a, b) => at(a)[0] - at(b)[0])
    return plot({
      x: axisOf(description, rows, x),
      y: axisOf(description, rows, y),
      // With more than two metrics, the front is a surface: no line leads along it.
      lines: isPair ? [{ points: best.map(at), className: 'best', title }] : [],
      dots: rows.map((row) => ({
        at: at(row),
        className: classOf(row, front),
        title: describeTrial(row),
        trial: row.number,
      })),
    })
  })
  return section(
    title,
    `Each trial by its metrics; on the front are those that no other one beats in everything.${leftOut(charts.length, pairs.length)}`,
    `<div class="${isPair ? '' : 'slices'}">${charts.join('')}</div>${LEGEND}`,
    !isPair,
  )
}

function axisOf(description: SweepDescription, rows: readonly TrialTableRow[], name: string): Axis {
  const values = rows.map(({ values: all }) => all?.[name] as number)
  return { label: name, scale: scaleOfValues(values, description.metrics?.[name] ?? 'minimize') }
}

/** The names of the metrics of a sweep of several. */
export function metricsOf({ description }: Pick<View, 'description'>): string[] {
  return Object.keys(description.metrics ?? {})
}

/** The trials of the Pareto front first, then the others, those that violate constraints and those without values last. */
export function inOrder(result: AnyResult): TrialTableRow[] {
  const front = new Set(result.pareto().map(({ number }) => number))
  const [metric = ''] = metricsOf(result)
  const sign = result.description.metrics?.[metric] === 'maximize' ? -1 : 1
  const place = (row: TrialTableRow): number =>
    front.has(row.number) ? 0 : row.values === undefined ? 3 : isFeasible(row) ? 1 : 2
  return result
    .rows()
    .toSorted((a, b) => place(a) - place(b) || sign * ((a.values?.[metric] ?? 0) - (b.values?.[metric] ?? 0)))
}

function isFeasible({ constraints = [] }: TrialTableRow): boolean {
  return violationOf(constraints) === 0
}
