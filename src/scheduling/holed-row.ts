// A row that any item leaves at once, wherever it stands. What leaves makes a hole, found by the index that the item
// itself carries: to take any of 100 000 out costs the same, with neither a search nor the moves of a heap.

/** What an item carries for the row. */
export interface HoledRowItem {
  /** Where it stands in the row; -1 when it isn't in it. The row's own. */
  rowIndex: number
}

/** Items in the order in which they came. */
export class HoledRow<T extends HoledRowItem> {
  #items: (T | undefined)[] = []
  #head = 0
  #size = 0

  /** How many there are, without the holes. */
  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    while (this.#head < this.#items.length && this.#items[this.#head] === undefined) this.#head += 1
    return this.#items[this.#head]
  }

  push(item: T): void {
    item.rowIndex = this.#items.length
    this.#items.push(item)
    this.#size += 1
  }

  /** Takes an item out; `false` if it isn't here. */
  remove(item: T): boolean {
    const { rowIndex } = item
    if (rowIndex === -1 || this.#items[rowIndex] !== item) return false
    this.#items[rowIndex] = undefined
    item.rowIndex = -1
    this.#size -= 1
    if (this.#size === 0) this.#clear()
    // Late, since compacting touches all that are left: a hole costs eight bytes, and an abort may be taking them all out.
    else if (this.#items.length > 64 && this.#size * 8 < this.#items.length) this.#compact()
    return true
  }

  #clear(): void {
    this.#items = []
    this.#head = 0
  }

  #compact(): void {
    this.#items = this.#items.filter((item) => item !== undefined)
    this.#head = 0
    this.#items.forEach((item, index) => ((item as T).rowIndex = index))
  }
}
