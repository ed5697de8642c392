// The ended trials that are shown while a sweep runs: the best by the metric, or of several metrics those on the first fronts.

import type { MetricDirection } from './metrics.js'
import type { TrialRow } from './progress.js'
import { frontsOf } from '../samplers/non-domination.js'
import type { Ended } from '../samplers/ranking.js'
import { isBetterMeasured, judgedOf, type JudgedValue, type TrialRecord } from '../trials/trial.js'

const SHOWN = 16

/** The leaders of one study. */
export class Leaders {
  readonly #metrics: readonly MetricDirection[]
  #records: TrialRecord[] = []

  constructor(metrics: readonly MetricDirection[]) {
    this.#metrics = metrics
  }

  /** A trial has ended that hasn't failed. */
  add(record: TrialRecord): void {
    if (!record.isMeasured) return
    if (this.#metrics.length > 1) this.#addByFront(record)
    else this.#addByValue(record)
    if (this.#records.length > SHOWN) this.#records.pop()
  }

  /** Best first. */
  rows(): TrialRow[] {
    return this.#records.map((record) => record.row())
  }

  #addByValue(record: TrialRecord): void {
    const [{ direction }] = this.#metrics as [MetricDirection]
    const judged = judgedOf(record) as JudgedValue
    const place = this.#records.findIndex((other) => isBetterMeasured(judged, judgedOf(other), direction))
    this.#records.splice(place === -1 ? this.#records.length : place, 0, record)
  }

  #addByFront(record: TrialRecord): void {
    const all = [...this.#records, record]
    const fronts = frontsOf(all.map((one) => this.#endOf(one)))
    this.#records = all
      .map((one, at) => ({ one, front: fronts[at] as number }))
      .toSorted((a, b) => a.front - b.front)
      .map(({ one }) => one)
  }

  #endOf({ values, violation }: TrialRecord): Ended {
    const losses = this.#metrics.map(({ name, direction }) =>
      direction === 'maximize' ? -(values?.[name] as number) : (values?.[name] as number),
    )
    return { loss: losses[0] as number, losses, complete: true, step: 0, violation }
  }
}
