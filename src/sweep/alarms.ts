// Timers of a sweep, which end with it.

import { LONGEST_TIMER_MS } from '../options.js'

/** Timers that are cleared together. */
export class Alarms {
  readonly #timers = new Set<NodeJS.Timeout>()

  /**
   * Calls back once nothing is left of a time. The timer's clock isn't the one by which that is counted: where that hasn't come
   * so far, it asks later.
   */
  whenDue(leftMs: () => number, act: () => void): void {
    this.after(leftMs(), () => (leftMs() > 0 ? this.whenDue(leftMs, act) : act()))
  }

  /** Calls back after a time, or after the longest that a timer can be set to. Returns a function that cancels it. */
  after(ms: number, call: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        call()
      },
      Math.min(ms, LONGEST_TIMER_MS),
    )
    this.#timers.add(timer)
    return () => {
      clearTimeout(timer)
      this.#timers.delete(timer)
    }
  }

  /** Cancels all. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
