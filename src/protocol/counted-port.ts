// One end of a lane's port, on which both sides count, in shared memory, the arrays that they post: whether one has
// arrived that wasn't delivered yet is then an atomic read, and no empty look at the port. Arrays that can't be read are
// counted like all others, and lost alone (S26).

import type { MessagePort } from 'node:worker_threads'
import { Counter, type LaneCounters } from './claims.js'
import { ArrivedPayloads, payloadArray, type Payload } from './payloads.js'
import type { Flat } from './wire.js'
import { world } from './world.js'

/** A port with what is counted of it. */
export class CountedPort {
  /** What has arrived ahead of its message. */
  readonly payloads: ArrivedPayloads = new ArrivedPayloads()
  readonly #port: MessagePort
  readonly #counters: LaneCounters
  readonly #posted: number
  readonly #arriving: number
  #taken = 0
  /** The number of the last payload. */
  #carried = 0

  /** `side`: whose end it is. */
  constructor(port: MessagePort, counters: LaneCounters, side: 'host' | 'runtime') {
    this.#port = port
    this.#counters = counters
    this.#posted = side === 'host' ? Counter.toRuntime : Counter.toHost
    this.#arriving = side === 'host' ? Counter.toHost : Counter.toRuntime
    port.on('messageerror', (error: unknown) => this.#countUnreadable(error))
  }

  /** How many arrays were posted; wraps around as a 32-bit integer. */
  get posted(): number {
    return world.load(this.#counters, this.#posted)
  }

  /** How many arrays were taken, by either way; wraps around as a 32-bit integer. */
  get taken(): number {
    return this.#taken
  }

  /** Whether there is one that wasn't taken. It may still be on its way. */
  get hasArrived(): boolean {
    return world.load(this.#counters, this.#arriving) !== this.#taken
  }

  /** Posts an array. Throws as `postMessage` does, for what can't be cloned; then nothing was posted. */
  post(array: Flat, transfers: readonly unknown[]): void {
    // Counted first: whoever finds no more than it has taken must not have missed one.
    world.add(this.#counters, this.#posted, 1)
    try {
      this.#port.postMessage(array, transfers as never)
    } catch (error) {
      world.add(this.#counters, this.#posted, -1)
      throw error
    }
  }

  /** Posts a payload ahead of its message, which names it by the number that is given back. Throws as `post` does. */
  carry(payload: Payload): number {
    this.#carried += 1
    this.post(payloadArray(this.#carried, payload), payload.transfer ?? [])
    return this.#carried
  }

  /**
   * The next array of messages that has arrived, ahead of its delivery; `undefined` if there is none, or it takes longer than
   * until then to read the payloads ahead of it.
   */
  take(until: number = Infinity): Flat | undefined {
    while (this.hasArrived) {
      let entry: { message: unknown } | undefined
      try {
        entry = world.receiveMessageOnPort(this.#port)
      } catch (error) {
        // It is gone from the port.
        this.#countUnreadable(error)
        continue
      }
      // It may be on its way.
      if (entry === undefined) return undefined
      const messages = this.delivered(entry.message as Flat)
      if (messages !== undefined) return messages
      if (until !== Infinity && world.now() > until) return undefined
    }
    return undefined
  }

  /** The port has delivered one by its event: given back if it is one of messages. */
  delivered(array: Flat): Flat | undefined {
    this.#taken = (this.#taken + 1) | 0
    return this.payloads.add(array) ? undefined : array
  }

  #countUnreadable(error: unknown): void {
    this.#taken = (this.#taken + 1) | 0
    this.payloads.addUnreadable(error)
  }
}
