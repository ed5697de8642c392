// Marks for the children of one body whose ends nobody needs to be told of: they were listened to, have ended well, or have
// never come to be (S19). A byte for each, so that the end of a body that has spawned 100 000 looks at no handle.

/** Marks for children, by index. */
export class Listened {
  #marks = new Uint8Array(64)

  /** Marks a child. */
  add(index: number): void {
    if (index >= this.#marks.length) {
      const marks = new Uint8Array(2 * Math.max(index, this.#marks.length))
      marks.set(this.#marks)
      this.#marks = marks
    }
    this.#marks[index] = 1
  }

  /** The unmarked ones from one index to another, both included: the first and last of each row of them, in pairs. */
  missing(from: number, to: number): number[] {
    const ranges: number[] = []
    const marks = this.#marks
    // By searches, which are a hundred times as fast as a look at each.
    for (let first = from; first <= to;) {
      const marked = marks.indexOf(1, first)
      const last = marked === -1 ? to : Math.min(marked - 1, to)
      if (first <= last) ranges.push(first, last)
      if (marked === -1 || marked > to) break
      const unmarked = marks.indexOf(0, marked)
      first = unmarked === -1 ? marks.length : unmarked
    }
    return ranges
  }
}
