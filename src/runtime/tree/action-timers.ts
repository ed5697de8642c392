// The timers of an action: one of each kind. After a stall of the main thread its timers come first, ahead of what threads have
// sent meanwhile: that is read before any of them counts (S4).

import type { TimeoutBound } from '../../protocol/errors/errors.js'
import type { Timer } from '../../scheduling/timers.js'
import type { AlarmClock } from './alarm-clock.js'

/** What an action can wait for. */
export type TimerKind = TimeoutBound | 'force' | 'backoff'

/** The timers of one action. */
export class ActionTimers {
  readonly #clock: AlarmClock
  readonly #readLane: () => void
  readonly #timers = new Map<TimerKind, Timer>()

  /** `readLane`: handles what the thread of the action has sent; that may clear any of them, or set another. */
  constructor(clock: AlarmClock, readLane: () => void) {
    this.#clock = clock
    this.#readLane = readLane
  }

  /** Calls back after a while, however long; instead of an earlier one of its kind. */
  set(kind: TimerKind, ms: number, callback: () => void): void {
    this.clear(kind)
    if (ms === Infinity) return
    const timer = this.#clock.set(ms, () => {
      this.#readLane()
      if (this.#timers.get(kind) !== timer) return
      this.#timers.delete(kind)
      callback()
    })
    this.#timers.set(kind, timer)
  }

  clear(kind: TimerKind): void {
    const timer = this.#timers.get(kind)
    if (timer === undefined) return
    this.#clock.clear(timer)
    this.#timers.delete(kind)
  }

  clearAll(): void {
    for (const timer of this.#timers.values()) this.#clock.clear(timer)
    this.#timers.clear()
  }
}
