// The timers of an action: one of each kind.

import type { TimeoutBound } from '../../protocol/errors/errors.js'
import type { Timer } from '../../scheduling/timers.js'
import type { AlarmClock } from './alarm-clock.js'

/** What an action can wait for. */
export type TimerKind = TimeoutBound | 'force' | 'backoff'

/** The timers of one action. */
export class ActionTimers {
  readonly #clock: AlarmClock
  readonly #timers = new Map<TimerKind, Timer>()

  constructor(clock: AlarmClock) {
    this.#clock = clock
  }

  /** Calls back after a while, however long; instead of an earlier one of its kind. */
  set(kind: TimerKind, ms: number, callback: () => void): void {
    this.clear(kind)
    if (ms === Infinity) return
    const fire = (): void => {
      this.#timers.delete(kind)
      callback()
    }
    this.#timers.set(kind, this.#clock.set(ms, fire))
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
