// A row that any item leaves at once, wherever it stands. What leaves makes a hole, found by the index that the item
// itself carries: to take any of 100 000 out costs the same, with neither a search nor the moves of a heap.

/** What an item carries for the row. */
export interface HoledRowItem {
  /** Where it stands in the row; -1 when it isn't in it. The row's own. */
  rowIndex: number
}

/** The fewest places that a row with items has; a power of two, as all sizes. */
const MIN_PLACES = 64
/** An empty row keeps no more places than that. */
const MOST_KEPT = 1024

/** Items in the order in which they came: a ring, so that one that is joined as often as it is left makes nothing new. */
export class HoledRow<T extends HoledRowItem> {
  /** By `rowIndex`, modulo their number. */
  #places: (T | undefined)[] = []
  #mask = 0
  /** The index of the first one, and of the next to come. */
  #head = 0
  #end = 0
  #size = 0

  /** How many there are, without the holes. */
  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#places[this.#head & this.#mask]
  }

  push(item: T): void {
    if (this.#end - this.#head === this.#places.length) this.#resize(this.#places.length * 2)
    item.rowIndex = this.#end
    this.#places[this.#end & this.#mask] = item
    this.#end += 1
    this.#size += 1
  }

  /** Takes an item out; `false` if it isn't here. */
  remove(item: T): boolean {
    const { rowIndex } = item
    const place = rowIndex & this.#mask
    if (rowIndex === -1 || this.#places[place] !== item) return false
    this.#places[place] = undefined
    item.rowIndex = -1
    this.#size -= 1
    if (this.#size === 0) this.#clear()
    else if (rowIndex === this.#head) this.#passHoles()
    // Late, since it touches all that are left: a hole costs eight bytes.
    else if (this.#end - this.#head > Math.max(MIN_PLACES, 8 * this.#size)) this.#compact()
    return true
  }

  #passHoles(): void {
    while (this.#places[this.#head & this.#mask] === undefined) this.#head += 1
  }

  #clear(): void {
    this.#head = 0
    this.#end = 0
    if (this.#places.length <= MOST_KEPT) return
    this.#places = []
    this.#mask = 0
  }

  /** Moves all up, and gives them as many places as they need. */
  #compact(): void {
    const items: T[] = []
    for (let index = this.#head; index < this.#end; index += 1) {
      const item = this.#places[index & this.#mask]
      if (item !== undefined) items.push(item)
    }
    let places = MIN_PLACES
    while (places < items.length * 2) places *= 2
    this.#places = emptyPlaces(places)
    this.#mask = places - 1
    this.#head = 0
    this.#end = items.length
    for (const [index, item] of items.entries()) {
      this.#places[index] = item
      item.rowIndex = index
    }
  }

  #resize(places: number): void {
    const former = this.#places
    const formerMask = this.#mask
    const size = Math.max(MIN_PLACES, places)
    this.#places = emptyPlaces(size)
    this.#mask = size - 1
    for (let index = this.#head; index < this.#end; index += 1)
      this.#places[index & this.#mask] = former[index & formerMask]
  }
}

function emptyPlaces<T>(count: number): (T | undefined)[] {
  // oxlint-disable-next-line unicorn/no-new-array -- several times as fast as Array.from, where every action joins a row
  return new Array<T | undefined>(count).fill(undefined)
}
