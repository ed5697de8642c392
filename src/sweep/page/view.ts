// A sweep as most sections of its page see it: by one metric, its only one or one of several, and with those trials that lead.

import type { SweepDescription } from '../results/progress.js'
import type { AnyResult, TrialTableRow } from '../results/sweep-result.js'

/** What sections draw. */
export interface View {
  /** Its `metric` and `direction` are those of the view. */
  readonly description: SweepDescription
  readonly trials: AnyResult['trials']
  /** The trials as rows, whose `value` is that of the metric. */
  readonly rows: readonly TrialTableRow[]
  /** The numbers of the trials that are drawn as the best: the best one; of several metrics, those of the Pareto front. */
  readonly leaders: ReadonlySet<number>
  /** How many views the page has: they share what it may draw. */
  readonly count: number
}

/** A view by each metric, in the order of the sweep's. */
export function viewsOf(result: AnyResult): readonly [View, ...View[]] {
  const { description, trials, best } = result
  const { metrics } = description
  const rows = result.rows()
  if (metrics === undefined) {
    return [
      { description, trials, rows, leaders: new Set(best === undefined ? [] : [best.number]), count: 1 },
    ]
  }
  const leaders = new Set(result.pareto().map(({ number }) => number))
  const directions = Object.entries(metrics)
  const views = directions.map(([metric, direction]): View => ({
    description: { ...description, metric, direction },
    trials,
    rows: rows.map((row) => {
      const value = row.values?.[metric]
      return value === undefined ? row : { ...row, value }
    }),
    leaders,
    count: directions.length,
  }))
  return views as [View, ...View[]]
}

/** The title of a section of which there is one for each metric. */
export function titleBy({ metric, metrics }: SweepDescription, title: string): string {
  return metrics === undefined ? title : `${title} for ${metric}`
}
