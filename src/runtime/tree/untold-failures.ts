// The failures of children that nobody else knows of until the host of their spawner has been told: of those that were
// refused, and of those whose records have gone (S24). A body that computes may end before that (S19).

import { Queue } from '../../collections/queue.js'
import { world } from '../../protocol/world.js'
import type { HeddleError } from '../../protocol/errors/errors.js'
import type { Delivery } from '../../threads/lane-line.js'

/** A child that has failed, or never came to be (S27). */
export interface UntoldFailure {
  readonly id: string
  readonly name: string
  readonly status: 'failed' | 'timedOut'
  readonly error: HeddleError
}

interface Entry {
  readonly failure: UntoldFailure
  readonly delivery: Delivery
  /** What was sent up to the word of it; `undefined` until that is posted. */
  sent: number | undefined
}

/** Those of one action's children. Nothing is held of them longer than their host takes to handle what it is sent (S29). */
export class UntoldFailures {
  readonly #entries = new Queue<Entry>()
  #isScheduled = false

  /** The word of one is on its way, or is posted at the end of this tick. */
  add(failure: UntoldFailure, delivery: Delivery): void {
    this.#forgetTold()
    this.#entries.push({ failure, delivery, sent: undefined })
    if (this.#isScheduled) return
    this.#isScheduled = true
    // Behind the end of the tick in which it is posted.
    world.nextTick(() => {
      this.#isScheduled = false
      for (const entry of this.#entries) entry.sent ??= entry.delivery.sent
    })
  }

  /** The body has ended: those that it may not have been told of. */
  takeAll(): UntoldFailure[] {
    const left = Array.from(this.#entries, ({ failure }) => failure)
    this.#entries.clear()
    return left
  }

  get size(): number {
    return this.#entries.length
  }

  #forgetTold(): void {
    for (let { first } = this.#entries; first?.sent !== undefined; first = this.#entries.first) {
      if (!first.delivery.isHandled(first.sent)) return
      this.#entries.shift()
    }
  }
}
