// Named resources: how many there are, who holds which, and who is next. Whoever is first waits until all that it needs is
// free, and nobody takes any of that meanwhile: so it doesn't starve. Who needs none of it isn't held up. Pure: no clock, no
// I/O.

import { FreeIndices } from '../collections/free-indices.js'
import type { GrantedResources, ResourceCounts } from '../protocol/resolved-options.js'
import { FairQueue, FairShare, type Queueable } from './fair-queue.js'

/** What is to be known of an action that needs resources. */
export interface Needing extends Queueable {
  /** How many of each it needs. */
  readonly needs: ResourceCounts | undefined
  /** What it holds. */
  granted: GrantedResources | undefined
  /** It isn't to be started any more. */
  readonly isWithdrawn: boolean
}

/** One that waits: in a queue of its own, in which its run has an account of its own. */
class Waiting<T extends Needing> implements Queueable {
  readonly item: T
  readonly group: FairShare
  readonly needs = undefined
  rowIndex: number = -1

  constructor(item: T, group: FairShare) {
    this.item = item
    this.group = group
  }

  get priority(): number {
    return this.item.priority
  }

  get depth(): number {
    return this.item.depth
  }

  get isCleanUp(): boolean {
    return this.item.isCleanUp
  }

  get sequence(): number {
    return this.item.sequence
  }
}

/** Those that need the same. */
interface Line<T extends Needing> {
  readonly needs: readonly (readonly [name: string, count: number])[]
  readonly queue: FairQueue<Waiting<T>>
  /** The accounts of runs, here. */
  readonly shares: WeakMap<FairShare, FairShare>
}

/** The resources of one runtime. */
export class Resources<T extends Needing> {
  readonly #free: FreeIndices
  readonly #lines = new Map<string, Line<T>>()
  /** The same by the object that says what is needed: a definition's, mostly. */
  readonly #lineOf = new WeakMap<ResourceCounts, Line<T>>()
  readonly #waiting = new Map<T, Waiting<T>>()

  constructor(counts: ResourceCounts) {
    this.#free = new FreeIndices(counts)
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Adds one that waits until it is given what it needs. */
  add(item: T): void {
    const line = this.#lineFor(item.needs as ResourceCounts)
    let share = line.shares.get(item.group)
    if (share === undefined) line.shares.set(item.group, (share = new FairShare()))
    const waiting = new Waiting(item, share)
    this.#waiting.set(item, waiting)
    line.queue.add(waiting)
  }

  /** Takes one out that waits; `false` if it doesn't. */
  remove(item: T): boolean {
    const waiting = this.#waiting.get(item)
    if (waiting === undefined) return false
    this.#waiting.delete(item)
    this.#lineFor(item.needs as ResourceCounts).queue.remove(waiting)
    return true
  }

  /** Whether one that comes next would be given all that it needs at once. */
  hasFree(needs: ResourceCounts): boolean {
    const line = this.#lineFor(needs)
    if (!this.#fits(line)) return false
    for (const other of this.#lines.values())
      if (other.queue.size > 0 && other.needs.some(([name]) => Object.hasOwn(needs, name))) return false
    return true
  }

  /** Gives what is free to those whose turn it is, and takes them out. */
  grant(): T[] {
    const granted: T[] = []
    if (this.#waiting.size === 0) return granted
    const reserved = new Set<string>()
    for (let line = this.#next(reserved); line !== undefined; line = this.#next(reserved)) {
      if (!this.#fits(line)) {
        for (const [name] of line.needs) reserved.add(name)
        continue
      }
      const { item } = line.queue.take(1) as Waiting<T>
      this.#waiting.delete(item)
      item.granted = this.#free.take(line.needs)
      granted.push(item)
    }
    return granted
  }

  /** Gives back what was held. */
  giveBack(granted: GrantedResources): void {
    this.#free.giveBack(granted)
  }

  /** Whose first one is next, of those that need nothing that is reserved; what was withdrawn is dropped on the way. */
  #next(reserved: ReadonlySet<string>): Line<T> | undefined {
    let next: Line<T> | undefined
    for (const line of this.#lines.values()) {
      if (reserved.size > 0 && line.needs.some(([name]) => reserved.has(name))) continue
      let first = line.queue.peek()
      while (first?.item.isWithdrawn === true) {
        this.remove(first.item)
        first = line.queue.peek()
      }
      if (first === undefined) continue
      const best = next?.queue.peek()
      if (best === undefined || isAhead(first, best)) next = line
    }
    return next
  }

  #fits({ needs }: Line<T>): boolean {
    return needs.every(([name, count]) => this.#free.freeOf(name) >= count)
  }

  #lineFor(needs: ResourceCounts): Line<T> {
    let line = this.#lineOf.get(needs)
    if (line === undefined) {
      const entries = Object.entries(needs).toSorted(([a], [b]) => (a < b ? -1 : 1))
      const key = JSON.stringify(entries)
      line = this.#lines.get(key)
      if (line === undefined)
        this.#lines.set(key, (line = { needs: entries, queue: new FairQueue(), shares: new WeakMap() }))
      this.#lineOf.set(needs, line)
    }
    return line
  }
}

/** Between those that need different things, who came first is first; but for what cleans up. */
function isAhead(a: Queueable, b: Queueable): boolean {
  if (a.isCleanUp !== b.isCleanUp) return a.isCleanUp
  return a.sequence < b.sequence
}
