// Which trials of a study are the best: the best one, the best that ran to its end, and those that are shown.

import { Leaders } from './leaders.js'
import type { ResolvedOptions } from '../resolve-options.js'
import type { Direction, TrialRow } from './progress.js'
import type { SweepState } from '../stop-rules.js'
import { isBetterMeasured, judgedOf, type JudgedValue, type TrialRecord } from '../trials/trial.js'

/** The standings of one study. Of several metrics there is no best one. */
export class Standings {
  readonly #direction: Direction
  readonly #records: ReadonlyMap<number, TrialRecord>
  readonly #leaders: Leaders
  best: TrialRecord | undefined = undefined
  #bestCompleted: TrialRecord | undefined

  constructor({ direction, metrics }: ResolvedOptions, records: ReadonlyMap<number, TrialRecord>) {
    this.#direction = direction
    this.#records = records
    this.#leaders = new Leaders(metrics)
  }

  /** A trial may have another value, or violate its constraints by something else, than before. */
  measured(record: TrialRecord, before: JudgedValue | undefined): void {
    const after = judgedOf(record)
    const isSame = after?.value === before?.value && after?.violation === before?.violation
    if (after === undefined || isSame) return
    if (this.best !== record) {
      if (isBetterRecord(record, this.best, this.#direction)) this.best = record
    } else if (!isBetterMeasured(after, before, this.#direction)) {
      // It is worse than that by which it was the best.
      this.#findBest()
    }
  }

  /** A trial has ended. */
  ended(record: TrialRecord): void {
    if (record.state === 'completed' && isBetterRecord(record, this.#bestCompleted, this.#direction))
      this.#bestCompleted = record
    if (record.state === 'failed') this.takenBack(record)
    else this.#leaders.add(record)
  }

  /** What a trial was worth doesn't count any more. */
  takenBack(record: TrialRecord): void {
    if (this.best === record) this.#findBest()
  }

  /** What rules know of it. */
  forRules(): Pick<SweepState, 'best' | 'bestCompleted'> {
    return { best: bestOf(this.best), bestCompleted: bestOf(this.#bestCompleted) }
  }

  /** Those that are shown, best first. */
  rows(): TrialRow[] {
    return this.#leaders.rows()
  }

  #findBest(): void {
    this.best = undefined
    for (const record of this.#records.values()) {
      if (record.state === 'failed') continue
      if (isBetterRecord(record, this.best, this.#direction)) this.best = record
    }
  }
}

/** Rules know nothing of a best one that may not be. */
function bestOf(record: TrialRecord | undefined): SweepState['best'] {
  if (record?.value === undefined || record.violation > 0) return undefined
  return { value: record.value, trial: record.number }
}

/** Whether a trial has a value, and a better one than another. */
function isBetterRecord(one: TrialRecord, than: TrialRecord | undefined, direction: Direction): boolean {
  const judged = judgedOf(one)
  return judged !== undefined && isBetterMeasured(judged, judgedOf(than), direction)
}
