// One end of a lane's port, on which both sides count, in shared memory, the arrays that they post: whether one has
// arrived that wasn't delivered yet is then an atomic read, where an empty look at the port takes a microsecond, several
// times for each action that runs alone.

import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { Counter, type LaneCounters } from './claims.js'
import type { Flat } from './wire.js'

/** A port with what is counted of it. */
export class CountedPort {
  readonly #port: MessagePort
  readonly #counters: LaneCounters
  readonly #posted: number
  readonly #arriving: number
  #taken = 0

  /** `side`: whose end it is. */
  constructor(port: MessagePort, counters: LaneCounters, side: 'host' | 'runtime') {
    this.#port = port
    this.#counters = counters
    this.#posted = side === 'host' ? Counter.toRuntime : Counter.toHost
    this.#arriving = side === 'host' ? Counter.toHost : Counter.toRuntime
  }

  /** How many arrays were taken, by either way; wraps around as a 32-bit integer. */
  get taken(): number {
    return this.#taken
  }

  /** Posts an array. Throws as `postMessage` does, for what can't be cloned; then nothing was posted. */
  post(array: Flat, transfers: readonly unknown[]): void {
    // Counted first: whoever finds no more than it has taken must not have missed one.
    Atomics.add(this.#counters, this.#posted, 1)
    try {
      this.#port.postMessage(array, transfers as never)
    } catch (error) {
      Atomics.sub(this.#counters, this.#posted, 1)
      throw error
    }
  }

  /** The next array that has arrived, ahead of its delivery; `undefined` if there is none. */
  take(): Flat | undefined {
    if (Atomics.load(this.#counters, this.#arriving) === this.#taken) return undefined
    // It may be on its way.
    const entry = receiveMessageOnPort(this.#port)
    if (entry === undefined) return undefined
    this.delivered()
    return entry.message as Flat
  }

  /** The port has delivered one by its event. */
  delivered(): void {
    this.#taken = (this.#taken + 1) | 0
  }
}
