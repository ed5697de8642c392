// The parts of the page that a sweep of several metrics has: what no other trial beats, and all metrics of each trial.

import type { SweepResult, TrialTableRow } from '../sweep-result.js'
import { violationOf } from '../samplers/sampler.js'
import { showNumber } from '../show-number.js'
import { plot } from './charts.js'

/** More pairs of metrics would be more charts than anybody reads. */
const MOST_PAIRS = 3

/** A chart for each two metrics: all trials, and through those of the Pareto front a line. */
export function paretoCharts(result: SweepResult, titleOf: (row: TrialTableRow) => string): string {
  const names = metricsOf(result)
  const front = new Set(result.pareto().map(({ number }) => number))
  const rows = result.rows().filter(({ values }) => values !== undefined)
  const pairs = names.flatMap((x, at) => names.slice(at + 1).map((y) => [x, y] as const))
  return pairs
    .slice(0, MOST_PAIRS)
    .map(([x, y]) => {
      const at = ({ values }: TrialTableRow): readonly [number, number] => [
        values?.[x] as number,
        values?.[y] as number,
      ]
      const best = rows.filter(({ number }) => front.has(number)).toSorted((a, b) => at(a)[0] - at(b)[0])
      return plot({
        xLabel: x,
        yLabel: y,
        // With more than two metrics, the front is a surface: no line leads along it.
        lines: names.length === 2 ? [{ points: best.map(at), className: 'best', title: 'Pareto front' }] : [],
        dots: rows.map((row) => ({
          points: [at(row)],
          className: front.has(row.number) ? 'best' : isFeasible(row) ? row.state : 'failed',
          title: titleOf(row),
        })),
      })
    })
    .join('')
}

/** The names of the metrics of a sweep of several. */
export function metricsOf({ description }: SweepResult): string[] {
  return Object.keys(description.metrics ?? {})
}

/** All metrics of a trial, in words. */
export function describeValues({ values = {} }: Pick<TrialTableRow, 'values'>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${showNumber(value)}`)
    .join(', ')
}

/** The trials of the Pareto front first, then the others, those that violate constraints and those without values last. */
export function inOrder(result: SweepResult): TrialTableRow[] {
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
