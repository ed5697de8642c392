// A row that is left at both ends and joined at one. Not an array's `shift`, which moves all that is left: a lane of
// coordinators can have 100 000 of them waiting, and that was two thirds of the main thread's time.

/** A double-ended row. */
export class Row<T> {
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

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the last one out. */
  pop(): void {
    if (this.length > 0) this.#items.pop()
  }

  /** Takes the first one out. */
  shift(): void {
    if (this.length === 0) return
    this.#items[this.#head] = undefined
    this.#head += 1
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }
}
