// The dispatcher's interface, as the supervisor needs it.

import type { Schedulable } from '../../scheduling/schedulable.js'
import type { Where } from '../../scheduling/places.js'
import type { Destinations } from '../dispatch/destinations.js'
import type { Lane } from '../../threads/lane.js'
import type { Action } from '../tree/action.js'

/** What may come next. */
export interface Coming extends Pick<Schedulable, 'cpu' | 'estimate' | 'needs'> {
  readonly where: Where
}

/** Brings actions onto lanes, and keeps account of what runs there. */
export interface Dispatch {
  readonly queued: number
  readonly destinations: Pick<Destinations, 'whereOf' | 'refusal'>
  enqueue(action: Action): void
  dequeue(action: Action): boolean
  ended(action: Action, busyMs: number | undefined, branched: boolean): void
  started(action: Action): void
  parked(action: Action): void
  resumed(action: Action): void
  corrected(action: Action, cpu: number): void
  /** Taken back from a lane: it stays out until it is queued again. */
  withdraw(action: Action): void
  /** Takes back what hasn't started on a lane: others have it. */
  requeueUnstarted(lane: Lane<Action>): void
  /** Given up while its code may still run: its share isn't given back. */
  abandoned(action: Action): void
  /** Looks for threads that don't start what they were sent. */
  checkStalled(now: number): void
  /** Handles what has arrived from the threads but not been delivered. */
  drain(): void
  /** Starts what can be started, at the end of this tick. */
  schedule(): void
  /** The same, at once. */
  place(): boolean
  /** Whether what comes next, and nobody knows of yet, would start at once. */
  hasPlaceFor(coming: Coming): boolean
  /** The resources that it holds are free again: it has ended, or is to be tried again. */
  release(action: Action): void
}
