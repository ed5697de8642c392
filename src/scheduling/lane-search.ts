// Which lane is the best for what: the questions of the scheduler. With few lanes they are answered by looking at each of them, which
// costs least; with many by an index (`lane-index.ts`). Both decide alike.

import { hasRoomFor, isBetterPlace, isIdle, mayWaitOn, overMs, stealable, trimOffered } from './lane-load.js'
import type { LaneLoad } from './lane-load.js'
import type { Place } from './places.js'
import { isAheadByRank, type Schedulable } from './schedulable.js'

/** Finds lanes. */
export interface LaneSearch<T extends Schedulable> {
  /** What `look` has found: where an action may start at once; and where it may be sent ahead of need. */
  readonly best: LaneLoad<T> | undefined
  readonly ahead: LaneLoad<T> | undefined
  /** Looks at a place for an action. */
  look(place: Place, item: Pick<Schedulable, 'cpu' | 'estimate'>): void
  /** Calls back with each lane where the last one sent belongs behind an action. */
  letPass(place: Place, item: T, giveWay: (lane: LaneLoad<T>) => void): void
  /** One at a place that computes nothing: the first without parked bodies, else the first. */
  idleAt(place: Place): LaneLoad<T> | undefined
  /** The one with the longest row, the last of which may go to a place: one of this process before all others. */
  richestFor(place: Place): LaneLoad<T> | undefined
}

/** Looks at one lane after the other. */
export class LaneWalk<T extends Schedulable> implements LaneSearch<T> {
  best: LaneLoad<T> | undefined
  ahead: LaneLoad<T> | undefined
  /** By place. */
  readonly #lanes: readonly ReadonlySet<LaneLoad<T>>[]

  constructor(lanes: readonly ReadonlySet<LaneLoad<T>>[]) {
    this.#lanes = lanes
  }

  look(place: Place, item: Pick<Schedulable, 'cpu' | 'estimate'>): void {
    let best: LaneLoad<T> | undefined
    let ahead: LaneLoad<T> | undefined
    for (const lane of this.#at(place)) {
      if (!lane.accepting) continue
      if (hasRoomFor(lane, item.cpu)) {
        if (best === undefined || isBetterPlace(lane, best)) best = lane
      } else if (mayWaitOn(lane, item) && (ahead === undefined || overMs(lane) < overMs(ahead))) {
        ahead = lane
      }
    }
    this.best = best
    this.ahead = ahead
  }

  letPass(place: Place, item: T, giveWay: (lane: LaneLoad<T>) => void): void {
    for (const lane of this.#at(place)) {
      const { last } = lane.offered
      if (last !== undefined && isAheadByRank(item, last)) giveWay(lane)
    }
  }

  idleAt(place: Place): LaneLoad<T> | undefined {
    let first: LaneLoad<T> | undefined
    for (const lane of this.#at(place)) {
      if (!isIdle(lane)) continue
      if (lane.parked === 0) return lane
      first ??= lane
    }
    return first
  }

  richestFor(place: Place): LaneLoad<T> | undefined {
    let richest: LaneLoad<T> | undefined
    for (const lanes of this.#lanes) {
      for (const lane of lanes) {
        trimOffered(lane)
        if (stealable(lane) === 0 || lane.offered.last?.where.includes(place) !== true) continue
        if (richest === undefined || isRicher(lane, richest)) richest = lane
      }
    }
    return richest
  }

  #at({ number }: Place): ReadonlySet<LaneLoad<T>> {
    return this.#lanes[number] as ReadonlySet<LaneLoad<T>>
  }
}

/** Whether it is better to take from `a` than from `b`: what was sent to another machine comes back late, if at all. */
export function isRicher<T extends Schedulable>(a: LaneLoad<T>, b: LaneLoad<T>): boolean {
  const isHere = a.place?.isHere === true
  if (isHere !== (b.place?.isHere === true)) return isHere
  const more = a.offered.length - b.offered.length
  return more > 0 || (more === 0 && a.number < b.number)
}
