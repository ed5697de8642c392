// How far a host has come with what its runtime had sent before it asked, and with what it had said by then.

import type { Delivery } from '../../threads/lane-line.js'

/** How far it is to have come. */
interface Mark {
  readonly count: number
  /** In the counts of the line to its thread; `undefined` while that isn't known. */
  sent: number | undefined
  posted: number | undefined
}

/** What was asked about one lane. */
export class DeliveryMarks {
  readonly #delivery: () => Delivery
  readonly #reached: (count: number) => void
  readonly #marks: Mark[] = []

  /** `reached`: called once for each count that was asked for, in order. */
  constructor(delivery: () => Delivery, reached: (count: number) => void) {
    this.#delivery = delivery
    this.#reached = reached
  }

  /** How many it hasn't reached. */
  get size(): number {
    return this.#marks.length
  }

  /** The runtime wants to know when all is handled that it had sent by now. */
  add(count: number): void {
    this.#marks.push({ count, sent: undefined, posted: undefined })
  }

  /** Looks which have been reached. */
  look(): void {
    const delivery = this.#delivery()
    for (let [mark] = this.#marks; mark !== undefined; [mark] = this.#marks) {
      mark.sent ??= delivery.sent
      if (mark.sent === undefined || !delivery.isHandled(mark.sent)) return
      mark.posted ??= delivery.posted
      if (!delivery.isTaken(mark.posted)) return
      this.#marks.shift()
      this.#reached(mark.count)
    }
  }

  /** There is nobody any more. */
  clear(): void {
    this.#marks.length = 0
  }
}
