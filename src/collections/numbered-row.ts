// Items that are numbered in the order in which they come, and found by their numbers: in an array, as long as those that are
// left lie close together, and in a map for the few that outlast their neighbours.

/** How many places there must be at least before what is left of the first of them is kept apart. */
const MIN_PLACES = 1024

/** Items by their numbers, which grow. */
export class NumberedRow<T extends {}> {
  /** By number, from `#base` on; what has been taken out, or never came, is `undefined`. */
  #items: (T | undefined)[] = []
  #base = 0
  /** Before this place, there are only holes. */
  #head = 0
  #size = 0
  /** Those that have outlasted most of their neighbours. */
  #apart: Map<number, T> | undefined

  get size(): number {
    return this.#size
  }

  get(number: number): T | undefined {
    const at = number - this.#base
    return at >= 0 ? this.#items[at] : this.#apart?.get(number)
  }

  /** Adds one, whose number is above those of all that have been added. */
  add(number: number, item: T): void {
    if (this.#items.length === 0) this.#base = number
    const at = number - this.#base
    if (at - this.#items.length > MIN_PLACES) {
      this.#keepApart(this.#items.length)
      this.#base = number
    } else {
      while (this.#items.length < at) this.#items.push(undefined)
    }
    this.#items.push(item)
    this.#size += 1
  }

  /** Takes one out, if it is there. */
  delete(number: number): void {
    const at = number - this.#base
    if (at < 0) {
      if (this.#apart?.delete(number) === true) this.#size -= 1
      return
    }
    if (this.#items[at] === undefined) return
    this.#items[at] = undefined
    this.#size -= 1
    const { length } = this.#items
    while (this.#head < length && this.#items[this.#head] === undefined) this.#head += 1
    if (this.#head === length) this.#keepApart(length)
    else if (length > MIN_PLACES && (this.#head * 2 > length || length > 8 * this.#size))
      this.#keepApart(length >> 1)
  }

  /** Whether that one is there, with that number. */
  has(number: number, item: T): boolean {
    return this.get(number) === item
  }

  /** All that are there, those first that have outlasted their neighbours; what is taken out meanwhile is passed over. */
  *values(): IterableIterator<T> {
    let number = this.#base
    if (this.#apart !== undefined) {
      for (const [at, item] of [...this.#apart]) if (this.has(at, item)) yield item
    }
    // By number, since the places move while others are taken out.
    for (; number < this.#base + this.#items.length; number += 1) {
      const item = this.get(number)
      if (item !== undefined) yield item
    }
  }

  /** Gives up the first places: what is left of them is kept apart. */
  #keepApart(places: number): void {
    for (let at = this.#head; at < places; at += 1) {
      const item = this.#items[at]
      if (item !== undefined) (this.#apart ??= new Map()).set(this.#base + at, item)
    }
    this.#items = this.#items.slice(places)
    this.#base += places
    this.#head = Math.max(0, this.#head - places)
  }
}
