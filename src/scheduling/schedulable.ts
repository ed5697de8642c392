// An action as the scheduler sees it.

import type { DurationEstimate } from './duration-estimate.js'
import type { Queueable } from './fair-queue.js'
import type { LaneLoad } from './lane-load.js'
import type { Where } from './places.js'

/**
 * What the scheduler needs to know of an action. The last four fields are its own; `undefined` where a number would do: V8
 * keeps each fraction in an object of its own, and those that wait need none.
 */
export interface Schedulable extends Queueable {
  /** It isn't to be placed any more: it leaves the queue when it is met there. */
  readonly isWithdrawn: boolean
  /** 0…1, the share of a thread that it holds while it isn't parked. */
  readonly cpu: number
  /** Where it may go. The same while it waits. */
  readonly where: Where
  readonly estimate: DurationEstimate
  placement: Placement
  lane: LaneLoad<this> | undefined
  /** What its run was charged when it was placed; `undefined` before. */
  charged: number | undefined
  /** Its part of its lane's backlog; `undefined` where its length isn't known, or it is on none. */
  backlogMs: number | undefined
}

/** Where an action stands with the scheduler. */
export type Placement = 'none' | 'queued' | 'offered' | 'running' | 'parked'

/** Whether it needs no share of a thread, and so none of the lanes that are shared out; elsewhere, all lanes are. */
export function isCoordinator({ cpu, where }: Pick<Schedulable, 'cpu' | 'where'>): boolean {
  return cpu === 0 && where.elsewhere === undefined
}

/** Whether `a` belongs ahead of `b` for another cause than having come first. */
export function isAheadByRank(a: Queueable, b: Queueable): boolean {
  if (a.isCleanUp !== b.isCleanUp) return a.isCleanUp
  if ((a.needs === undefined) !== (b.needs === undefined)) return a.needs !== undefined
  if (a.group !== b.group) return false
  return a.priority > b.priority || (a.priority === b.priority && a.depth > b.depth)
}

/** Whether `a` goes before `b`, where each is the first in its queue. */
export function isNext(a: Queueable, b: Queueable): boolean {
  if (isAheadByRank(a, b)) return true
  if (isAheadByRank(b, a)) return false
  if (a.group !== b.group && !a.isCleanUp && a.needs === undefined) {
    const timeA = a.group.virtualTime
    const timeB = b.group.virtualTime
    if (timeA !== timeB) return timeA < timeB
  }
  return a.sequence < b.sequence
}
