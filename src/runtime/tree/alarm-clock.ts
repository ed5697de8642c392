// Drives the timers of one runtime by a single timer of Node's, armed for the next that is due. While any is set, the
// process stays alive.

import { LONGEST_TIMER_MS } from '../../options.js'
import { inNobodysContext } from '../../protocol/async-context.js'
import type { Clock } from '../../protocol/clock.js'
import { Timers, type Timer } from '../../scheduling/timers.js'
import { world } from '../../protocol/world.js'

/** All timers of one runtime. */
export class AlarmClock {
  readonly #now: Clock
  readonly #timers = new Timers()
  #armed: NodeJS.Timeout | undefined
  #armedFor = Infinity

  constructor(now: Clock) {
    this.#now = now
  }

  /** Calls back after a while, however long. */
  set(ms: number, callback: () => void): Timer {
    const timer = this.#timers.add(this.#now() + Math.max(0, ms), callback)
    if (timer.at < this.#armedFor) this.#arm()
    return timer
  }

  /** Doesn't call back. */
  clear(timer: Timer): void {
    this.#timers.remove(timer)
    // Where others are left, the one that is armed comes too early, finds nothing due, and is armed again.
    if (this.#timers.size === 0) this.#arm()
  }

  #arm(): void {
    world.clearTimeout(this.#armed)
    const { nextAt } = this.#timers
    this.#armedFor = nextAt ?? Infinity
    this.#armed = undefined
    if (nextAt === undefined) return
    // Rounded up: Node cuts fractions off, and would come too early.
    const ms = Math.min(Math.max(1, Math.ceil(nextAt - this.#now())), LONGEST_TIMER_MS)
    this.#armed = inNobodysContext(() => world.setTimeout(() => this.#fire(), ms))
  }

  #fire(): void {
    this.#armedFor = Infinity
    try {
      this.#timers.fireDue(this.#now())
    } finally {
      this.#arm()
    }
  }
}
