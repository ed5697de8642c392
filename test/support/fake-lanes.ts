// Lanes and hosts without threads, for the scheduler, which is pure: a host starts in order what fits, as a real one does.

import { expect } from 'vitest'
import { DurationEstimate } from '../../src/scheduling/duration-estimate.js'
import type { ResourceCounts } from '../../src/protocol/resolved-options.js'
import type { FairShare } from '../../src/scheduling/fair-queue.js'
import type { LaneControl } from '../../src/scheduling/lane-control.js'
import { LaneLoad, type LaneRole } from '../../src/scheduling/lane-load.js'
import { ONLY_HERE, type Where } from '../../src/scheduling/places.js'
import type { Placement, Schedulable } from '../../src/scheduling/schedulable.js'
import { Scheduler } from '../../src/scheduling/scheduler.js'

const EPSILON = 1e-6

/** What an item is given. */
interface ItemOptions {
  readonly cpu?: number
  readonly priority?: number
  readonly depth?: number
  readonly isCleanUp?: boolean
  readonly needs?: ResourceCounts
  readonly where?: Where
}

/** An action as the scheduler sees one. */
export class Item implements Schedulable {
  static #sequence = 0
  readonly group: FairShare
  readonly cpu: number
  readonly priority: number
  readonly depth: number
  readonly isCleanUp: boolean
  readonly needs: ResourceCounts | undefined
  readonly sequence: number
  readonly estimate: DurationEstimate
  readonly where: Where
  isWithdrawn = false
  rowIndex = -1
  placement: Placement = 'none'
  lane: LaneLoad<this> | undefined
  charged: number | undefined
  backlogMs: number | undefined

  constructor(
    group: FairShare,
    estimate: DurationEstimate,
    { cpu = 1, priority = 0, depth = 0, isCleanUp = false, needs, where = ONLY_HERE }: ItemOptions = {},
  ) {
    Item.#sequence += 1
    this.sequence = Item.#sequence
    this.group = group
    this.estimate = estimate
    this.cpu = cpu
    this.priority = priority
    this.depth = depth
    this.isCleanUp = isCleanUp
    this.needs = needs
    this.where = where
  }
}

/** A host as the scheduler may assume one: starts what it was sent in order, as far as its shares allow. */
export class FakeLane {
  readonly load: LaneLoad<Item>
  readonly waiting: Item[] = []
  readonly live = new Map<Item, 'running' | 'parked'>()

  constructor(role: LaneRole) {
    this.load = new LaneLoad<Item>(role)
  }

  get held(): number {
    let held = 0
    for (const [item, state] of this.live) if (state === 'running') held += item.cpu
    return held
  }

  /** Starts what fits; without telling the scheduler, as a real host. */
  start(): Item[] {
    const started: Item[] = []
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (this.held + next.cpu > 1 + EPSILON) break
      this.waiting.shift()
      this.live.set(next, 'running')
      started.push(next)
    }
    return started
  }
}

/** Lanes without threads: they hold what was sent, and check that it may be. */
export class FakeLanes implements LaneControl<Item> {
  readonly lanes = new Map<LaneLoad<Item>, FakeLane>()
  readonly offers: Item[] = []
  readonly scheduler = new Scheduler<Item>(this)
  readonly #threads: number

  constructor(threads: number) {
    this.#threads = threads
  }

  /** How many of a role can take something. */
  openLanes(role: LaneRole): number {
    return [...this.lanes.keys()].filter((load) => load.role === role && load.accepting).length
  }

  canOpen(role: 'cpu' | 'shared'): boolean {
    return this.openLanes(role) < (role === 'cpu' ? this.#threads : 1)
  }

  open(role: 'cpu' | 'shared'): LaneLoad<Item> | undefined {
    if (!this.canOpen(role)) return undefined
    const lane = new FakeLane(role)
    this.lanes.set(lane.load, lane)
    return lane.load
  }

  offer(load: LaneLoad<Item>, item: Item): void {
    this.offers.push(item)
    const lane = this.lane(load)
    expect(load.accepting).toBe(true)
    expect(load.role).toBe(item.cpu === 0 ? 'shared' : 'cpu')
    lane.waiting.push(item)
  }

  takeBack(load: LaneLoad<Item>, item: Item): boolean {
    const { waiting } = this.lane(load)
    const at = waiting.indexOf(item)
    if (at === -1) return false
    // The last ones first: a host starts in order.
    expect(at).toBe(waiting.length - 1)
    waiting.pop()
    return true
  }

  emptied(load: LaneLoad<Item>): void {
    expect(load.inFlight).toBe(0)
  }

  askBack(): void {
    throw new Error('there are no lanes elsewhere')
  }

  lane(load: LaneLoad<Item>): FakeLane {
    return this.lanes.get(load) as FakeLane
  }

  laneOf(item: Item): FakeLane {
    return this.lane(item.lane as LaneLoad<Item>)
  }

  end(item: Item, busyMs: number | undefined, branched = false): void {
    this.laneOf(item).live.delete(item)
    this.scheduler.ended(item, busyMs, branched)
  }

  /** Starts what can be started, and tells of it. */
  startAll(): Item[] {
    const started = [...this.lanes.values()].flatMap((lane) => lane.start())
    for (const item of started) this.scheduler.started(item)
    return started
  }
}

/** An estimate after one body of that length. */
export function known(meanMs: number, branched = false): DurationEstimate {
  const estimate = new DurationEstimate()
  estimate.observe(meanMs, branched)
  return estimate
}
