// The number of actions that ran, and of those that were being aborted, in each slice of the run, for the overview above
// the timeline. One pass over the table.

import { FIRST_TERMINAL } from '../words/phases.js'
import type { ActionTable } from '../runs/action-table.js'
import type { TimeWindow } from './time-window.js'

/** Per slice, the mean number of actions. */
export interface Density {
  readonly running: Float32Array
  readonly aborting: Float32Array
  /** The largest sum of both, at least 1. */
  readonly peak: number
}

/** Counts over so many slices of a window, of all actions or those of some rows. What still lives counts until `now`. */
export function measureDensity(
  table: ActionTable,
  window: TimeWindow,
  slices: number,
  now: number,
  rows?: Int32Array,
): Density {
  const running = new Float32Array(slices + 1)
  const aborting = new Float32Array(slices + 1)
  const perMs = slices / (window.to - window.from)
  const count = rows?.length ?? table.length
  for (let index = 0; index < count; index += 1) {
    const row = rows?.[index] ?? index
    for (const { startedAt, endedAt } of table.details.get(row)?.earlier ?? []) {
      if (startedAt !== undefined)
        spread(running, (startedAt - window.from) * perMs, (endedAt - window.from) * perMs, slices)
    }
    const startedAt = table.attemptStartedAt(row)
    if (Number.isNaN(startedAt)) continue
    const settledAt = table.settledAt[row]!
    const requestedAt = table.abortRequestedAt[row]!
    const end = Number.isNaN(settledAt) ? now : settledAt
    const workEnd = Number.isNaN(requestedAt) ? end : Math.max(startedAt, requestedAt)
    spread(running, (startedAt - window.from) * perMs, (workEnd - window.from) * perMs, slices)
    if (!Number.isNaN(requestedAt)) {
      spread(aborting, (workEnd - window.from) * perMs, (end - window.from) * perMs, slices)
    }
  }
  let peak = 1
  let runningSum = 0
  let abortingSum = 0
  for (let slice = 0; slice < slices; slice += 1) {
    // What was added is differences: the sum so far is the number itself.
    runningSum += running[slice]!
    abortingSum += aborting[slice]!
    running[slice] = Math.max(0, runningSum)
    aborting[slice] = Math.max(0, abortingSum)
    peak = Math.max(peak, running[slice]! + aborting[slice]!)
  }
  return { running: running.subarray(0, slices), aborting: aborting.subarray(0, slices), peak }
}

/** How many actions were open at once at most, running or being aborted. Exact, where the means above are not. */
export function mostAtOnce(table: ActionTable, now: number): number {
  const starts: number[] = []
  const ends: number[] = []
  for (let row = 0; row < table.length; row += 1) {
    for (const { startedAt, endedAt } of table.details.get(row)?.earlier ?? []) {
      if (startedAt === undefined) continue
      starts.push(startedAt)
      ends.push(endedAt)
    }
    const startedAt = table.attemptStartedAt(row)
    if (Number.isNaN(startedAt)) continue
    const settledAt = table.settledAt[row]!
    starts.push(startedAt)
    ends.push(Number.isNaN(settledAt) ? Math.max(startedAt, now) : settledAt)
  }
  const [inOrder, over] = [Float64Array.from(starts).toSorted(), Float64Array.from(ends).toSorted()]
  let most = 0
  let ended = 0
  inOrder.forEach((startedAt, index) => {
    // What ends as another one starts isn't open beside it.
    while (ended < index && over[ended]! <= startedAt) ended += 1
    most = Math.max(most, index + 1 - ended)
  })
  return most
}

/**
 * Adds one action as differences between neighbouring slices. A slice that it only touches has its share of the one at
 * each edge, so that ten thousand short actions add up to what was really going on.
 */
function spread(into: Float32Array, from: number, to: number, slices: number): void {
  const left = Math.max(0, from)
  const right = Math.min(slices, to)
  if (!(right > left)) return
  const first = Math.min(slices - 1, Math.floor(left))
  const last = Math.min(slices - 1, Math.floor(right))
  if (first === last) {
    into[first]! += right - left
    into[first + 1]! -= right - left
    return
  }
  const firstShare = first + 1 - left
  into[first]! += firstShare
  into[first + 1]! += 1 - firstShare
  const lastShare = right - last
  into[last]! -= 1 - lastShare
  into[last + 1]! -= lastShare
}

/** The whole stretch of time that a table covers: from the first queued to the last end, or `now`. */
export function spanOf(table: ActionTable, now: number): TimeWindow {
  const [root, ...others] = table.tops
  if (root !== undefined && others.length === 0) {
    // Everything begins after its root has been queued, and has ended when that has.
    const from = table.queuedAt[root]!
    const settledAt = table.settledAt[root]!
    return { from, to: Math.max(from + 1, Number.isNaN(settledAt) ? now : settledAt) }
  }
  let from = Infinity
  let to = -Infinity
  for (let row = 0; row < table.length; row += 1) {
    const queuedAt = table.queuedAt[row]!
    if (queuedAt < from) from = queuedAt
    const settledAt = table.settledAt[row]!
    const end = table.phase[row]! < FIRST_TERMINAL || Number.isNaN(settledAt) ? now : settledAt
    if (end > to) to = end
  }
  if (from === Infinity) return { from: now - 1000, to: now }
  return { from, to: Math.max(to, from + 1) }
}
