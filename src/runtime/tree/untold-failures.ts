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

/**
 * Those of one action's children. A word that its host has handled may have come too late for the body, whose end is on its way
 * then: an entry is held until what the host had posted by that time has been handled here, and no longer (S29).
 */
export class UntoldFailures {
  readonly #entries = new Queue<Entry>()
  /** Those that the host has handled; and what it had posted when that was seen. */
  readonly #handled = new Queue<Entry>()
  #posted = 0
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
    const left = Array.from([...this.#handled, ...this.#entries], ({ failure }) => failure)
    this.#handled.clear()
    this.#entries.clear()
    return left
  }

  get size(): number {
    return this.#handled.length + this.#entries.length
  }

  #forgetTold(): void {
    if (this.#handled.first?.delivery.isTaken(this.#posted) === true) this.#handled.clear()
    if (this.#handled.length > 0) return
    const delivery = this.#entries.first?.delivery
    if (delivery === undefined) return
    for (let { first } = this.#entries; first?.delivery === delivery; first = this.#entries.first) {
      if (first.sent === undefined || !delivery.isHandled(first.sent)) break
      this.#handled.push(first)
      this.#entries.shift()
    }
    this.#posted = delivery.posted
  }
}
