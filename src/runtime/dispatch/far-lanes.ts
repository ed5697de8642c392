// The lanes of other machines: asked for while there is work for them that no lane takes, and taken back when there isn't.

import { ClaimState } from '../../protocol/claims.js'
import { world } from '../../protocol/world.js'
import type { Place } from '../../scheduling/places.js'
import type { Lane } from '../../threads/lane.js'
import type { OpenLine } from '../../threads/lane-line.js'
import type { Action } from '../tree/action.js'
import { CLUSTER_CLOSED } from './destinations.js'
import { shareLanes, sum } from './lane-shares.js'
import type { LaneSource } from './lane-source.js'
import { UnservedWatch } from './unserved.js'

/** How long a request that nobody needs any more is left to stand, in milliseconds: work mostly comes in bursts. */
const STAND_MS = 100
/** The wait before a lane is asked for again after one was lost before it came up, doubled with each, and the longest. */
const BACKOFF_MS = 20
const LONGEST_BACKOFF_MS = 5000

/** What is needed of whoever has all lanes. */
export interface FarFleet {
  readonly epochOffset: number
  /** This process, and all destinations. */
  places(): readonly Place[]
  create(open: OpenLine): Lane<Action>
  /** It takes something from now on. */
  addLane(lane: Lane<Action>, destination: string): void
  /** Takes back what hasn't started on a lane that takes nothing new. */
  requeueUnstarted(lane: Lane<Action>): void
  /** Nobody serves a destination that some wait for; `why`: who is there. */
  unserved(destination: string, why: string): void
  /** No lane can be had any more: what may go nowhere else fails. */
  failQueued(why: string): void
  /** Something has changed: places what can be placed. */
  schedule(): void
}

/** The lanes that serve one destination. */
interface Serving {
  readonly destination: string
  readonly wanted: Set<Lane<Action>>
  /** Since when there are some of those, by the monotonic clock. */
  wantedSince: number
  readonly open: Set<Lane<Action>>
  /** Those that take nothing new, and are given back once nothing is left on them. */
  readonly leaving: Set<Lane<Action>>
  /** Those that are on their way to be gone. */
  readonly closing: Set<Lane<Action>>
  /** Those whose thread runs code that was given up, or is being killed: others take their places. */
  readonly givenUp: Set<Lane<Action>>
  /** Whether there is anybody at all, as far as is known. */
  service: 'unknown' | 'none'
  /** How many more would take all that waits. */
  demand: number
  /** How many in a row were lost before they came up, and the wait after that. */
  failures: number
  backoff: NodeJS.Timeout | undefined
}

/** How many lanes there are, by where they stand. */
export interface FarCounts {
  readonly wanted: number
  readonly open: number
  readonly closing: number
}

/** All lanes of one runtime that other machines serve. */
export class FarLanes {
  readonly #source: LaneSource
  readonly #fleet: FarFleet
  readonly #serving = new Map<string, Serving>()
  readonly #of = new Map<Lane<Action>, Serving>()
  readonly #unserved: UnservedWatch | undefined
  readonly #leaveSource: () => void
  #taking: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(source: LaneSource, fleet: FarFleet) {
    this.#source = source
    this.#fleet = fleet
    this.#leaveSource = source.onClose(() => fleet.schedule())
    this.#unserved =
      source.view &&
      new UnservedWatch(source.view, {
        wanted: () =>
          [...this.#serving.values()]
            .filter(({ wanted, service, demand }) => wanted.size > 0 || (service === 'none' && demand > 0))
            .map(({ destination, wantedSince }) => [destination, wantedSince] as const),
        looked: (destination, why) => this.#looked(destination, why),
      })
  }

  /** By destination. */
  counts(): Map<string, FarCounts> {
    return new Map(
      [...this.#serving.values()].map(({ destination, wanted, open, leaving, closing, givenUp }) => [
        destination,
        { wanted: wanted.size, open: open.size, closing: leaving.size + closing.size + givenUp.size },
      ]),
    )
  }

  /** Those that have come up. */
  *up(): Iterable<Lane<Action>> {
    for (const { open } of this.#serving.values()) yield* open
  }

  /** Asks for what is missing, by what waits: after each placing. */
  ask(): void {
    if (this.#isClosed) return
    if (this.#source.isClosed) {
      this.#endWaits()
      if (this.#fleet.places().some(({ isHere, demand }) => !isHere && demand > 0))
        this.#fleet.failQueued(CLUSTER_CLOSED)
      return
    }
    let isMissing = false
    for (const { destination, demand } of this.#fleet.places()) {
      if (destination === undefined) continue
      const known = this.#serving.get(destination)
      const asked = known?.wanted.size ?? 0
      if (demand > asked) isMissing = true
      else if (demand < asked) this.#takeBackSoon()
      if (known !== undefined) {
        known.demand = demand
        holdWhileWanted(known)
      } else if (demand > 0) this.#serve(destination, demand)
    }
    if (isMissing) this.#share()
  }

  /** A lane has come up. */
  cameUp(lane: Lane<Action>): void {
    const serving = this.#of.get(lane)
    if (serving?.wanted.delete(lane) !== true) return
    serving.failures = 0
    serving.service = 'unknown'
    world.clearTimeout(serving.backoff)
    serving.backoff = undefined
    serving.open.add(lane)
    this.#fleet.addLane(lane, serving.destination)
    this.#fleet.schedule()
  }

  /** It takes nothing new, and is given back as soon as nothing is left on it: others want one, too. */
  leave(lane: Lane<Action>): void {
    const serving = this.#of.get(lane)
    if (serving?.open.delete(lane) !== true) return
    serving.leaving.add(lane)
    lane.life.retire()
    this.#fleet.requeueUnstarted(lane)
    if (lane.load.inFlight === 0) this.emptied(lane)
  }

  /** Code that was given up may still run there, or its thread is being killed: another lane takes its place. */
  giveUp(lane: Lane<Action>): void {
    const serving = this.#of.get(lane)
    if (serving?.open.delete(lane) === true || serving?.leaving.delete(lane) === true)
      serving.givenUp.add(lane)
  }

  /** Nothing is left on a lane. */
  emptied(lane: Lane<Action>): void {
    const serving = this.#of.get(lane)
    if (serving?.leaving.delete(lane) === true) this.#close(lane, serving)
  }

  gone(lane: Lane<Action>): void {
    const serving = this.#of.get(lane)
    if (serving === undefined) return
    this.#of.delete(lane)
    const hadNotComeUp = serving.wanted.delete(lane)
    const { open, leaving, closing, givenUp } = serving
    for (const lanes of [open, leaving, closing, givenUp]) lanes.delete(lane)
    if (hadNotComeUp && !this.#isClosed) this.#backOff(serving)
  }

  /** Nothing is asked for any more. */
  close(): void {
    this.#isClosed = true
    this.#unserved?.end()
    this.#leaveSource()
    world.clearTimeout(this.#taking)
    this.#endWaits()
  }

  #endWaits(): void {
    for (const serving of this.#serving.values()) {
      world.clearTimeout(serving.backoff)
      serving.backoff = undefined
    }
  }

  #serve(destination: string, demand: number): void {
    this.#serving.set(destination, {
      ...{ destination, demand, failures: 0, backoff: undefined, wantedSince: 0, service: 'unknown' },
      ...{ wanted: noLanes(), open: noLanes(), leaving: noLanes(), closing: noLanes(), givenUp: noLanes() },
    })
  }

  /** Each destination gets its part of what there may be at a time; who has more of it gives some back, where others lack it. */
  #share(): void {
    const all = [...this.#serving.values()]
    // There mustn't be ever more of those that are given up.
    const { most } = this.#source
    const leaving = all.flatMap((serving) => [...serving.leaving])
    const computing = busyOf(leaving)
    const besides = leaving.length - computing + sum(all.map(({ givenUp }) => givenUp.size))
    const spare = mostLanes(most) - most - besides
    const claims = all.map(({ open, demand }) => ({
      used: all.length === 1 ? open.size - parkedOf(open).length : busyOf(open),
      demand,
    }))
    const shares = shareLanes(claims, most + Math.min(0, spare), (index) => all[index]?.service === 'none')
    // What is parked on one that leaves may wait for a child that needs a lane (D10).
    const ending = computing + sum(all.map(({ closing }) => closing.size))
    let room =
      most + Math.min(0, spare) - ending - sum(all.map(({ wanted, open }) => wanted.size + open.size))
    let lacking = -ending
    all.forEach((serving, index) => {
      const { open, wanted } = serving
      const missing = (shares[index] as number) - open.size + parkedOf(open).length - wanted.size
      if (missing <= 0 || serving.backoff !== undefined) return
      const created = Math.max(0, Math.min(missing, room))
      for (let count = 0; count < created; count += 1) this.#want(serving)
      room -= created
      lacking += missing - created
    })
    for (const [index, serving] of all.entries())
      if (lacking > 0) lacking -= this.#reduce(serving, shares[index] as number, lacking)
    const parked = all.flatMap(({ open }) => parkedOf(open))
    for (const lane of parked.slice(0, Math.max(0, lacking))) this.leave(lane)
  }

  #looked(destination: string, why: string | undefined): void {
    const serving = this.#serving.get(destination)
    if (serving !== undefined) serving.service = why === undefined ? 'unknown' : 'none'
    if (why !== undefined) this.#fleet.unserved(destination, why)
    this.#fleet.schedule()
  }

  #want(serving: Serving): void {
    const { epochOffset } = this.#fleet
    const lane = this.#fleet.create(this.#source.open(serving.destination, epochOffset))
    this.#of.set(lane, serving)
    if (serving.wanted.size === 0) serving.wantedSince = world.now()
    serving.wanted.add(lane)
    this.#unserved?.begin()
  }

  /** Down to its part, by so many at most. Gives how many. */
  #reduce(serving: Serving, share: number, most: number): number {
    const { wanted, open } = serving
    const count = Math.min(most, Math.max(0, open.size + wanted.size - share))
    const unneeded = [...wanted].slice(Math.max(0, wanted.size - count))
    for (const lane of unneeded) this.#close(lane, serving)
    const idlest = [...open].toSorted((a, b) => busyness(a) - busyness(b))
    for (const lane of idlest.slice(0, count - unneeded.length)) this.leave(lane)
    return count
  }

  #takeBackSoon(): void {
    this.#taking ??= world.setTimeout(() => {
      this.#taking = undefined
      for (const serving of this.#serving.values()) {
        const { wanted, demand } = serving
        for (const lane of [...wanted].slice(demand)) this.#close(lane, serving)
      }
    }, STAND_MS)
  }

  #close(lane: Lane<Action>, serving: Serving): void {
    serving.wanted.delete(lane)
    serving.closing.add(lane)
    lane.life.close()
  }

  /** What can't be had is asked for again, but ever later. */
  #backOff(serving: Serving): void {
    serving.failures += 1
    if (serving.demand === 0) return
    const ms = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (serving.failures - 1))
    serving.backoff ??= world.setTimeout(() => {
      serving.backoff = undefined
      this.#fleet.schedule()
    }, ms)
  }
}

/** The process stays alive for what waits, and not for a wait that is for nobody any more (I13). */
function holdWhileWanted({ demand, backoff }: Serving): void {
  if (demand > 0) backoff?.ref()
  else backoff?.unref()
}

/** How many there may be at a time, with those that are given up. */
function mostLanes(most: number): number {
  return 4 * most + 16
}

const noLanes = (): Set<Lane<Action>> => new Set()

/** Those that idle are the first to be given back, where another destination lacks some; unless they take nothing just now. */
function busyOf(lanes: Iterable<Lane<Action>>): number {
  let busy = 0
  for (const lane of lanes) {
    const { inFlight, accepting } = lane.load
    if (inFlight === 0 ? !accepting : !isParked(lane)) busy += 1
  }
  return busy
}

/** Idle ones come first, then those on which all is parked. */
function busyness(lane: Lane<Action>): number {
  return isParked(lane) ? 1 : 2 * lane.load.inFlight
}

/** What is parked may wait for a child that needs a lane (D10). */
function parkedOf(lanes: Iterable<Lane<Action>>): Lane<Action>[] {
  return [...lanes].filter(isParked)
}

/** Whether all is that is there. */
function isParked(lane: Lane<Action>): boolean {
  const { inFlight, parked, place } = lane.load
  if (inFlight === 0) return false
  if (place?.takesOne !== true) return inFlight === parked
  // It keeps its share there.
  for (const action of lane.items()) if (lane.claim(action) !== ClaimState.parked) return false
  return true
}
