// A queue that is joined at its end and left at either end. Not an array's `shift`, which moves all that is left.

/** How many places in front must be empty at least before the rest is moved up. */
const MIN_EMPTY = 64

/** Items in the order in which they came. */
export class Queue<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get first(): T | undefined {
    return this.#items[this.#head]
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.#items.at(-1)
  }

  /** The one that so many others are ahead of; `undefined` if there are no more than that. */
  at(ahead: number): T | undefined {
    return this.#items[this.#head + ahead]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Adds all of an array, which is the queue's own from now on. */
  append(items: T[]): void {
    if (this.length === 0) {
      this.#items = items
      this.#head = 0
    } else {
      for (const item of items) this.#items.push(item)
    }
  }

  /** Takes the last one out. */
  pop(): T | undefined {
    return this.length === 0 ? undefined : this.#items.pop()
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head += 1
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head > MIN_EMPTY && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#head = 0
  }

  /** Those that are in it, first to last; none is taken out. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = this.#head; at < this.#items.length; at += 1) yield this.#items[at] as T
  }
}
