// The backlog: which action is next (S25). Runs share by virtual time, after start-time fair queueing (Goyal, Vin and
// Cheng, 1996): each start charges its run the estimated cost, each end corrects that to the real one, and the run
// with the least virtual time is next. Within a run: higher priority, then deeper, then first in, first out. Ahead of all
// that is what cleans up, of whichever run (S14), and then what holds resources, which others wait for: they share among
// themselves in the same way.

import { HoledRow, type HoledRowItem } from '../collections/holed-row.js'
import { IndexedHeap, type Indexed } from '../collections/indexed-heap.js'
import type { ResourceCounts } from '../protocol/resolved-options.js'

/** What the queue needs to know of an action. */
export interface Queueable extends HoledRowItem {
  /** Its run's account. */
  readonly group: FairShare
  readonly priority: number
  readonly depth: number
  /** It cleans up after an abort: it goes ahead of all that doesn't, also of other runs (S14). */
  readonly isCleanUp: boolean
  /** The resources that it holds while it waits here, if any. */
  readonly needs: ResourceCounts | undefined
  /** Its place among equals. Kept when it goes back into the queue. */
  readonly sequence: number
}

/** Actions of one run with equal priority and depth, by sequence. Those that come back stand apart: they are few. */
class Bucket<T extends Queueable> {
  readonly priority: number
  readonly depth: number
  readonly #inOrder = new HoledRow<T>()
  readonly #returned: T[] = []
  #lastSequence = -1

  constructor(priority: number, depth: number) {
    this.priority = priority
    this.depth = depth
  }

  get isEmpty(): boolean {
    return this.#inOrder.size === 0 && this.#returned.length === 0
  }

  add(item: T): void {
    if (item.sequence > this.#lastSequence) {
      this.#lastSequence = item.sequence
      this.#inOrder.push(item)
      return
    }
    let at = this.#returned.length
    while (at > 0 && (this.#returned[at - 1] as T).sequence > item.sequence) at -= 1
    this.#returned.splice(at, 0, item)
  }

  first(): T | undefined {
    const { first } = this.#inOrder
    const [returned] = this.#returned
    if (returned === undefined) return first
    return first === undefined || returned.sequence < first.sequence ? returned : first
  }

  remove(item: T): boolean {
    if (this.#inOrder.remove(item)) return true
    const at = this.#returned.indexOf(item)
    if (at === -1) return false
    this.#returned.splice(at, 1)
    return true
  }
}

/**
 * The account of one run, and its part of the queue. Made with the run and held by it, so that it goes when the run
 * goes; it is the queue's own.
 */
export class FairShare implements Indexed, HoledRowItem {
  /** Whose virtual time is its own, too: its run's, where that waits in several queues. */
  readonly account: FairShare
  virtualTime = 0
  arrival = 0
  heapIndex: number = -1
  /** Where it stands in a row: of the newcomers while it waits, of the records once its run has ended. */
  rowIndex: number = -1
  /** The only one that waits: a run of one action needs no buckets. */
  single: Queueable | undefined
  /** In order, best first; few, since a run has few priorities and depths at a time. */
  #buckets: Bucket<Queueable>[] | undefined
  #cleanUps: FairShare | undefined
  #holders: FairShare | undefined
  /** What of the run waits in other queues than the first. */
  #parts: Map<object, FairShare> | undefined

  constructor(account?: FairShare) {
    this.account = account ?? this
  }

  /** The run's account and row among those that clean up. Most never do. */
  get cleanUps(): FairShare {
    this.#cleanUps ??= new FairShare()
    return this.#cleanUps
  }

  /** The same among those that hold resources. */
  get holders(): FairShare {
    this.#holders ??= new FairShare()
    return this.#holders
  }

  /** What of the run waits in another queue than the first, if it ever has. */
  partIn(queue: object): FairShare | undefined {
    return this.#parts?.get(queue)
  }

  /** The same, made where it hasn't. */
  ownPartIn(queue: object): FairShare {
    let part = this.#parts?.get(queue)
    if (part === undefined) {
      this.#parts ??= new Map()
      this.#parts.set(queue, (part = new FairShare(this)))
    }
    return part
  }

  get isEmpty(): boolean {
    return this.single === undefined && (this.#buckets === undefined || this.#buckets.length === 0)
  }

  get first(): Queueable | undefined {
    return this.single ?? this.#buckets?.[0]?.first()
  }

  add(item: Queueable): void {
    if (this.isEmpty) {
      this.single = item
      return
    }
    const { single } = this
    this.single = undefined
    if (single !== undefined) this.#bucketFor(single).add(single)
    this.#bucketFor(item).add(item)
  }

  remove(item: Queueable): boolean {
    if (this.single === item) {
      this.single = undefined
      return true
    }
    const buckets = this.#buckets ?? []
    const { priority, depth } = item
    const at = buckets.findIndex((one) => one.priority === priority && one.depth === depth)
    const bucket = buckets[at]
    if (bucket === undefined || !bucket.remove(item)) return false
    if (bucket.isEmpty) buckets.splice(at, 1)
    return true
  }

  #bucketFor(item: Queueable): Bucket<Queueable> {
    const buckets = (this.#buckets ??= [])
    let at = 0
    for (; at < buckets.length; at += 1) {
      const bucket = buckets[at] as Bucket<Queueable>
      if (bucket.priority === item.priority && bucket.depth === item.depth) return bucket
      if (bucket.priority < item.priority) break
      if (bucket.priority === item.priority && bucket.depth < item.depth) break
    }
    const bucket = new Bucket<Queueable>(item.priority, item.depth)
    buckets.splice(at, 0, bucket)
    return bucket
  }
}

/** How far the runs have come that wait in some queues. */
export class VirtualClock {
  time = 0
}

/** A priority queue within each run and a fair one between runs, and two such ones ahead of that. Pure: no clock, no I/O. */
export class FairQueue<T extends Queueable> {
  readonly #isFirst: boolean
  readonly #cleanUps: Turns<T>
  readonly #holders: Turns<T>
  readonly #others: Turns<T>

  /**
   * `beside`: the clock of other queues in which the same runs wait. A run has one virtual time in all of them, and whoever
   * changes it by one of these queues has the others `reposition` it.
   */
  constructor(beside?: VirtualClock) {
    this.#isFirst = beside === undefined
    const shareOf = (item: T): FairShare =>
      this.#isFirst ? item.group : (item.group.partIn(this) ?? item.group.ownPartIn(this))
    this.#cleanUps = new Turns((item) => shareOf(item).cleanUps)
    this.#holders = new Turns((item) => shareOf(item).holders)
    this.#others = new Turns(this.#isFirst ? (item) => item.group : shareOf, beside)
  }

  /** For queues beside this one. */
  get clock(): VirtualClock {
    return this.#others.clock
  }

  /** How many wait. */
  get size(): number {
    return this.#cleanUps.size + this.#holders.size + this.#others.size
  }

  /** Adds an action, or puts one back into its old place. */
  add(item: T): void {
    this.#turnsOf(item).add(item)
  }

  /** Takes an action out of the middle; `false` if it isn't here. */
  remove(item: T): boolean {
    return this.#turnsOf(item).remove(item)
  }

  /** The next action, which stays in the queue. */
  peek(): T | undefined {
    return this.#first.peek()
  }

  /** Takes the next action out and charges its run `cost` (milliseconds of one thread). */
  take(cost: number): T | undefined {
    const first = this.#first
    const item = first.take(cost)
    if (item !== undefined && first !== this.#others) this.charge(item.group, cost)
    return item
  }

  /** Corrects what a run was charged, once the real cost is known; negative to pay back. */
  charge(group: FairShare, cost: number): void {
    this.#others.charge(this.#isFirst ? group : (group.partIn(this) ?? group), cost)
  }

  /** The virtual time of a run has changed by another queue. */
  reposition(group: FairShare): void {
    const share = this.#isFirst ? group : group.partIn(this)
    if (share !== undefined) this.#others.reposition(share)
  }

  #turnsOf(item: T): Turns<T> {
    if (item.isCleanUp) return this.#cleanUps
    return item.needs === undefined ? this.#others : this.#holders
  }

  /** Who is next is there. */
  get #first(): Turns<T> {
    if (this.#cleanUps.size > 0) return this.#cleanUps
    return this.#holders.size > 0 ? this.#holders : this.#others
  }
}

/** Runs that take turns by what they have used. */
class Turns<T extends Queueable> {
  readonly #shareOf: (item: T) => FairShare
  /**
   * Runs that have something in the queue. Those that had used no more than the others when they came stand in a row,
   * since the order of their coming is that of their virtual times. In an app that serves requests nearly every run is one
   * of them, and needs no heap.
   */
  readonly #newcomers = new HoledRow<FairShare>()
  /** The others. */
  readonly #waiting = new IndexedHeap<FairShare>(hasLessTime)
  readonly clock: VirtualClock
  #arrivals = 0
  #size = 0

  constructor(shareOf: (item: T) => FairShare, clock: VirtualClock = new VirtualClock()) {
    this.#shareOf = shareOf
    this.clock = clock
  }

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    const group = this.#shareOf(item)
    if (group.isEmpty) {
      this.#arrivals += 1
      group.arrival = this.#arrivals
      const { account } = group
      if (account.virtualTime > this.clock.time) {
        this.#waiting.add(group)
      } else {
        // Whoever had nothing to do has no claim on what it left unused.
        account.virtualTime = this.clock.time
        this.#newcomers.push(group)
      }
    }
    group.add(item)
    this.#size += 1
  }

  remove(item: T): boolean {
    const group = this.#shareOf(item)
    if (!group.remove(item)) return false
    this.#afterRemoval(group)
    return true
  }

  peek(): T | undefined {
    return this.#next?.first as T | undefined
  }

  take(cost: number): T | undefined {
    const group = this.#next
    const item = group?.first
    if (group === undefined || item === undefined) return undefined
    group.remove(item)
    this.clock.time = Math.max(this.clock.time, group.account.virtualTime)
    this.#afterRemoval(group)
    this.charge(group, cost)
    return item as T
  }

  charge(group: FairShare, cost: number): void {
    group.account.virtualTime += cost
    this.reposition(group)
  }

  reposition(group: FairShare): void {
    if (this.#newcomers.remove(group)) this.#waiting.add(group)
    else this.#waiting.update(group)
  }

  get #next(): FairShare | undefined {
    const newcomer = this.#newcomers.first
    const { first } = this.#waiting
    if (newcomer === undefined || first === undefined) return newcomer ?? first
    return hasLessTime(newcomer, first) ? newcomer : first
  }

  #afterRemoval(group: FairShare): void {
    this.#size -= 1
    if (!group.isEmpty) return
    if (!this.#newcomers.remove(group)) this.#waiting.remove(group)
  }
}

/** Who has used less; among equals, who came first. */
function hasLessTime(a: FairShare, b: FairShare): boolean {
  const timeA = a.account.virtualTime
  const timeB = b.account.virtualTime
  return timeA < timeB || (timeA === timeB && a.arrival < b.arrival)
}
