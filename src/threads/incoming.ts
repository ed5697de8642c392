// What comes from a host: read from the port, and handled in order, for a few milliseconds at a time. Whatever a body
// says in one breath, a hundred thousand spawns or reports, the app's own loop goes on in between.

import type { MessagePort } from 'node:worker_threads'
import { Counter, type LaneCounters } from '../protocol/claims.js'
import type { CountedPort } from '../protocol/counted-port.js'
import type { ToRuntime } from '../protocol/messages.js'
import { readToRuntime, type Flat } from '../protocol/wire.js'

/** How many further arrays are taken in one turn of the loop, while few messages wait. */
const MORE_AT_ONCE = 16
/** So many messages are enough for a turn: none is read ahead of them. */
const ENOUGH = 256
/** How long messages are handled before the loop gets its turn, in milliseconds. */
const TURN_MS = 4
/** How many are handled between two looks at the clock. */
const BETWEEN_LOOKS = 32

/** The way in of one lane. */
export class Incoming {
  readonly #port: MessagePort
  readonly #counted: CountedPort
  readonly #counters: LaneCounters
  readonly #handle: (message: ToRuntime) => void
  /** Told after each turn. */
  readonly #handled: () => void
  /** Taken from the port, in order. */
  #unhandled: ToRuntime[] = []
  #next = 0
  #handling = false
  /**
   * More has come than a turn is for: the port isn't listened to until that is done. Node would deliver all there is in one
   * turn of the loop, each array with some milliseconds of its own.
   */
  #paused = false
  #holdsProcess = true

  constructor(
    port: MessagePort,
    counted: CountedPort,
    counters: LaneCounters,
    handle: (message: ToRuntime) => void,
    handled: () => void,
  ) {
    this.#port = port
    this.#counted = counted
    this.#counters = counters
    this.#handle = handle
    this.#handled = handled
    port.on('message', this.#onBatch)
  }

  /** Handles all that has arrived, delivered or not; nothing ahead of what is being handled. */
  drain(): void {
    if (this.#handling) return
    while (this.#readOne());
    this.#handleUntil(Infinity)
  }

  /** Handles what has arrived, delivered or not, for as long as a turn of the loop may take; `false` if there is more. */
  readOn(): boolean {
    if (this.#handling) return false
    const until = performance.now() + TURN_MS
    do this.#handleUntil(until)
    while (this.#isDone && performance.now() < until && this.#readOne())
    if (this.#isDone && !this.#readOne()) return true
    this.#goOnLater()
    return false
  }

  /** Whether the process stays alive for what may come. */
  hold(holdsProcess: boolean): void {
    this.#holdsProcess = holdsProcess
    if (holdsProcess) this.#port.ref()
    else this.#port.unref()
  }

  get #isDone(): boolean {
    return this.#next === this.#unhandled.length
  }

  readonly #onBatch = (batch: Flat): void => {
    this.#counted.delivered()
    this.#add(batch)
    // What has arrived meanwhile is answered together: small arrays would otherwise beget small arrays.
    for (let left = MORE_AT_ONCE; left > 0 && this.#unhandled.length - this.#next < ENOUGH; left -= 1) {
      if (!this.#readOne()) break
    }
    this.#handleUntil(performance.now() + TURN_MS)
  }

  #readOne(): boolean {
    const batch = this.#counted.take()
    if (batch === undefined) return false
    this.#add(batch)
    return true
  }

  #add(batch: Flat): void {
    const messages = readToRuntime(batch)
    if (this.#next === this.#unhandled.length) {
      this.#unhandled = messages
      this.#next = 0
    } else {
      for (const message of messages) this.#unhandled.push(message)
    }
  }

  #handleUntil(time: number): void {
    if (this.#handling || this.#isDone) return
    this.#handling = true
    try {
      do {
        const end = Math.min(this.#unhandled.length, this.#next + BETWEEN_LOOKS)
        while (this.#next < end) {
          this.#next += 1
          this.#handle(this.#unhandled[this.#next - 1] as ToRuntime)
        }
      } while (this.#next < this.#unhandled.length && performance.now() < time)
    } finally {
      this.#handling = false
    }
    if (this.#isDone) {
      this.#unhandled = []
      this.#next = 0
      Atomics.store(this.#counters, Counter.handled, this.#counted.taken)
    } else {
      this.#goOnLater()
    }
    this.#handled()
  }

  #goOnLater(): void {
    if (this.#paused) return
    this.#paused = true
    this.#port.off('message', this.#onBatch)
    setImmediate(this.#goOn)
  }

  /** A turn of the loop for what is left; then the port's next array, as long as there is time. */
  readonly #goOn = (): void => {
    let isRead = false
    try {
      isRead = this.readOn()
    } finally {
      // Whatever a handler throws is the app's: the lane isn't left unheard for it.
      if (isRead) {
        this.#paused = false
        this.#port.on('message', this.#onBatch)
        // To listen to a port holds the process.
        if (!this.#holdsProcess) this.#port.unref()
      } else {
        setImmediate(this.#goOn)
      }
    }
  }
}
