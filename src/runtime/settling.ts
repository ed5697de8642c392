// Settles what was aborted before it started. A few at once, in the step of the abort; of a great many, which are marked
// and out of the queue by then (S2), slice by slice with the app's own loop in between: 100 000 in one go held it for a
// second.

import type { ActionNode } from './action-node.js'

/** So many settle in the step of their abort. */
const AT_ONCE = 512
/** How many settle between two looks at the clock. */
const BETWEEN_LOOKS = 64
/** How long a slice takes, in milliseconds. */
const SLICE_MS = 6

/** Ends aborted actions that have never started. */
export class Settling {
  readonly #settle: (node: ActionNode) => void
  #rows: ActionNode[][] = []
  #at = 0

  constructor(settle: (node: ActionNode) => void) {
    this.#settle = settle
  }

  /** Takes over actions that were aborted together, children before their parents (S3). */
  add(nodes: ActionNode[]): void {
    if (nodes.length <= AT_ONCE) {
      for (const node of nodes) this.#settle(node)
      return
    }
    this.#rows.push(nodes)
    if (this.#rows.length === 1) setImmediate(this.#slice)
  }

  readonly #slice = (): void => {
    const until = performance.now() + SLICE_MS
    for (let row = this.#rows[0]; row !== undefined; row = this.#rows[0]) {
      do {
        const end = Math.min(row.length, this.#at + BETWEEN_LOOKS)
        for (; this.#at < end; this.#at += 1) this.#settle(row[this.#at] as ActionNode)
        if (performance.now() >= until && this.#at < row.length) {
          setImmediate(this.#slice)
          return
        }
      } while (this.#at < row.length)
      this.#rows.shift()
      this.#at = 0
    }
  }
}
