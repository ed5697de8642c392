// Timers by the hundred thousand: timeouts, graces and backoffs of all actions in one heap. Adding one that is due after
// the others, as almost all are, and taking any one out cost next to nothing. Pure: it is told the time, and who drives
// it arms one timer of Node's for the next that is due.

import { IndexedHeap, type Indexed } from '../collections/indexed-heap.js'

/** Something that is to happen at a time. */
export interface Timer extends Indexed {
  /** When it is due, in milliseconds of the clock that `fireDue` is given. */
  readonly at: number
  readonly sequence: number
  readonly callback: () => void
}

/** Timers of one clock. */
export class Timers {
  readonly #heap = new IndexedHeap<Timer>(isBefore)
  #count = 0

  /** When the next one is due; `undefined` if there is none. */
  get nextAt(): number | undefined {
    return this.#heap.first?.at
  }

  /** How many there are. */
  get size(): number {
    return this.#heap.size
  }

  /** Adds a timer. */
  add(at: number, callback: () => void): Timer {
    this.#count += 1
    const timer: Timer = { at, sequence: this.#count, callback, heapIndex: -1 }
    this.#heap.add(timer)
    return timer
  }

  /** Takes a timer out. Does nothing if it has fired. */
  remove(timer: Timer): void {
    this.#heap.remove(timer)
  }

  /**
   * Calls what is due, in order of time and then of adding. A callback may add and remove: what it removes isn't called,
   * and what it adds is left for the next time, also where it is due already.
   */
  fireDue(now: number): void {
    const last = this.#count
    for (let first = this.#heap.first; first !== undefined; first = this.#heap.first) {
      if (first.at > now || first.sequence > last) return
      this.#heap.remove(first)
      first.callback()
    }
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
}
