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
    // Late, since compacting touches all that are left: a hole costs eight bytes, and an abort may be taking them all out.
    if (this.#items.length > 64 && this.#live * 8 < this.#items.length) this.#compact()
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
  /** The only one that waits: a run of one action needs no buckets. */
  single: Queueable | undefined
  /** In order, best first; few, since a run has few priorities and depths at a time. */
  readonly buckets: Bucket<Queueable>[] = []

  get isEmpty(): boolean {
    return this.single === undefined && this.buckets.length === 0
  }

  get first(): Queueable | undefined {
    return this.single ?? this.buckets[0]?.first()
  }

  add(item: Queueable): void {
    if (this.isEmpty) {
      this.single = item
      return
    }
    const { single } = this
    this.single = undefined
    if (single !== undefined) this.bucketFor(single).add(single)
    this.bucketFor(item).add(item)
  }

  remove(item: Queueable): boolean {
    if (this.single === item) {
      this.single = undefined
      return true
    }
    const { priority, depth } = item
    const at = this.buckets.findIndex((one) => one.priority === priority && one.depth === depth)
    const bucket = this.buckets[at]
    if (bucket === undefined || !bucket.remove(item)) return false
    if (bucket.isEmpty) this.buckets.splice(at, 1)
    return true
  }

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
    if (group.isEmpty) {
      // Whoever had nothing to do has no claim on what it left unused.
      group.virtualTime = Math.max(group.virtualTime, this.#virtualTime)
      this.#arrivals += 1
      group.arrival = this.#arrivals
      this.#waiting.add(group)
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
    return this.#waiting.first?.first as T | undefined
  }

  /** Takes the next action out and charges its run `cost` (milliseconds of one thread). */
  take(cost: number): T | undefined {
    const group = this.#waiting.first
    const item = group?.first
    if (group === undefined || item === undefined) return undefined
    group.remove(item)
    this.#virtualTime = Math.max(this.#virtualTime, group.virtualTime)
    this.charge(group, cost)
    this.#afterRemoval(group)
    return item as T
  }

  /** Corrects what a run was charged, once the real cost is known; negative to pay back. */
  charge(group: FairShare, cost: number): void {
    group.virtualTime += cost
    this.#waiting.update(group)
  }

  #afterRemoval(group: FairShare): void {
    this.#size -= 1
    if (group.isEmpty) this.#waiting.remove(group)
  }
}

/** Who has used less; among equals, who came first. */
function hasLessTime(a: FairShare, b: FairShare): boolean {
  return a.virtualTime < b.virtualTime || (a.virtualTime === b.virtualTime && a.arrival < b.arrival)
}
