// The lanes of a scheduler in heaps, so that finding one among thousands costs no more than the few steps of a heap. Each lane tells
// of its changes; what it stands in is put right then.

import { IndexedHeap, type Indexed } from '../collections/indexed-heap.js'
import type { FairShare } from './fair-queue.js'
import {
  hasRoomFor,
  isIdle,
  isShort,
  mostAhead,
  overMs,
  stealable,
  trimOffered,
  type LaneLoad,
  type LaneWatcher,
} from './lane-load.js'
import { isRicher, type LaneSearch } from './lane-search.js'
import type { Place, Where } from './places.js'
import { isAheadByRank, type Schedulable } from './schedulable.js'

type Heap<T extends Schedulable> = IndexedHeap<Standing<T>>

/** Where a lane stands in one of some heaps. */
class Standing<T extends Schedulable> implements Indexed {
  readonly lane: LaneLoad<T>
  #heap: Heap<T> | undefined
  heapIndex: number = -1

  constructor(lane: LaneLoad<T>) {
    this.lane = lane
  }

  /** It belongs into that heap, by what it is now. */
  belongs(heap: Heap<T> | undefined): void {
    if (this.#heap === heap) {
      heap?.update(this)
      return
    }
    this.#heap?.remove(this)
    this.#heap = heap
    heap?.add(this)
  }
}

/** All that one lane stands in. */
interface Standings<T extends Schedulable> {
  readonly room: Standing<T>
  readonly ahead: Standing<T>
  readonly single: Standing<T>
  readonly idle: Standing<T>
  readonly rich: Standing<T>
  readonly ranked: Standing<T>
  /** The rows that it is one of, by what was sent to it last. */
  rows: Rows<T> | undefined
  /** The run of the same. */
  group: FairShare | undefined
}

/** Lanes at one place to which something of one kind was sent last: by run, who is passed first is first. */
class Rows<T extends Schedulable> {
  readonly lanes = new Set<LaneLoad<T>>()
  readonly byRun = new Map<FairShare, Heap<T>>()

  heapOf(group: FairShare): Heap<T> {
    let heap = this.byRun.get(group)
    if (heap === undefined) this.byRun.set(group, (heap = new IndexedHeap(isLowerInRank)))
    return heap
  }
}

/** The lanes at one place. */
class Shelf<T extends Schedulable> {
  /** Those that take something: without parked bodies, and with. */
  readonly free: Heap<T> = new IndexedHeap(holdsLess)
  readonly shared: Heap<T> = new IndexedHeap(holdsLess)
  /** Those of which is known how long what they have takes, the one that is through first ahead; and which have only one, a short one. */
  readonly known: Heap<T> = new IndexedHeap(isThroughEarlier)
  readonly single: Heap<T> = new IndexedHeap(isThroughEarlier)
  readonly idle: Heap<T> = new IndexedHeap(isBetterThief)
  /** By the kind of what was sent last. */
  readonly rows = [new Rows<T>(), new Rows<T>(), new Rows<T>(), new Rows<T>()] as const
}

/** Finds lanes by heaps. */
export class LaneIndex<T extends Schedulable> implements LaneSearch<T>, LaneWatcher<T> {
  best: LaneLoad<T> | undefined
  ahead: LaneLoad<T> | undefined
  readonly #standings = new Map<LaneLoad<T>, Standings<T>>()
  /** By place. */
  readonly #shelves: (Shelf<T> | undefined)[] = []
  /** By where the last one that was sent may go. */
  readonly #rich = new Map<Where, Heap<T>>()

  add(lane: LaneLoad<T>): void {
    const stand = (): Standing<T> => new Standing(lane)
    this.#standings.set(lane, {
      room: stand(),
      ahead: stand(),
      single: stand(),
      idle: stand(),
      rich: stand(),
      ranked: stand(),
      rows: undefined,
      group: undefined,
    })
    lane.watcher = this
    this.changed(lane)
  }

  remove(lane: LaneLoad<T>): void {
    lane.watcher = undefined
    const standings = this.#standings.get(lane)
    if (standings === undefined) return
    const { room, ahead, single, idle, rich } = standings
    for (const standing of [room, ahead, single, idle, rich]) standing.belongs(undefined)
    this.#rank(lane, standings, undefined)
    this.#standings.delete(lane)
  }

  /** It isn't used any more. */
  close(): void {
    for (const lane of this.#standings.keys()) lane.watcher = undefined
  }

  changed(lane: LaneLoad<T>): void {
    const standings = this.#standings.get(lane) as Standings<T>
    const shelf = this.#shelfOf(lane.place as Place)
    trimOffered(lane)
    const { accepting, parked, unknown, inFlight } = lane
    const { last } = lane.offered
    standings.room.belongs(accepting ? (parked === 0 ? shelf.free : shelf.shared) : undefined)
    const isKnown = accepting && unknown === 0 && inFlight < mostAhead(lane)
    standings.ahead.belongs(isKnown ? shelf.known : undefined)
    const isSingle = isKnown && inFlight - parked === 1 && isShort(lane, 0)
    standings.single.belongs(isSingle ? shelf.single : undefined)
    standings.idle.belongs(isIdle(lane) ? shelf.idle : undefined)
    standings.rich.belongs(last !== undefined && stealable(lane) > 0 ? this.#richIn(last.where) : undefined)
    this.#rank(lane, standings, last)
  }

  look(place: Place, { cpu, estimate }: Pick<Schedulable, 'cpu' | 'estimate'>): void {
    const { free, shared, known, single } = this.#shelfOf(place)
    this.best = undefined
    this.ahead = undefined
    const first = free.first?.lane
    const second = shared.first?.lane
    if (first !== undefined && hasRoomFor(first, cpu)) this.best = first
    else if (second !== undefined && hasRoomFor(second, cpu)) this.best = second
    else if (estimate.isLeaf) {
      const lane = known.first?.lane
      const alone = single.first?.lane
      // Nobody is through earlier than the first of those that are known.
      if (lane !== undefined && overMs(lane) < 0) this.ahead = lane
      else if (alone !== undefined && isShort(alone, estimate.meanMs ?? Infinity)) this.ahead = alone
    }
  }

  letPass(place: Place, item: T, giveWay: (lane: LaneLoad<T>) => void): void {
    const { rows } = this.#shelfOf(place)
    const own = kindOf(item)
    const outranked: LaneLoad<T>[] = []
    for (let kind = 0; kind < own; kind += 1) outranked.push(...(rows[kind] as Rows<T>).lanes)
    const heap = rows[own].byRun.get(item.group)
    for (let first = heap?.first; first !== undefined; first = heap?.first) {
      if (!isAheadByRank(item, first.lane.offered.last as T)) break
      outranked.push(first.lane)
      first.belongs(undefined)
    }
    if (outranked.length > 1) outranked.sort((a, b) => a.number - b.number)
    for (const lane of outranked) {
      giveWay(lane)
      // Some have started, and stay.
      this.changed(lane)
    }
  }

  idleAt(place: Place): LaneLoad<T> | undefined {
    return this.#shelfOf(place).idle.first?.lane
  }

  richestFor(place: Place): LaneLoad<T> | undefined {
    let richest: LaneLoad<T> | undefined
    for (const [where, heap] of this.#rich) {
      const lane = heap.first?.lane
      if (lane === undefined || !where.includes(place)) continue
      if (richest === undefined || isRicher(lane, richest)) richest = lane
    }
    return richest
  }

  #rank(lane: LaneLoad<T>, standings: Standings<T>, last: T | undefined): void {
    const { ranked, rows, group } = standings
    const belongs = last && this.#shelfOf(lane.place as Place).rows[kindOf(last)]
    if (belongs !== rows) {
      rows?.lanes.delete(lane)
      belongs?.lanes.add(lane)
      standings.rows = belongs
    }
    standings.group = last?.group
    ranked.belongs(last && belongs?.heapOf(last.group))
    if (group === undefined || (rows === belongs && group === last?.group)) return
    if (rows?.byRun.get(group)?.size === 0) rows.byRun.delete(group)
  }

  #shelfOf({ number }: Place): Shelf<T> {
    return (this.#shelves[number] ??= new Shelf())
  }

  #richIn(where: Where): Heap<T> {
    let heap = this.#rich.get(where)
    if (heap === undefined)
      this.#rich.set(where, (heap = new IndexedHeap((a, b) => isRicher(a.lane, b.lane))))
    return heap
  }
}

/** What goes ahead of what, of whichever run: what cleans up, then what holds resources; the higher the further ahead. */
function kindOf({ isCleanUp, needs }: Schedulable): 0 | 1 | 2 | 3 {
  if (isCleanUp) return needs === undefined ? 2 : 3
  return needs === undefined ? 0 : 1
}

function cameEarlier<T extends Schedulable>(a: Standing<T>, b: Standing<T>): boolean {
  return a.lane.number < b.lane.number
}

function isBetterThief<T extends Schedulable>(a: Standing<T>, b: Standing<T>): boolean {
  const isAlone = a.lane.parked === 0
  return isAlone === (b.lane.parked === 0) ? cameEarlier(a, b) : isAlone
}

function holdsLess<T extends Schedulable>(a: Standing<T>, b: Standing<T>): boolean {
  return a.lane.held < b.lane.held || (a.lane.held === b.lane.held && cameEarlier(a, b))
}

function isThroughEarlier<T extends Schedulable>(a: Standing<T>, b: Standing<T>): boolean {
  const less = overMs(a.lane) - overMs(b.lane)
  return less < 0 || (less === 0 && cameEarlier(a, b))
}

/** What was sent last to each is of one run. */
function isLowerInRank<T extends Schedulable>(a: Standing<T>, b: Standing<T>): boolean {
  const [lastA, lastB] = [a.lane.offered.last as T, b.lane.offered.last as T]
  if (isAheadByRank(lastB, lastA)) return true
  return !isAheadByRank(lastA, lastB) && cameEarlier(a, b)
}
