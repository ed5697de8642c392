// Notices that a lane has had nothing to do for a while. One timer serves for as long as that takes, however often there is work
// in between.

import type { ThreadClock } from '../../actors/thread.js'

/** How long a lane is without work before it counts as quiet, in milliseconds: until then the process doesn't exit. */
const QUIET_MS = 10

/** Watches one lane. */
export class QuietWatch {
  readonly #clock: ThreadClock
  readonly #now: () => number
  readonly #isBusy: () => boolean
  readonly #onQuiet: () => void
  #since = 0
  #timer: unknown

  constructor(clock: ThreadClock, now: () => number, isBusy: () => boolean, onQuiet: () => void) {
    this.#clock = clock
    this.#now = now
    this.#isBusy = isBusy
    this.#onQuiet = onQuiet
  }

  /** There is nothing to do from now on. */
  begin(): void {
    this.#since = this.#now()
    this.#timer ??= this.#clock.setTimeout(this.#look, QUIET_MS)
  }

  end(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  readonly #look = (): void => {
    this.#timer = undefined
    if (this.#isBusy()) return
    const leftMs = this.#since + QUIET_MS - this.#now()
    if (leftMs > 0) this.#timer = this.#clock.setTimeout(this.#look, Math.ceil(leftMs))
    else this.#onQuiet()
  }
}
