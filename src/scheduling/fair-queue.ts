// The backlog: which action is next (S25). Runs share by virtual time, after start-time fair queueing (Goyal, Vin and
// Cheng, 1996): each start charges its run the estimated cost, each end corrects that to the real one, and the run
// with the least virtual time is next. Within a run: higher priority, then deeper, then first in, first out.

import { IndexedHeap, type Indexed } from './indexed-heap.js'

/** What the queue needs to know of an action. */
export interface Queueable {
  /** Its run's account. */
  readonly group: FairShare
  readonly priority: number
  readonly depth: number
  /** Its place among equals. Kept when it goes back into the queue. */
  readonly sequence: number
  /** The queue's own: where the action stands in it. -1 at first. */
  queueIndex: number
}

/**
 * Actions of one run with equal priority and depth, by sequence. Removed ones leave holes, found by the index that the
 * item itself carries, so that taking any of 100 000 out costs the same. Those that come back stand apart: they are few.
 */
class Bucket<T extends Queueable> {
  readonly priority: number
  readonly depth: number
  readonly #returned: T[] = []
  #items: (T | undefined)[] = []
  #head = 0
  #live = 0
  #lastSequence = -1

  constructor(priority: number, depth: number) {
    this.priority = priority
    this.depth = depth
  }

  get isEmpty(): boolean {
    return this.#live === 0
  }

  add(item: T): void {
    this.#live += 1
    if (item.sequence > this.#lastSequence) {
      this.#lastSequence = item.sequence
      item.queueIndex = this.#items.length
      this.#items.push(item)
      return
    }
    item.queueIndex = -1
    let at = this.#returned.length
    while (at > 0 && (this.#returned[at - 1] as T).sequence > item.sequence) at -= 1
    this.#returned.splice(at, 0, item)
  }

  first(): T | undefined {
    while (this.#head < this.#items.length && this.#items[this.#head] === undefined) this.#head += 1
    const inOrder = this.#items[this.#head]
    const returned = this.#returned[0]
    if (returned === undefined) return inOrder
    return inOrder === undefined || returned.sequence < inOrder.sequence ? returned : inOrder
  }

  shift(): T | undefined {
    const item = this.first()
    if (item !== undefined) this.remove(item)
    return item
  }

  remove(item: T): boolean {
    if (item.queueIndex >= 0 && this.#items[item.queueIndex] === item) {
      this.#items[item.queueIndex] = undefined
    } else {
      const at = this.#returned.indexOf(item)
      if (at === -1) return false
      this.#returned.splice(at, 1)
    }
    item.queueIndex = -1
    this.#live -= 1
    if (this.#items.length > 64 && this.#live * 2 < this.#items.length) this.#compact()
    return true
  }

  #compact(): void {
    this.#items = this.#items.filter((item) => item !== undefined)
    this.#head = 0
    this.#items.forEach((item, index) => ((item as T).queueIndex = index))
  }
}

/**
 * The account of one run, and its part of the queue. Made with the run and held by it, so that it goes when the run
 * goes; it is the queue's own.
 */
export class FairShare implements Indexed {
  virtualTime = 0
  arrival = 0
  heapIndex: number = -1
  /** In order, best first; few, since a run has few priorities and depths at a time. */
  readonly buckets: Bucket<Queueable>[] = []

  bucketFor(item: Queueable): Bucket<Queueable> {
    let at = 0
    for (; at < this.buckets.length; at += 1) {
      const bucket = this.buckets[at] as Bucket<Queueable>
      if (bucket.priority === item.priority && bucket.depth === item.depth) return bucket
      if (bucket.priority < item.priority) break
      if (bucket.priority === item.priority && bucket.depth < item.depth) break
    }
    const bucket = new Bucket<Queueable>(item.priority, item.depth)
    this.buckets.splice(at, 0, bucket)
    return bucket
  }
}

/** A priority queue within each run and a fair one between runs. Pure: no clock, no I/O. */
export class FairQueue<T extends Queueable> {
  /** Runs that have something in the queue. */
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
    if (group.buckets.length === 0) {
      // Whoever had nothing to do has no claim on what it left unused.
      group.virtualTime = Math.max(group.virtualTime, this.#virtualTime)
      this.#arrivals += 1
      group.arrival = this.#arrivals
      this.#waiting.add(group)
    }
    group.bucketFor(item).add(item)
    this.#size += 1
  }

  /** Takes an action out of the middle; `false` if it isn't here. */
  remove(item: T): boolean {
    const { group, priority, depth } = item
    const bucket = group.buckets.find((one) => one.priority === priority && one.depth === depth)
    if (bucket === undefined || !bucket.remove(item)) return false
    this.#afterRemoval(group, bucket)
    return true
  }

  /** The next action, which stays in the queue. */
  peek(): T | undefined {
    return this.#waiting.first?.buckets[0]?.first() as T | undefined
  }

  /** Takes the next action out and charges its run `cost` (milliseconds of one thread). */
  take(cost: number): T | undefined {
    const group = this.#waiting.first
    const bucket = group?.buckets[0]
    const item = bucket?.shift()
    if (group === undefined || bucket === undefined || item === undefined) return undefined
    this.#virtualTime = Math.max(this.#virtualTime, group.virtualTime)
    this.charge(group, cost)
    this.#afterRemoval(group, bucket)
    return item as T
  }

  /** Corrects what a run was charged, once the real cost is known; negative to pay back. */
  charge(group: FairShare, cost: number): void {
    group.virtualTime += cost
    this.#waiting.update(group)
  }

  #afterRemoval(group: FairShare, bucket: Bucket<Queueable>): void {
    this.#size -= 1
    if (bucket.isEmpty) group.buckets.splice(group.buckets.indexOf(bucket), 1)
    if (group.buckets.length === 0) this.#waiting.remove(group)
  }
}

/** Who has used less; among equals, who came first. */
function hasLessTime(a: FairShare, b: FairShare): boolean {
  return a.virtualTime < b.virtualTime || (a.virtualTime === b.virtualTime && a.arrival < b.arrival)
}
