// Time slices for the server's long work, which shares the app's event loop with the app: one slice in each turn of the loop
// for all requests together, however many there are at a time.

import { Queue } from '../../../collections/queue.js'

/** How long a slice takes, in milliseconds. */
const SLICE_MS = 2

/** The server's share of each turn of the loop. */
export class TimeSlices {
  readonly #waiting = new Queue<() => void>()
  #until = 0
  #isComing = false

  /** Whether who works just now should let others go on: see `next`. */
  get isOver(): boolean {
    return performance.now() >= this.#until
  }

  /** Does something in a slice of its own, behind those that came before. */
  add(task: () => void): void {
    this.#waiting.push(task)
    if (this.#isComing) return
    this.#isComing = true
    setImmediate(this.#take)
  }

  /** Resolves when a slice begins for the one who waits. */
  next(): Promise<void> {
    return new Promise((resolve) => this.add(resolve))
  }

  readonly #take = (): void => {
    const task = this.#waiting.shift() as () => void
    this.#isComing = this.#waiting.length > 0
    if (this.#isComing) setImmediate(this.#take)
    this.#until = performance.now() + SLICE_MS
    task()
  }
}
