// A binary heap that finds each item's place by itself, so that any one can be moved or taken out: runs by virtual time,
// timers by when they are due. An app that serves requests has thousands of either; looking through them all for the
// next would be quadratic.

/** What an item carries for the heap. */
export interface Indexed {
  /** Where it stands in the heap; -1 when it isn't in it. The heap's own. */
  heapIndex: number
}

/** The one that goes before all others first. */
export class IndexedHeap<T extends Indexed> {
  readonly #isBefore: (a: T, b: T) => boolean
  readonly #items: T[] = []

  /** `isBefore` must be a strict order. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  /** The first one. */
  get first(): T | undefined {
    return this.#items[0]
  }

  /** How many there are. */
  get size(): number {
    return this.#items.length
  }

  add(item: T): void {
    item.heapIndex = this.#items.length
    this.#items.push(item)
    this.#up(item)
  }

  remove(item: T): void {
    const at = item.heapIndex
    if (at === -1) return
    item.heapIndex = -1
    const last = this.#items.pop() as T
    if (last === item) return
    this.#put(last, at)
    this.update(last)
  }

  /** What it is ordered by has changed. */
  update(item: T): void {
    if (item.heapIndex === -1) return
    this.#up(item)
    this.#down(item)
  }

  #up(item: T): void {
    while (item.heapIndex > 0) {
      const parent = this.#items[(item.heapIndex - 1) >> 1] as T
      if (!this.#isBefore(item, parent)) return
      this.#swap(item, parent)
    }
  }

  #down(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1]
      const right = this.#items[2 * item.heapIndex + 2]
      const child = right !== undefined && left !== undefined && this.#isBefore(right, left) ? right : left
      if (child === undefined || !this.#isBefore(child, item)) return
      this.#swap(child, item)
    }
  }

  #swap(lower: T, upper: T): void {
    const at = upper.heapIndex
    this.#put(upper, lower.heapIndex)
    this.#put(lower, at)
  }

  #put(item: T, at: number): void {
    item.heapIndex = at
    this.#items[at] = item
  }
}
