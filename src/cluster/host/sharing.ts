// How a host shares its places among those who want them all the time (D18): a lane that has been lent for long is asked back, and what
// runs on it ends first. Nothing is cut off.

import { namesIn, readDestination, type LaneKind } from '../build.js'
import type { WaitingLane } from '../engine/bullmq.js'
import { worldClock } from '../link/wire.js'
import { isOfThreads, type ServedLane } from './served-lane.js'

/** From so many milliseconds on a lane is asked back, where others wait; of those, so many requests are looked at. */
const SHARED_AFTER_MS = 10_000
const LOOKED_AT = 20

/** What is shared, and among whom. */
export interface SharingOptions {
  /** Those that are offered or served. */
  readonly lanes: () => Iterable<ServedLane>
  readonly queues: () => readonly string[]
  /** How many lanes more of a queue, or of a kind, may be served. */
  readonly free: (queue: string) => number
  readonly freeOfKind: (kind: LaneKind) => number
  /** The first requests that wait in a queue. */
  readonly waiting: (queue: string, most: number) => Promise<readonly WaitingLane[]>
}

/** The places of one host. */
export class Sharing {
  readonly #options: SharingOptions
  /** The queue for which a lane was asked back: its place isn't for others. */
  #promised: { readonly queue: string; readonly lane: ServedLane } | undefined

  constructor(options: SharingOptions) {
    this.#options = options
  }

  /** How many of the places that are free are another queue's. */
  keptFrom(queue: string): 0 | 1 {
    if (this.#promised === undefined || this.#promised.queue === queue || !isOfThreads(queue)) return 0
    const { state, holdsPlace } = this.#promised.lane
    return state === 'gone' || !holdsPlace ? 1 : 0
  }

  /** A request of a queue is served. */
  served(queue: string): void {
    if (this.#promised?.queue === queue) this.#promised = undefined
  }

  /** What is parked on a lane may wait for just what is to be served: the lane takes nothing new, and its place is free (D10). */
  lend(): void {
    for (const lane of this.#options.lanes()) {
      if (!lane.mayLendPlace) continue
      lane.retire()
      return
    }
  }

  /**
   * Where others wait, asks a lane back that has been lent for long, for whoever's turn it is then: one of an owner who holds more than
   * who waits, or as many; and of those, whose turn came last. What waits for other lanes of the same owner's counts, too.
   */
  async share(): Promise<void> {
    const before = worldClock.now() - SHARED_AFTER_MS
    const { lanes, queues, free, waiting } = this.#options
    const old = [...lanes()].filter(
      (lane) => lane.state !== 'offered' && lane.since < before && isOfThreads(lane.destination),
    )
    // What is being given back already is for one of those.
    if (old.some(({ state, holdsPlace }) => state === 'retiring' && holdsPlace)) return
    this.#promised = undefined
    const byTurn = old.toSorted((a, b) => b.turn - a.turn)
    for (const queue of queues()) {
      const helps = byTurn.filter((lane) => lane.state === 'served' && this.#makesRoom(lane, queue))
      if (helps.length === 0 || free(queue) > 0) continue
      const wanted = await waiting(queue, LOOKED_AT)
      const lane = helps.find(({ state, owner, turn, destination }) => {
        const isSame = readDestination(destination).queue === queue
        const isBefore = (other: WaitingLane): boolean =>
          other.turn <= turn && !(isSame && other.owner === owner)
        return state === 'served' && wanted.some(isBefore)
      })
      if (lane === undefined) continue
      this.#promised = { queue, lane }
      lane.retire()
      return
    }
  }

  /** Whether a queue could be served if that lane weren't. */
  #makesRoom({ destination, holdsPlace }: ServedLane, queue: string): boolean {
    if (!isOfThreads(queue)) return false
    if (holdsPlace && this.#options.freeOfKind('lanes') <= 0) return true
    const held = namesIn(readDestination(destination).queue)
    return namesIn(queue).some((name) => held.includes(name))
  }
}
