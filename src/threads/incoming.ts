// The way in from a host: messages are read from the port, and handled in order, for a few milliseconds at a time. Whatever
// a body says in one breath, a hundred thousand spawns or reports, the app's own loop goes on in between.

import type { MessagePort } from 'node:worker_threads'
import { Queue } from '../collections/queue.js'
import { Counter, type LaneCounters } from '../protocol/claims.js'
import type { CountedPort } from '../protocol/counted-port.js'
import { hasStackRoom } from '../protocol/stack-room.js'
import { readToRuntime, type Flat } from '../protocol/wire.js'
import type { FromHost, LaneIncoming } from './lane-line.js'
import { world } from '../protocol/world.js'

/** How many further arrays are taken in one turn of the loop, while few messages wait. */
const MORE_AT_ONCE = 16
/** How many messages may wait before no further array is read from the port. */
const MAX_UNHANDLED = 256
/** How long messages are handled before the loop gets its turn, in milliseconds. */
const TURN_MS = 4
/** How many are handled between two looks at the clock. */
const BETWEEN_LOOKS = 32

/** The way in of one lane. */
export class Incoming implements LaneIncoming {
  readonly #port: MessagePort
  readonly #counted: CountedPort
  readonly #counters: LaneCounters
  readonly #handle: (message: FromHost) => void
  /** Told after each turn. `until`: how long that may take; `undefined` where somebody else's code is at work in it. */
  readonly #handled: (until: number | undefined) => void
  /** Taken from the port, in order. */
  readonly #unhandled = new Queue<FromHost>()
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
    handle: (message: FromHost) => void,
    handled: (until: number | undefined) => void,
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
    // The app may ask from deep within a recursion: then it waits for its turn.
    if (this.#counted.hasArrived && !hasStackRoom()) return
    while (this.#readOne(Infinity));
    this.#handleUntil(Infinity)
  }

  /** Handles what has arrived, delivered or not, for as long as a turn of the loop may take; `false` if there is more. */
  readOn(): boolean {
    if (this.#handling) return false
    const until = world.now() + TURN_MS
    do this.#handleUntil(until)
    while (this.#isDone && world.now() < until && this.#readOne(until))
    // Where the time is up, there may be more.
    if (this.#isDone && !this.#readOne(until) && !this.#isLate(until)) return true
    this.#goOnLater()
    return false
  }

  /** Whether the process stays alive for what may come. */
  hold(holdsProcess: boolean): void {
    this.#holdsProcess = holdsProcess
    if (holdsProcess) this.#port.ref()
    else this.#port.unref()
  }

  close(): void {
    this.#port.close()
  }

  get #isDone(): boolean {
    return this.#unhandled.length === 0
  }

  readonly #onBatch = (array: Flat): void => {
    const batch = this.#counted.delivered(array)
    const until = world.now() + TURN_MS
    if (batch !== undefined) this.#add(batch)
    // What has arrived meanwhile is answered together: small arrays would otherwise beget small arrays.
    for (let left = MORE_AT_ONCE; left > 0 && this.#unhandled.length < MAX_UNHANDLED; left -= 1) {
      if (!this.#readOne(until)) break
    }
    this.#handleUntil(until, until)
    // Payloads whose messages haven't come yet.
    if (this.#isDone && this.#isLate(until)) this.#goOnLater()
  }

  /** Whether the time of this turn is up, while there is more. */
  #isLate(until: number): boolean {
    return this.#counted.hasArrived && world.now() >= until
  }

  #readOne(until: number): boolean {
    const batch = this.#counted.take(until)
    if (batch === undefined) return false
    this.#add(batch)
    return true
  }

  #add(batch: Flat): void {
    this.#unhandled.append(readToRuntime(batch, this.#counted.payloads))
  }

  #handleUntil(time: number, turn?: number): void {
    if (this.#handling || this.#isDone) return
    this.#handling = true
    try {
      do {
        for (let left = BETWEEN_LOOKS; left > 0 && !this.#isDone; left -= 1) {
          this.#handle(this.#unhandled.shift() as FromHost)
        }
      } while (!this.#isDone && world.now() < time)
    } finally {
      this.#handling = false
    }
    if (this.#isDone) {
      world.store(this.#counters, Counter.handled, this.#counted.taken)
    } else {
      this.#goOnLater()
    }
    this.#handled(turn)
  }

  #goOnLater(): void {
    if (this.#paused) return
    this.#paused = true
    this.#port.off('message', this.#onBatch)
    world.setImmediate(this.#goOn)
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
        world.setImmediate(this.#goOn)
      }
    }
  }
}
