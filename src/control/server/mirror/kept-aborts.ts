// The aborts of a run that are on record: the newest ones, those that were asked for from outside by themselves, since an app's code
// may stop thousands, as a sweep does.

import type { AbortRecord } from '../../api.js'

/** How many of either kind are on record. */
const KEPT = 200

/** Those of one run. */
export class KeptAborts {
  readonly #external: AbortRecord[] = []
  readonly #own: AbortRecord[] = []
  #total = 0

  /** How many there have been. */
  get total(): number {
    return this.#total
  }

  add(record: AbortRecord): void {
    const records = record.reason.source === 'external' ? this.#external : this.#own
    this.#total += 1
    records.push(record)
    if (records.length > KEPT) records.shift()
  }

  /** Those on record, oldest first. */
  list(): AbortRecord[] {
    return [...this.#external, ...this.#own].toSorted((left, right) => left.seq - right.seq)
  }
}
