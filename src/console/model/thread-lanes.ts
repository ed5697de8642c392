// What ran where: a lane for each thread, in as many tracks as there were actions on it at a time. A thread whose actions
// hold all of it needs one; the shared thread, where many wait side by side, needs more.

import { NONE, type ActionTable } from './action-table.js'

/** One thread. */
export interface ThreadLane {
  readonly thread: number
  /** Rows of the action table, by track, each in the order in which they started. */
  readonly tracks: readonly (readonly number[])[]
  readonly actions: number
  /** How long at least one action was on it, in milliseconds. */
  readonly busyMs: number
}

/** Tracks beyond this many are drawn over the last one. */
const MOST_TRACKS = 24

/** Sorts what has started into threads and tracks. */
export function layOutThreads(table: ActionTable, now: number): ThreadLane[] {
  const byThread = new Map<number, number[]>()
  for (let row = 0; row < table.length; row += 1) {
    const thread = table.thread[row]!
    if (thread === NONE || Number.isNaN(table.startedAt[row]!)) continue
    const rows = byThread.get(thread)
    if (rows === undefined) byThread.set(thread, [row])
    else rows.push(row)
  }
  return [...byThread.entries()]
    .toSorted(([left], [right]) => left - right)
    .map(([thread, rows]) => layOut(table, thread, rows, now))
}

function layOut(table: ActionTable, thread: number, rows: number[], now: number): ThreadLane {
  const { startedAt, settledAt } = table
  rows.sort((left, right) => startedAt[left]! - startedAt[right]!)
  const tracks: number[][] = []
  const freeAt: number[] = []
  let busyMs = 0
  let busyUntil = -Infinity
  for (const row of rows) {
    const start = startedAt[row]!
    const end = Number.isNaN(settledAt[row]!) ? now : settledAt[row]!
    if (end > busyUntil) {
      busyMs += end - Math.max(start, busyUntil)
      busyUntil = end
    }
    let track = freeAt.findIndex((until) => until <= start)
    if (track === -1) track = Math.min(tracks.length, MOST_TRACKS - 1)
    tracks[track] ??= []
    tracks[track]!.push(row)
    freeAt[track] = Math.max(end, freeAt[track] ?? -Infinity)
  }
  return { thread, tracks, actions: rows.length, busyMs }
}

/** Of a track, the index of the first row that ends at or after a moment: where drawing begins. */
export function firstInSight(table: ActionTable, track: readonly number[], from: number): number {
  let low = 0
  let high = track.length
  while (low < high) {
    const middle = (low + high) >> 1
    const end = table.settledAt[track[middle]!]!
    if (end < from) low = middle + 1
    else high = middle
  }
  return low
}
