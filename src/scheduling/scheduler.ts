// Placement: which action goes to which lane, and when. It keeps the cpu shares of each lane and decides; what a lane
// is, it doesn't know. Pure: no I/O and no clock.
//
// Short bodies are sent ahead of need, so that a lane doesn't idle for a round trip between two of them; what hasn't
// started can be taken back, so nothing is hoarded: an idle lane steals, and one that belongs ahead is let pass.

import type { DurationEstimate } from './duration-estimate.js'
import { FairQueue, type Queueable } from './fair-queue.js'
import { Queue } from '../collections/queue.js'

/** How much work may wait on a lane ahead of need, in milliseconds of its thread. */
const PREFETCH_MS = 4
/** A single body may be sent ahead if one takes no longer than this: it hides the round trip, and can be stolen. */
const SINGLE_PREFETCH_MS = 20
/** However short the bodies are, no more than this many are sent ahead: each costs memory, and taking back costs time. */
const MAX_AHEAD = 512
/** How many withdrawn ones are taken out of the queue in one go. */
const MOST_WITHDRAWN = 256
/** Shares are sums of fractions. */
const EPSILON = 1e-9
/** The cost that a run is charged at first for a body whose length isn't known. */
const UNKNOWN_COST_MS = 1

/**
 * What the scheduler needs to know of an action. The last four fields are its own; `undefined` where a number would do: V8
 * keeps each fraction in an object of its own, and those that wait need none.
 */
export interface Schedulable extends Queueable {
  /** It isn't to be placed any more: it leaves the queue when it is met there. */
  readonly isWithdrawn: boolean
  /** 0…1, the share of a thread that it holds while it isn't parked. */
  readonly cpu: number
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

/**
 * Which actions a lane takes: those with `cpu` above 0, those with `cpu: 0`, both (`threads: 0`), or only those that are
 * assigned to it (`scope` bodies).
 */
export type LaneRole = 'cpu' | 'shared' | 'all' | 'local'

/** A lane as the scheduler sees it. */
export class LaneLoad<T> {
  readonly role: LaneRole
  /** Sum of the shares of what was offered or runs here and isn't parked. Over 1 after resumes. */
  held = 0
  /** How many are offered, running or parked here. */
  inFlight = 0
  /** How many are parked here. */
  parked = 0
  /** Expected time of what is offered or runs here, as far as it is known. */
  backlogMs = 0
  /** How many are offered or run here whose length isn't known, or that may spawn or park. */
  unknown = 0
  /** `false`: nothing new is placed here. */
  accepting = true
  /** It doesn't answer, so what needs no share goes elsewhere as long as that lasts (S6). */
  silent = false
  /** What was sent and may not have started, in order. Some of them may have started since. */
  readonly offered: Queue<T> = new Queue<T>()

  constructor(role: LaneRole) {
    this.role = role
  }
}

/** What the scheduler has done for it. */
export interface LaneControl<T extends Schedulable> {
  /** Opens one more lane, or says that there can't be one now. */
  open(role: 'cpu' | 'shared'): LaneLoad<T> | undefined
  /** Whether it would open one. */
  canOpen(role: 'cpu' | 'shared'): boolean
  /** Sends an action to a lane. It may end at once, but not within this call. */
  offer(lane: LaneLoad<T>, item: T): void
  /** Takes an offered action back; `false` if its body has started. */
  takeBack(lane: LaneLoad<T>, item: T): boolean
}

/** Queue and placement for the lanes of one runtime. */
export class Scheduler<T extends Schedulable> {
  readonly #control: LaneControl<T>
  readonly #lanes = new Set<LaneLoad<T>>()
  readonly #queue = new FairQueue<T>()
  /** Actions with `cpu: 0` that no lane could take yet. */
  readonly #coordinators = new Set<T>()

  constructor(control: LaneControl<T>) {
    this.#control = control
  }

  /** How many wait for a place. */
  get queued(): number {
    return this.#queue.size + this.#coordinators.size
  }

  /** Makes a lane known. */
  addLane(lane: LaneLoad<T>): void {
    this.#lanes.add(lane)
  }

  /** Forgets a lane; what was on it must have been ended or withdrawn. */
  removeLane(lane: LaneLoad<T>): void {
    this.#lanes.delete(lane)
  }

  /** Adds an action to the queue; `place` starts what can be started. */
  enqueue(item: T): void {
    item.placement = 'queued'
    if (item.cpu > 0) this.#letPass(item)
    this.#keep(item)
  }

  #keep(item: T): void {
    if (item.cpu === 0) this.#coordinators.add(item)
    else this.#queue.add(item)
  }

  /** Puts an action onto a lane of the caller's choice, whatever is held there. */
  assign(lane: LaneLoad<T>, item: T): void {
    this.#offer(lane, item)
  }

  /** Takes everything out of the queue. */
  takeAll(): T[] {
    const items = [...this.#coordinators]
    this.#coordinators.clear()
    for (let item = this.#queue.take(0); item !== undefined; item = this.#queue.take(0)) items.push(item)
    for (const item of items) item.placement = 'none'
    return items
  }

  /** Takes a queued action out for good. */
  dequeue(item: T): boolean {
    if (item.placement !== 'queued') return false
    item.placement = 'none'
    return item.cpu === 0 ? this.#coordinators.delete(item) : this.#queue.remove(item)
  }

  /** An offered action was taken back, or its lane was lost before it started: it stays out until it is enqueued. */
  withdraw(item: T): void {
    this.#leaveLane(item)
    this.#queue.charge(item.group, -(item.charged ?? 0))
    item.charged = undefined
  }

  /** Its body has started. */
  started(item: T): void {
    if (item.placement === 'offered') item.placement = 'running'
  }

  /** Its body waits: its share is free. */
  parked(item: T): void {
    const { lane } = item
    if (lane === undefined || item.placement === 'parked') return
    this.#unload(lane, item)
    lane.parked += 1
    item.placement = 'parked'
  }

  /** Its body goes on: it holds its share again, whatever else does. */
  resumed(item: T): void {
    const { lane } = item
    if (lane === undefined || item.placement !== 'parked') return
    lane.parked -= 1
    this.#load(lane, item)
    item.placement = 'running'
  }

  /** Its body has ended after `busyMs` unparked; `undefined` if that says nothing of its length. */
  ended(item: T, busyMs: number | undefined, branched: boolean): void {
    this.#leaveLane(item)
    if (busyMs === undefined) return
    // First the run's account, then the estimate, which the next charge is made by.
    this.#queue.charge(item.group, busyMs * item.cpu - (item.charged ?? 0))
    item.charged = undefined
    item.estimate.observe(busyMs, branched)
  }

  /** It was given up while its code may still run: it leaves the lane's count but its share isn't given back. */
  abandoned(item: T): void {
    const { lane } = item
    if (lane === undefined) return
    lane.accepting = false
    this.#leaveLane(item)
  }

  /** The cpu share of an action that was placed by a guess is known now. */
  corrected(item: T, cpu: number): void {
    const { lane } = item
    if (lane !== undefined && item.placement !== 'parked') lane.held += cpu - item.cpu
  }

  /**
   * Places what can be placed: called once after each batch of changes. `false`: it has met so many that were withdrawn that
   * it stopped, and is to be called again soon.
   */
  place(): boolean {
    this.#placeCoordinators()
    let withdrawn = 0
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      if (next.isWithdrawn) {
        this.dequeue(next)
        withdrawn += 1
        if (withdrawn === MOST_WITHDRAWN) return false
        continue
      }
      const lane = this.#laneFor(next)
      if (lane === undefined) break
      const cost = next.cpu * (next.estimate.meanMs ?? UNKNOWN_COST_MS)
      this.#queue.take(cost)
      next.charged = cost
      this.#offer(lane, next)
    }
    if (this.#queue.size === 0) this.#steal()
    return true
  }

  /** Whether something that comes next would be placed at once. True only of the moment after `place`. */
  hasPlaceFor(coming: Pick<Schedulable, 'cpu' | 'estimate' | 'needs'>): boolean {
    // What is left there has no place, and comes first.
    if (this.#queue.size > 0) return false
    for (const lane of this.#lanes) {
      if (!lane.accepting || lane.role === 'shared' || lane.role === 'local') continue
      if (lane.held + coming.cpu <= 1 + EPSILON || mayWaitOn(lane, coming)) return true
    }
    return this.#control.canOpen('cpu')
  }

  #placeCoordinators(): void {
    const [first] = this.#coordinators
    if (first === undefined) return
    if (first.isWithdrawn) {
      // Then others may be, too; none of these needs a lane.
      for (const item of this.#coordinators) if (item.isWithdrawn) this.dequeue(item)
      if (this.#coordinators.size === 0) return
    }
    let lane = this.#find((one) => one.role !== 'cpu' && one.accepting && !one.silent)
    if (lane === undefined) {
      lane = this.#control.open('shared')
      if (lane === undefined) return
      this.addLane(lane)
    }
    for (const item of this.#coordinators) {
      this.#coordinators.delete(item)
      if (item.isWithdrawn) item.placement = 'none'
      else this.#offer(lane, item)
    }
  }

  #laneFor(item: T): LaneLoad<T> | undefined {
    let best: LaneLoad<T> | undefined
    let ahead: LaneLoad<T> | undefined
    for (const lane of this.#lanes) {
      if (!lane.accepting || lane.role === 'shared') continue
      if (lane.held + item.cpu <= 1 + EPSILON) {
        if (best === undefined || isBetterPlace(lane, best)) best = lane
      } else if (mayWaitOn(lane, item) && (ahead === undefined || lane.backlogMs < ahead.backlogMs)) {
        ahead = lane
      }
    }
    if (best !== undefined && best.parked === 0) return best
    const opened = this.#control.open('cpu')
    if (opened === undefined) return best ?? ahead
    this.addLane(opened)
    return opened
  }

  #offer(lane: LaneLoad<T>, item: T): void {
    item.lane = lane
    item.placement = 'offered'
    lane.inFlight += 1
    lane.offered.push(item)
    this.#load(lane, item)
    this.#control.offer(lane, item)
  }

  /** Whoever belongs ahead of something that was sent early, but hasn't started, is let pass: within its run, or as a clean-up. */
  #letPass(item: T): void {
    for (const lane of this.#lanes) {
      // Who only coordinates isn't in the way.
      if (lane.role === 'shared') continue
      const last = lane.offered.last
      if (last === undefined || !isAheadByRank(item, last)) continue
      for (const offered of this.#takeBack(lane, lane.offered.length)) this.#keep(offered)
    }
  }

  /** An idle lane takes half of what waits on the lane with the longest queue. */
  #steal(): void {
    for (const idle of this.#lanes) {
      if (!idle.accepting || idle.role === 'shared' || idle.held > EPSILON) continue
      let richest: LaneLoad<T> | undefined
      for (const lane of this.#lanes) {
        if (lane === idle || lane.role === 'shared') continue
        trimOffered(lane)
        // A lone one is about to start; one behind another may be stuck.
        if (lane.offered.length > 0 && lane.inFlight > 1) {
          if (richest === undefined || lane.offered.length > richest.offered.length) richest = lane
        }
      }
      if (richest === undefined) return
      for (const item of this.#takeBack(richest, Math.ceil(richest.offered.length / 2)))
        this.#offer(idle, item)
    }
  }

  /** Takes up to `count` back, the last ones first; those that have started stay. */
  #takeBack(lane: LaneLoad<T>, count: number): T[] {
    const taken: T[] = []
    while (taken.length < count) {
      const item = lane.offered.last
      if (item === undefined) break
      if (item.lane === lane && item.placement === 'offered') {
        // A host starts in order: if this one has started, so have those before it.
        if (!this.#control.takeBack(lane, item)) break
        this.withdraw(item)
        item.placement = 'queued'
        taken.push(item)
      }
      lane.offered.pop()
    }
    return taken.toReversed()
  }

  #load(lane: LaneLoad<T>, item: T): void {
    lane.held += item.cpu
    const { meanMs, isLeaf } = item.estimate
    item.backlogMs = isLeaf ? meanMs : undefined
    if (item.backlogMs === undefined) lane.unknown += 1
    else lane.backlogMs += item.backlogMs
  }

  #unload(lane: LaneLoad<T>, item: T): void {
    if (item.backlogMs === undefined) lane.unknown -= 1
    else lane.backlogMs -= item.backlogMs
    lane.held -= item.cpu
    if (lane.inFlight - lane.parked > 1) return
    // It was the last one that held something: what rounding has left is nothing.
    lane.held = 0
    lane.backlogMs = 0
  }

  #leaveLane(item: T): void {
    const { lane } = item
    if (lane === undefined) return
    if (item.placement === 'parked') lane.parked -= 1
    else this.#unload(lane, item)
    lane.inFlight -= 1
    item.lane = undefined
    item.placement = 'none'
    trimOffered(lane)
  }

  #find(test: (lane: LaneLoad<T>) => boolean): LaneLoad<T> | undefined {
    for (const lane of this.#lanes) if (test(lane)) return lane
    return undefined
  }
}

/** A place without parked bodies, whose resumes would have to share, is better; then one that holds less. */
function isBetterPlace<T>(lane: LaneLoad<T>, than: LaneLoad<T>): boolean {
  if ((lane.parked === 0) !== (than.parked === 0)) return lane.parked === 0
  return lane.held < than.held
}

/** Whether an action may be sent to a lane whose shares are all held. */
function mayWaitOn<T>(lane: LaneLoad<T>, item: Pick<Schedulable, 'estimate'>): boolean {
  if (lane.unknown > 0 || !item.estimate.isLeaf || lane.inFlight >= MAX_AHEAD) return false
  if (lane.backlogMs < PREFETCH_MS) return true
  const meanMs = item.estimate.meanMs ?? Infinity
  return lane.inFlight - lane.parked === 1 && Math.max(lane.backlogMs, meanMs) <= SINGLE_PREFETCH_MS
}

/** Forgets those at the head of the queue that have started or ended. */
function trimOffered<T extends Schedulable>(lane: LaneLoad<T>): void {
  for (let { first } = lane.offered; first !== undefined; first = lane.offered.first) {
    if (first.lane === lane && first.placement === 'offered') return
    lane.offered.shift()
  }
}

/** Whether `a` belongs ahead of `b` for another cause than having come first. */
function isAheadByRank(a: Queueable, b: Queueable): boolean {
  if (a.isCleanUp !== b.isCleanUp) return a.isCleanUp
  if ((a.needs === undefined) !== (b.needs === undefined)) return a.needs !== undefined
  if (a.group !== b.group) return false
  return a.priority > b.priority || (a.priority === b.priority && a.depth > b.depth)
}
