// What is said of a group in its row: how many are in each phase, how long those that have ended took, why some have failed.

import { briefError } from '../words/brief-error.js'
import type { ActionTable } from './action-table.js'
import { SHOWN_PHASES } from '../words/phases.js'
import type { RowGroup } from './tree-rows.js'

/** What is said of a group. */
export interface GroupFacts {
  /** By the number of the phase. */
  readonly counts: readonly number[]
  /** Of those that have ended: half, and 95 of 100, took no longer; NaN while none has. */
  readonly p50Ms: number
  readonly p95Ms: number
  /** Their errors, the most frequent one first. */
  readonly errors: readonly { readonly message: string; readonly count: number }[]
  /** Ids of those that live. */
  readonly live: readonly string[]
}

/** Looks through a group. */
export function groupFacts(table: ActionTable, { rows }: RowGroup): GroupFacts {
  const counts = SHOWN_PHASES.map(() => 0)
  const times = new Float64Array(rows.length)
  let ended = 0
  const errors = new Map<string, number>()
  const live: string[] = []
  for (const row of rows) {
    counts[table.phase[row]!]! += 1
    const tookMs = table.settledAt[row]! - table.startedAt[row]!
    if (!Number.isNaN(tookMs)) {
      times[ended] = tookMs
      ended += 1
    }
    if (!table.hasEnded(row)) live.push(table.ids[row]!)
    else if (SHOWN_PHASES[table.phase[row]!] === 'failed') {
      const error = table.details.get(row)?.error
      const message = error === undefined ? 'failed' : briefError(error)
      errors.set(message, (errors.get(message) ?? 0) + 1)
    }
  }
  const sorted = times.subarray(0, ended).toSorted()
  const quantile = (share: number): number =>
    sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return {
    counts,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    errors: [...errors]
      .map(([message, count]) => ({ message, count }))
      .toSorted((left, right) => right.count - left.count),
    live,
  }
}
