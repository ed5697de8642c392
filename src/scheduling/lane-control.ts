// What the scheduler has done with lanes, by whoever has them.

import type { LaneLoad } from './lane-load.js'
import type { Schedulable } from './schedulable.js'

/** What the scheduler has done for it. */
export interface LaneControl<T extends Schedulable> {
  /** Opens one more lane in this process, or says that there can't be one now. */
  open(role: 'cpu' | 'shared'): LaneLoad<T> | undefined
  /** Whether it would open one. */
  canOpen(role: 'cpu' | 'shared'): boolean
  /** Sends an action to a lane. It may end at once, but not within this call. */
  offer(lane: LaneLoad<T>, item: T): void
  /** Takes an offered action back; `false` if its body has started. */
  takeBack(lane: LaneLoad<T>, item: T): boolean
  /** Nothing is offered, runs or is parked on a lane any more. */
  emptied(lane: LaneLoad<T>): void
  /**
   * Asks another machine for the last ones of what was sent to a lane there, so many; where that is `now`, at once, else if they
   * still haven't started a while from now. What comes back is withdrawn, and enqueued again.
   */
  askBack(lane: LaneLoad<T>, count: number, when: 'now' | 'soon'): void
}
