// The backlog: which action is next (S25). Runs share by virtual time, after start-time fair queueing (Goyal, Vin and
// Cheng, 1996): each start charges its run the estimated cost, each end corrects that to the real one, and the run
// with the least virtual time is next. Within a run: higher priority, then deeper, then first in, first out.

import { HoledRow, type HoledRowItem } from './holed-row.js'
import { IndexedHeap, type Indexed } from './indexed-heap.js'

/** What the queue needs to know of an action. */
export interface Queueable extends HoledRowItem {
  /** Its run's account. */
  readonly group: FairShare
  readonly priority: number
  readonly depth: number
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
  virtualTime = 0
  arrival = 0
  heapIndex: number = -1
  rowIndex: number = -1
  /** The only one that waits: a run of one action needs no buckets. */
  single: Queueable | undefined
  /** In order, best first; few, since a run has few priorities and depths at a time. */
  #buckets: Bucket<Queueable>[] | undefined

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

/** A priority queue within each run and a fair one between runs. Pure: no clock, no I/O. */
export class FairQueue<T extends Queueable> {
  /**
   * Runs that have something in the queue. Those that had used no more than the others when they came stand in a row,
   * since the order of their coming is that of their virtual times: of an app that serves requests that is nearly
   * every run, and a heap of 100 000 took a tenth of the main thread's time.
   */
  readonly #newcomers = new HoledRow<FairShare>()
  /** The others. */
  readonly #waiting = new IndexedHeap<FairShare>(hasLessTime)
  #virtualTime = 0
  #arrivals = 0
  #size = 0

  /** How many wait. */
  get size(): number {
    return this.#size
  }

  /** Adds an action, or puts one back into its old place. */
  add(item: T): void {
    const { group } = item
    if (group.isEmpty) {
      this.#arrivals += 1
      group.arrival = this.#arrivals
      if (group.virtualTime > this.#virtualTime) {
        this.#waiting.add(group)
      } else {
        // Whoever had nothing to do has no claim on what it left unused.
        group.virtualTime = this.#virtualTime
        this.#newcomers.push(group)
      }
    }
    group.add(item)
    this.#size += 1
  }

  /** Takes an action out of the middle; `false` if it isn't here. */
  remove(item: T): boolean {
    if (!item.group.remove(item)) return false
    this.#afterRemoval(item.group)
    return true
  }

  /** The next action, which stays in the queue. */
  peek(): T | undefined {
    return this.#next?.first as T | undefined
  }

  /** Takes the next action out and charges its run `cost` (milliseconds of one thread). */
  take(cost: number): T | undefined {
    const group = this.#next
    const item = group?.first
    if (group === undefined || item === undefined) return undefined
    group.remove(item)
    this.#virtualTime = Math.max(this.#virtualTime, group.virtualTime)
    this.#afterRemoval(group)
    this.charge(group, cost)
    return item as T
  }

  /** Corrects what a run was charged, once the real cost is known; negative to pay back. */
  charge(group: FairShare, cost: number): void {
    group.virtualTime += cost
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
  return a.virtualTime < b.virtualTime || (a.virtualTime === b.virtualTime && a.arrival < b.arrival)
}
