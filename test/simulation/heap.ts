// What is due at a time, the earliest first.

/** By when, and in which order of what is due at the same time. */
interface Ordered {
  readonly at: number
  readonly sequence: number
}

function isBefore(one: Ordered, other: Ordered): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence)
}

/** A sorted row: there are few at a time. */
export class Heap<Item extends Ordered> {
  readonly #items: Item[] = []

  get first(): Item | undefined {
    return this.#items.at(-1)
  }

  add(item: Item): void {
    const items = this.#items
    let at = items.length
    while (at > 0 && isBefore(items[at - 1] as Item, item)) at -= 1
    items.splice(at, 0, item)
  }

  take(): Item | undefined {
    return this.#items.pop()
  }

  remove(item: Item): void {
    const at = this.#items.indexOf(item)
    if (at !== -1) this.#items.splice(at, 1)
  }

  clear(): void {
    this.#items.length = 0
  }

  items(): readonly Item[] {
    return this.#items
  }
}
