// Placement: which action goes to which lane, and when. It keeps the cpu shares of each lane and decides; what a lane
// is, it doesn't know. Pure: no I/O and no clock.
//
// Short bodies are sent ahead of need, so that a lane doesn't idle for a round trip between two of them; what hasn't
// started can be taken back, so nothing is hoarded: an idle lane steals, and one that belongs ahead is let pass.

import { Backlog } from './backlog.js'
import type { LaneControl } from './lane-control.js'
import { LaneIndex } from './lane-index.js'
import { accept, changed, hold, isOfSeveral, trimOffered, type LaneLoad } from './lane-load.js'
import { LaneWalk, type LaneSearch } from './lane-search.js'
import type { Place, Where } from './places.js'
import { isCoordinator, isNext, type Schedulable } from './schedulable.js'

/** How many withdrawn ones are taken out of the queue in one go. */
const MOST_WITHDRAWN = 256
/** The cost that a run is charged at first for a body whose length isn't known. */
const UNKNOWN_COST_MS = 1
/** With more lanes than that, they are kept in an index; with less than half of it, they are looked through again. */
const MOST_WALKED = 32

/** Queue and placement for the lanes of one runtime. */
export class Scheduler<T extends Schedulable> {
  readonly #control: LaneControl<T>
  readonly #backlog = new Backlog<T>()
  /** Lanes that take what has a share, by place. */
  readonly #lanes: Set<LaneLoad<T>>[] = [new Set()]
  readonly #walk = new LaneWalk<T>(this.#lanes)
  readonly #mostWalked: number
  #index: LaneIndex<T> | undefined
  #search: LaneSearch<T> = this.#walk
  #taking = 0
  /** Lanes that take what has none. */
  readonly #sharing = new Set<LaneLoad<T>>()
  #laneCount = 0
  /** Actions with `cpu: 0` that no lane could take yet. */
  readonly #coordinators = new Set<T>()
  /** Counts placings. */
  #round = 0

  constructor(control: LaneControl<T>, mostWalked: number = MOST_WALKED) {
    this.#control = control
    this.#mostWalked = mostWalked
  }

  /**
   * Where those go that may leave this process: to that destination alone, or to this process, too. `takesOne`: a lane there takes one
   * at a time.
   */
  whereOf(isHere: boolean, destination: string, takesOne = false): Where {
    const where = this.#backlog.whereOf(isHere, destination, takesOne)
    while (this.#lanes.length < this.#backlog.places.length) this.#lanes.push(new Set())
    return where
  }

  /** This process, and all destinations that there ever were. */
  get places(): readonly Place[] {
    return this.#backlog.places
  }

  /** How many wait for a place. */
  get queued(): number {
    return this.#backlog.size + this.#coordinators.size
  }

  /** Makes a lane known; one of another machine, once it takes something, by its destination. Said again, it changes nothing. */
  addLane(lane: LaneLoad<T>, destination?: string): void {
    if (lane.place !== undefined) return
    this.#laneCount += 1
    lane.number = this.#laneCount
    lane.place = this.#backlog.placeOf(destination)
    if (lane.role !== 'cpu') this.#sharing.add(lane)
    if (lane.role === 'shared') return
    this.#lanesAt(lane.place).add(lane)
    this.#taking += 1
    if (this.#index !== undefined) this.#index.add(lane)
    else if (this.#taking > this.#mostWalked) this.#search = this.#index = this.#makeIndex()
  }

  /** Forgets a lane; what was on it must have been ended or withdrawn. */
  removeLane(lane: LaneLoad<T>): void {
    this.#sharing.delete(lane)
    if (lane.place === undefined || !this.#lanesAt(lane.place).delete(lane)) return
    this.#taking -= 1
    this.#index?.remove(lane)
    if (this.#taking * 2 > this.#mostWalked) return
    this.#index?.close()
    this.#index = undefined
    this.#search = this.#walk
  }

  #makeIndex(): LaneIndex<T> {
    const index = new LaneIndex<T>()
    for (const lanes of this.#lanes) for (const lane of lanes) index.add(lane)
    return index
  }

  #lanesAt({ number }: Place): Set<LaneLoad<T>> {
    return this.#lanes[number] as Set<LaneLoad<T>>
  }

  /** Adds an action to the queue; `place` starts what can be started. */
  enqueue(item: T): void {
    item.placement = 'queued'
    if (!isCoordinator(item)) this.#letPass(item)
    this.#keep(item)
  }

  #keep(item: T): void {
    if (isCoordinator(item)) this.#coordinators.add(item)
    else this.#backlog.add(item)
  }

  /** Puts an action onto a lane of the caller's choice, whatever is held there. */
  assign(lane: LaneLoad<T>, item: T): void {
    this.#offer(lane, item)
  }

  /** Takes everything out of the queue that can go nowhere else than here; or nowhere but to another machine. */
  takeAll(from: 'here' | 'elsewhere'): T[] {
    const items = [...(from === 'here' ? this.#coordinators : []), ...this.#backlog.takeAll(from)]
    if (from === 'here') this.#coordinators.clear()
    for (const item of items) item.placement = 'none'
    return items
  }

  /** Takes a queued action out for good. */
  dequeue(item: T): boolean {
    if (item.placement !== 'queued') return false
    item.placement = 'none'
    return isCoordinator(item) ? this.#coordinators.delete(item) : this.#backlog.remove(item)
  }

  /** An offered action was taken back, or its lane was lost before it started: it stays out until it is enqueued. */
  withdraw(item: T): void {
    this.#leaveLane(item)
    this.#backlog.charge(item.group, -(item.charged ?? 0))
    item.charged = undefined
  }

  /** Its body has started. */
  started(item: T): void {
    if (item.placement !== 'offered') return
    item.placement = 'running'
    changed(item.lane)
  }

  /** Its body waits: its share is free. */
  parked(item: T): void {
    const { lane } = item
    if (lane === undefined || item.placement === 'parked' || lane.place?.takesOne === true) return
    this.#unload(lane, item)
    lane.parked += 1
    item.placement = 'parked'
    changed(lane)
  }

  /** Its body goes on: it holds its share again, whatever else does. */
  resumed(item: T): void {
    const { lane } = item
    if (lane === undefined || item.placement !== 'parked') return
    lane.parked -= 1
    this.#load(lane, item)
    item.placement = 'running'
    changed(lane)
  }

  /** Its body has ended after `busyMs` unparked, by clocks that may differ; `undefined` if that says nothing of its length. */
  ended(item: T, busyMs: number | undefined, branched: boolean): void {
    const { lane } = item
    this.#leaveLane(item)
    if (busyMs === undefined) return
    // First the run's account, then the estimate, which the next charge is made by.
    this.#backlog.charge(item.group, Math.max(0, busyMs) * item.cpu - (item.charged ?? 0))
    item.charged = undefined
    item.estimate.observe(busyMs, branched)
    if (lane !== undefined && busyMs > lane.prefetchMs) this.#reconsider(lane)
  }

  /** What was sent ahead, as short as it was thought to be, may be as long: where it's another run's turn, all take theirs anew (S25). */
  #reconsider(lane: LaneLoad<T>): void {
    const { last } = lane.offered
    const next = last && lane.place && this.#backlog.nextAt(lane.place)
    if (isOfSeveral(lane) || (next !== undefined && isNext(next, last as T))) this.#giveWay(lane)
  }

  /** It was given up while its code may still run: it leaves the lane's count but its share isn't given back. */
  abandoned(item: T): void {
    if (item.lane === undefined) return
    accept(item.lane, false)
    this.#leaveLane(item)
  }

  /** The cpu share of an action that was placed by a guess is known now. */
  corrected(item: T, cpu: number): void {
    const { lane } = item
    if (lane === undefined || item.placement === 'parked') return
    hold(lane, lane.held + cpu - item.cpu)
    changed(lane)
  }

  /**
   * Places what can be placed: called once after each batch of changes. `false`: it has met so many that were withdrawn that
   * it stopped, and is to be called again soon.
   */
  place(): boolean {
    this.#placeCoordinators()
    // What an idle lane takes away makes room for what waits where that was.
    do if (!this.#placeQueued()) return false
    while (this.#steal())
    return true
  }

  #placeQueued(): boolean {
    this.#round += 1
    const round = this.#round
    let withdrawn = 0
    for (let next = this.#backlog.next(round); next !== undefined; next = this.#backlog.next(round)) {
      if (next.isWithdrawn) {
        this.dequeue(next)
        withdrawn += 1
        if (withdrawn === MOST_WITHDRAWN) return false
        continue
      }
      const where = next.where
      const lane = this.#laneFor(next, where)
      if (lane === undefined) {
        this.#backlog.block(where, round)
        continue
      }
      const cost = next.cpu * (next.estimate.meanMs ?? UNKNOWN_COST_MS)
      this.#backlog.take(where, cost)
      next.charged = cost
      this.#offer(lane, next)
    }
    return true
  }

  /** Whether something that comes next would be placed at once. True only of the moment after `place`. */
  hasPlaceFor(coming: Pick<Schedulable, 'cpu' | 'estimate' | 'needs'> & { readonly where: Where }): boolean {
    const { where } = coming
    // What is left there has no place, and comes first.
    if (this.#backlog.isWaitedFor(where)) return false
    for (const place of [where.here, where.elsewhere]) {
      if (place === undefined) continue
      this.#search.look(place, coming)
      if (this.#search.best !== undefined || this.#search.ahead !== undefined) return true
    }
    return where.here !== undefined && this.#control.canOpen('cpu')
  }

  #placeCoordinators(): void {
    const [first] = this.#coordinators
    if (first === undefined) return
    if (first.isWithdrawn) {
      // Then others may be, too; none of these needs a lane.
      for (const item of this.#coordinators) if (item.isWithdrawn) this.dequeue(item)
      if (this.#coordinators.size === 0) return
    }
    let lane = this.#sharingLane()
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

  /** This process first, then the other place: where it may start at once without being in the way of parked ones, or with. */
  #laneFor(item: T, { here, elsewhere }: Where): LaneLoad<T> | undefined {
    const search = this.#search
    let best: LaneLoad<T> | undefined
    let ahead: LaneLoad<T> | undefined
    if (here !== undefined && !this.#backlog.isClosed(here, this.#round)) {
      search.look(here, item)
      ;({ best, ahead } = search)
      if (best !== undefined && best.parked === 0) return best
      const opened = this.#control.open('cpu')
      if (opened !== undefined) {
        this.addLane(opened)
        return opened
      }
    }
    if (elsewhere === undefined || this.#backlog.isClosed(elsewhere, this.#round)) return best ?? ahead
    search.look(elsewhere, item)
    if (search.best !== undefined && search.best.parked === 0) return search.best
    return best ?? search.best ?? ahead ?? search.ahead
  }

  #offer(lane: LaneLoad<T>, item: T): void {
    item.lane = lane
    item.placement = 'offered'
    lane.inFlight += 1
    lane.offered.push(item)
    this.#load(lane, item)
    changed(lane)
    this.#control.offer(lane, item)
  }

  /** Whoever belongs ahead of something that was sent early, but hasn't started, is let pass: within its run, or as a clean-up. */
  #letPass(item: T): void {
    const { here, elsewhere } = item.where
    if (here !== undefined) this.#search.letPass(here, item, this.#giveWay)
    if (elsewhere !== undefined) this.#search.letPass(elsewhere, item, this.#giveWay)
  }

  readonly #giveWay = (lane: LaneLoad<T>): void => {
    trimOffered(lane)
    if (lane.offered.length === 0) return
    if (lane.place?.isHere !== true) this.#control.askBack(lane, lane.offered.length, 'now')
    else for (const offered of this.#takeBack(lane, lane.offered.length)) this.#keep(offered)
  }

  /** An idle lane takes half of what waits on the lane with the longest queue. `true`: from where others wait for a place. */
  #steal(): boolean {
    let isWaitedFor = false
    for (const place of this.#backlog.places) {
      // What waits is placed first.
      if (this.#backlog.isClosed(place, this.#round)) continue
      for (let idle = this.#search.idleAt(place); idle !== undefined; idle = this.#search.idleAt(place)) {
        const richest = this.#search.richestFor(place)
        if (richest === undefined) break
        // One beside a parked body is no better off beside another.
        if (idle.parked > 0 && richest.inFlight - richest.parked < 2) break
        const half = Math.ceil(richest.offered.length / 2)
        if (richest.place?.isHere !== true) {
          this.#control.askBack(richest, half, 'soon')
          break
        }
        const items = this.#takeBack(richest, half, place)
        if (items.length === 0) break
        for (const item of items) this.#offer(idle, item)
        isWaitedFor ||= this.#backlog.isClosed(richest.place, this.#round)
      }
    }
    return isWaitedFor
  }

  /** Takes up to `count` back that may go to a place, the last ones first; those that have started stay. */
  #takeBack(lane: LaneLoad<T>, count: number, place?: Place): T[] {
    const taken: T[] = []
    while (taken.length < count) {
      const item = lane.offered.last
      if (item === undefined) break
      if (item.lane === lane && item.placement === 'offered') {
        if (place !== undefined && !item.where.includes(place)) break
        // A host starts in order: if this one has started, so have those before it.
        if (!this.#control.takeBack(lane, item)) break
        this.withdraw(item)
        item.placement = 'queued'
        taken.push(item)
      }
      lane.offered.pop()
    }
    changed(lane)
    return taken.toReversed()
  }

  #load(lane: LaneLoad<T>, item: T): void {
    hold(lane, lane.held + item.cpu)
    const { meanMs, isLeaf } = item.estimate
    item.backlogMs = isLeaf ? meanMs : undefined
    if (item.backlogMs === undefined) lane.unknown += 1
    else lane.backlogMs += item.backlogMs
  }

  #unload(lane: LaneLoad<T>, item: T): void {
    if (item.backlogMs === undefined) lane.unknown -= 1
    else lane.backlogMs -= item.backlogMs
    if (lane.inFlight - lane.parked > 1) {
      hold(lane, lane.held - item.cpu)
      return
    }
    // It was the last one that held something: what rounding has left is nothing.
    hold(lane, 0)
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
    changed(lane)
    if (lane.inFlight === 0) this.#control.emptied(lane)
  }

  #sharingLane(): LaneLoad<T> | undefined {
    for (const lane of this.#sharing) if (lane.accepting && !lane.silent) return lane
    return undefined
  }
}
