// Settles what was aborted before it started. A few at once, in the step of the abort; a great many, which can't start any
// more (S2), slice by slice with the app's own loop in between: 100 000 in one go held it for a second.

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
  readonly #rows: Iterator<ActionNode>[] = []

  constructor(settle: (node: ActionNode) => void) {
    this.#settle = settle
  }

  /** Takes over actions that were aborted together, children before their parents (S3). */
  add(nodes: ActionNode[]): void {
    if (nodes.length <= AT_ONCE) {
      for (const node of nodes) this.#settle(node)
      return
    }
    this.addRow(nodes)
  }

  /** Takes over a great many. What leaves the row meanwhile is left out. */
  addRow(nodes: Iterable<ActionNode>): void {
    this.#rows.push(nodes[Symbol.iterator]())
    if (this.#rows.length === 1) setImmediate(this.#slice)
  }

  readonly #slice = (): void => {
    try {
      this.#settleSome()
    } finally {
      // Also where settling one has thrown: the others are not left behind for it.
      if (this.#rows.length > 0) setImmediate(this.#slice)
    }
  }

  #settleSome(): void {
    const until = performance.now() + SLICE_MS
    for (let row = this.#rows[0]; row !== undefined; row = this.#rows[0]) {
      for (let count = 1; ; count += 1) {
        const next = row.next()
        if (next.done === true) break
        this.#settle(next.value)
        if (count % BETWEEN_LOOKS === 0 && performance.now() >= until) return
      }
      this.#rows.shift()
    }
  }
}
