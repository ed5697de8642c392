// A binary heap of groups by virtual time that finds each one's place by itself, so that a charge can move it. An app
// that serves requests has thousands of runs with one action each: looking through them all for the next would be
// quadratic.

/** What the heap orders by: virtual time, then arrival. */
export interface Ordered {
  virtualTime: number
  arrival: number
  /** Where it stands in the heap; -1 when it isn't in it. The heap's own. */
  heapIndex: number
}

/** The one with the least virtual time first; among equals, who came first. */
export class GroupHeap<T extends Ordered> {
  readonly #items: T[] = []

  /** The first one. */
  get first(): T | undefined {
    return this.#items[0]
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

  /** Its virtual time has changed. */
  update(item: T): void {
    if (item.heapIndex === -1) return
    this.#up(item)
    this.#down(item)
  }

  #up(item: T): void {
    while (item.heapIndex > 0) {
      const parent = this.#items[(item.heapIndex - 1) >> 1] as T
      if (!isBefore(item, parent)) return
      this.#swap(item, parent)
    }
  }

  #down(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1]
      const right = this.#items[2 * item.heapIndex + 2]
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, item)) return
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

function isBefore(a: Ordered, b: Ordered): boolean {
  return a.virtualTime < b.virtualTime || (a.virtualTime === b.virtualTime && a.arrival < b.arrival)
}
