// What comes from a host: read from the port, and handled in order, for a few milliseconds at a time. Whatever a body
// says in one breath, a hundred thousand spawns or reports, the app's own loop goes on in between.

import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { Counter, type LaneCounters } from '../protocol/claims.js'
import type { ToRuntime } from '../protocol/messages.js'
import { readToRuntime, type Flat } from '../protocol/wire.js'

/** How many further arrays are taken in one turn of the loop. */
const MORE_AT_ONCE = 16
/** How long messages are handled before the loop gets its turn, in milliseconds. */
const TURN_MS = 4
/** How many are handled between two looks at the clock. */
const BETWEEN_LOOKS = 32

/** The way in of one lane. */
export class Incoming {
  readonly #port: MessagePort
  readonly #counters: LaneCounters
  readonly #handle: (message: ToRuntime) => void
  /** Told after each turn. */
  readonly #handled: () => void
  /** Taken from the port, in order. */
  #unhandled: ToRuntime[] = []
  #next = 0
  /** How many arrays. */
  #taken = 0
  #handling = false
  #scheduled = false

  constructor(
    port: MessagePort,
    counters: LaneCounters,
    handle: (message: ToRuntime) => void,
    handled: () => void,
  ) {
    this.#port = port
    this.#counters = counters
    this.#handle = handle
    this.#handled = handled
    port.on('message', (batch: Flat) => {
      this.#add(batch)
      // What has arrived meanwhile is answered together: small arrays would otherwise beget small arrays.
      this.#read(MORE_AT_ONCE)
      this.#handleUntil(performance.now() + TURN_MS)
    })
  }

  /** Handles all that has arrived, delivered or not; nothing ahead of what is being handled. */
  drain(): void {
    if (this.#handling) return
    this.#read(Infinity)
    this.#handleUntil(Infinity)
  }

  #read(atMost: number): void {
    for (let left = atMost; left > 0; left -= 1) {
      const entry = receiveMessageOnPort(this.#port)
      if (entry === undefined) return
      this.#add(entry.message as Flat)
    }
  }

  #add(batch: Flat): void {
    const messages = readToRuntime(batch)
    this.#taken += 1
    if (this.#next === this.#unhandled.length) {
      this.#unhandled = messages
      this.#next = 0
    } else {
      for (const message of messages) this.#unhandled.push(message)
    }
  }

  #handleUntil(time: number): void {
    if (this.#handling || this.#next === this.#unhandled.length) return
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
    if (this.#next < this.#unhandled.length) {
      this.#goOnLater()
    } else {
      this.#unhandled = []
      this.#next = 0
      Atomics.store(this.#counters, Counter.handled, this.#taken)
    }
    this.#handled()
  }

  #goOnLater(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#handleUntil(performance.now() + TURN_MS)
    })
  }
}
