// A row that any item leaves at once, wherever it stands. What leaves makes a hole, found by the index that the item
// itself carries: to take any of 100 000 out costs the same, with neither a search nor the moves of a heap.

/** What an item carries for the row. */
export interface HoledRowItem {
  /** Where it stands in the row; -1 when it isn't in it. The row's own. */
  rowIndex: number
}

/** How many holes there must be at least before what is behind them is moved up. */
const MIN_HOLES = 64

/** Items in the order in which they came. */
export class HoledRow<T extends HoledRowItem> {
  #items: (T | undefined)[] = []
  /** The `rowIndex` of the first place of `#items`: it counts on, so that moving up touches no item. */
  #base = 0
  /** The first place that isn't a hole. */
  #head = 0
  #size = 0

  /** How many there are, without the holes. */
  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#items[this.#head]
  }

  push(item: T): void {
    item.rowIndex = this.#base + this.#items.length
    this.#items.push(item)
    this.#size += 1
  }

  /** Takes an item out; `false` if it isn't here. */
  remove(item: T): boolean {
    const { rowIndex } = item
    const place = rowIndex - this.#base
    if (rowIndex === -1 || this.#items[place] !== item) return false
    this.#items[place] = undefined
    item.rowIndex = -1
    this.#size -= 1
    if (this.#size === 0) this.#clear()
    else if (place === this.#head) this.#passHoles()
    // Late, since it touches all that are left: a hole costs eight bytes.
    else if (this.#items.length - this.#head > Math.max(MIN_HOLES, 8 * this.#size)) this.#compact()
    return true
  }

  /** The first one leaves most often, in a mass abort, too: the row is only cut. */
  #passHoles(): void {
    while (this.#items[this.#head] === undefined) this.#head += 1
    if (this.#head < MIN_HOLES || this.#head * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#head)
    this.#base += this.#head
    this.#head = 0
  }

  #clear(): void {
    this.#items = []
    this.#base = 0
    this.#head = 0
  }

  #compact(): void {
    this.#items = this.#items.filter((item) => item !== undefined)
    this.#head = 0
    this.#items.forEach((item, place) => ((item as T).rowIndex = this.#base + place))
  }
}
