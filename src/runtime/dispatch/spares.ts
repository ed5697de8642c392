// How many threads are got ready for those that are killed: one for each lane that may be soon, and for each that was and hasn't
// been replaced. None while nothing is stopped by force.

import type { Lane } from '../../threads/lane.js'
import type { Action } from '../tree/action.js'

/** What is needed of the lanes. */
export interface SpareLanes {
  /** How many there may be that take something. */
  readonly most: number
  lanes(): Iterable<Lane<Action>>
  /** Sees to it that so many threads are without a lane. */
  keep(count: number): void
}

/** The spare threads of one runtime. */
export class Spares {
  readonly #fleet: SpareLanes
  /** Those that may be killed, and when. */
  readonly #expected = new Map<Lane<Action>, number>()

  constructor(fleet: SpareLanes) {
    this.#fleet = fleet
  }

  /** It may be killed at that time. */
  expect(lane: Lane<Action>, at: number, now: number): void {
    const known = this.#expected.get(lane)
    if (known === undefined || known < at) this.#expected.set(lane, at)
    // Called for each action whose grace ends: one of a lane is enough.
    if (known !== undefined && known >= now) return
    // Those whose time is over haven't been killed: what was on them has ended.
    for (const [other, until] of this.#expected) if (until < now) this.#expected.delete(other)
    this.#keep(0)
  }

  /** It is being killed: its replacement starts in the same step, while the thread exits. */
  killed(lane: Lane<Action>): void {
    this.#expected.delete(lane)
    this.#keep(0)
  }

  /** Nothing is kept for one that is gone, however it went. Where it was killed, the next kill finds a spare, too. */
  gone(lane: Lane<Action>, wasKilled: boolean): void {
    this.#expected.delete(lane)
    if (wasKilled) this.#keep(1)
  }

  #keep(least: number): void {
    let open = 0
    let killed = 0
    for (const { load, life } of this.#fleet.lanes()) {
      if (life.state === 'terminating') killed += 1
      else if (load.accepting && life.canBeKilled) open += 1
    }
    const { most } = this.#fleet
    const unreplaced = Math.min(killed, Math.max(0, most - open))
    this.#fleet.keep(Math.min(most, Math.max(least, unreplaced + this.#expected.size)))
  }
}
