// The bound on what a body has said and nobody has taken yet. A body in an endless loop says more than the main thread can
// take, which would pile up there until the process has no memory left; so each body has a bound, and what goes beyond is
// its own loss.

import type { Outbox } from '../outbox.js'

/** The longest texts that may be on their way, together, in characters. */
const CHARACTERS = 2 ** 24

/** Counts the output of one kind of one body that the main thread hasn't handled. */
export class Undelivered {
  /** What is counted, as a log entry names it. */
  readonly what: string
  /** How many found no room since that was told last. */
  dropped = 0
  readonly #outbox: Outbox
  readonly #half: number
  // In two halves: it is enough to know of the older one whether all of it has been handled.
  #olderArray = 0
  #newer = 0
  #newerArray = 0
  #characters = 0

  /** At most `most` may be on their way; when fewer than half of them are, there is always room. */
  constructor(outbox: Outbox, what: string, most: number) {
    this.what = what
    this.#outbox = outbox
    this.#half = most / 2
  }

  /** Whether one more, with a text of so many characters, may go on its way; it counts, then. */
  take(characters: number = 0): boolean {
    if (this.#newer >= this.#half || this.#characters >= CHARACTERS / 2) {
      if (!this.#outbox.isHandled(this.#olderArray)) return false
      this.#olderArray = this.#newerArray
      this.#newer = 0
      this.#characters = 0
    }
    this.#newer += 1
    this.#characters += characters
    this.#newerArray = this.#outbox.nextArray
    return true
  }
}
