// Which elements the rows in sight have. A row keeps its elements for as long as it is in sight, so that nothing changes under
// a pointer or a focus; a row that comes into sight takes over those of one that has left it, which costs a browser a
// fraction of what new ones do.

/** The elements of the rows in sight, by number. */
export class RowSlots {
  #slots = new Map<string, number>()
  #next = 0

  /** A number for each row, by its id. `mayReuse`: whether what a row has left may stand for another one. */
  assign(ids: readonly string[], mayReuse: (id: string) => boolean): readonly number[] {
    const inSight = new Set(ids)
    const free: number[] = []
    for (const [id, slot] of this.#slots) if (!inSight.has(id) && mayReuse(id)) free.push(slot)
    // The first that has left is the first to be taken: where all leave together, none is moved.
    free.reverse()
    const slots = new Map<string, number>()
    for (const id of ids) {
      let slot = this.#slots.get(id) ?? free.pop()
      if (slot === undefined) {
        slot = this.#next
        this.#next += 1
      }
      slots.set(id, slot)
    }
    this.#slots = slots
    return [...slots.values()]
  }
}
