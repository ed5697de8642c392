// Settles what was aborted before it started. A few at once, in the step of the abort; a great many, which can't start any
// more (S2), slice by slice, with the app's own loop in between.

import type { Action } from '../tree/action.js'
import { world } from '../../protocol/world.js'

/** So many settle in the step of their abort; if there are more, none does. */
export const AT_ONCE = 512
/** How many settle between two looks at the clock. */
const BETWEEN_LOOKS = 16
/** How long a slice takes, in milliseconds. */
const SLICE_MS = 2

/** Ends aborted actions that have never started. */
export class SettleQueue {
  readonly #settle: (action: Action) => void
  readonly #rows: Iterator<Action>[] = []

  constructor(settle: (action: Action) => void) {
    this.#settle = settle
  }

  /** Takes over rows of actions that were aborted together, children before their parents (S3). What leaves a row meanwhile is left out. */
  add(rows: readonly Iterable<Action>[], count: number): void {
    if (count <= AT_ONCE) {
      for (const row of rows) for (const action of row) this.#settle(action)
      return
    }
    const isIdle = this.#rows.length === 0
    for (const row of rows) this.#rows.push(row[Symbol.iterator]())
    if (isIdle) world.setImmediate(this.#slice)
  }

  readonly #slice = (): void => {
    try {
      this.#settleSome()
    } finally {
      // Also where settling one has thrown: the others are not left behind for it.
      if (this.#rows.length > 0) world.setImmediate(this.#slice)
    }
  }

  #settleSome(): void {
    const until = world.now() + SLICE_MS
    for (let row = this.#rows[0]; row !== undefined; row = this.#rows[0]) {
      for (let count = 1; ; count += 1) {
        const next = row.next()
        if (next.done === true) break
        this.#settle(next.value)
        if (count % BETWEEN_LOOKS === 0 && world.now() >= until) return
      }
      this.#rows.shift()
    }
  }
}
