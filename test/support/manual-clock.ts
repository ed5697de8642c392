// A clock and timers that a test moves.

import type { LinkClock } from '../../src/cluster/link/wire.js'

/** Stands still until it is moved. */
export class ManualClock implements LinkClock {
  #now = 0
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>()
  #soon: (() => void)[] = []

  now = (): number => this.#now

  epochNow = (): number => 1e12 + this.#now

  after = (ms: number, call: () => void): (() => void) => {
    const timer = { at: this.#now + ms, call }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  soon = (call: () => void): void => void this.#soon.push(call)

  /** How many timers there are. */
  get pending(): number {
    return this.#timers.size
  }

  /** Ends the tick. */
  endTick(): void {
    while (this.#soon.length > 0) for (const call of this.#soon.splice(0)) call()
  }

  /** Lets time pass, and each timer have its turn when it is due. */
  advance(ms: number): void {
    const until = this.#now + ms
    this.endTick()
    for (;;) {
      const due = [...this.#timers]
        .filter(({ at }) => at <= until)
        .toSorted((one, other) => one.at - other.at)
      const [first] = due
      if (first === undefined) break
      this.#timers.delete(first)
      this.#now = Math.max(this.#now, first.at)
      first.call()
      this.endTick()
    }
    this.#now = until
  }

  /** Time passes in which the process does nothing. */
  freeze(ms: number): void {
    this.#now += ms
  }
}
