// The lanes of the thread view: one for each thread, in as many tracks as there were actions on it at a time. A thread
// whose actions hold all of it needs one; the shared thread, where many wait side by side, needs more.

import { lowerBound } from '../../../collections/lower-bound.js'
import { NONE, type ActionTable } from '../runs/action-table.js'
import { HERE, type HostName } from './host-names.js'

/** One attempt of an action, on a thread. */
export interface LaneBar {
  /** Row of the action table. */
  readonly row: number
  readonly from: number
  /** Infinity while it lives. */
  readonly to: number
  /** Whether it failed, and another attempt followed. */
  readonly isEarlier: boolean
}

/** One thread. */
export interface ThreadLane {
  readonly thread: number
  /** Its machine, where that isn't the runtime's. */
  readonly host: HostName | undefined
  /** Attempts, by track, each in the order in which they started. */
  readonly tracks: readonly (readonly LaneBar[])[]
  readonly actions: number
  /** Attempts that had no track of their own any more, and lie over others in the last one. */
  readonly covered: number
  /** How long at least one action was on it, in milliseconds. */
  readonly busyMs: number
}

/** Tracks beyond this many are drawn over the last one. */
const MOST_TRACKS = 24

/** Sorts what has started into threads and tracks: those of the runtime's machine, and then those of each other one. */
export function layOutThreads(table: ActionTable, now: number): ThreadLane[] {
  const byHost = new Map<number, Map<number, LaneBar[]>>()
  const add = (host: number, thread: number, bar: LaneBar): void => {
    const byThread = byHost.get(host) ?? new Map<number, LaneBar[]>()
    byHost.set(host, byThread)
    const bars = byThread.get(thread)
    if (bars === undefined) byThread.set(thread, [bar])
    else bars.push(bar)
  }
  for (let row = 0; row < table.length; row += 1) {
    for (const { thread, startedAt, endedAt, ...place } of table.details.get(row)?.earlier ?? []) {
      if (thread !== undefined && startedAt !== undefined)
        add(table.hosts.numberOf(place), thread, { row, from: startedAt, to: endedAt, isEarlier: true })
    }
    const thread = table.thread[row]!
    const from = table.attemptStartedAt(row)
    if (thread === NONE || Number.isNaN(from)) continue
    const settledAt = table.settledAt[row]!
    add(table.host[row]!, thread, {
      row,
      from,
      to: Number.isNaN(settledAt) ? Infinity : settledAt,
      isEarlier: false,
    })
  }
  const order = (number: number): string => `${table.hosts.get(number)?.host ?? ''}\n${number}`
  return [...byHost.entries()]
    .toSorted(([left], [right]) => (left === HERE || (right !== HERE && order(left) < order(right)) ? -1 : 1))
    .flatMap(([number, byThread]) => {
      const host = table.hosts.get(number)
      return [...byThread.entries()]
        .toSorted(([left], [right]) => left - right)
        .map(([thread, bars]) => ({ thread, host, ...layOut(bars, now) }))
    })
}

function layOut(bars: LaneBar[], now: number): Omit<ThreadLane, 'thread' | 'host'> {
  bars.sort((left, right) => left.from - right.from)
  const tracks: LaneBar[][] = []
  const freeAt: number[] = []
  let busyMs = 0
  let busyUntil = -Infinity
  let covered = 0
  for (const bar of bars) {
    const end = Math.min(bar.to, Math.max(now, bar.from))
    if (end > busyUntil) {
      busyMs += end - Math.max(bar.from, busyUntil)
      busyUntil = end
    }
    let track = freeAt.findIndex((until) => until <= bar.from)
    if (track === -1) {
      track = Math.min(tracks.length, MOST_TRACKS - 1)
      if (tracks.length === MOST_TRACKS) covered += 1
    }
    tracks[track] ??= []
    tracks[track]!.push(bar)
    freeAt[track] = Math.max(end, freeAt[track] ?? -Infinity)
  }
  return { tracks, actions: new Set(bars.map(({ row }) => row)).size, covered, busyMs }
}

/** Of a track, the index of the first attempt that ends at or after a moment: where drawing begins. */
export function firstInSight(track: readonly LaneBar[], from: number): number {
  return lowerBound(track.length, (at) => track[at]!.to < from)
}
