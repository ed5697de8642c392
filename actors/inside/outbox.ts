// What a host has to tell, collected and posted in arrays: once per tick, and earlier where a body that never yields
// would otherwise not be heard (S11).

import { Counter, type LaneCounters } from '../../src/protocol/claims.js'
import type { CountedPort } from '../../src/protocol/counted-port.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import { flattenToRuntime } from '../../src/protocol/wire.js'

/** How long a body that doesn't yield may go unheard, in milliseconds. */
const WRITE_OUT_MS = 5
/**
 * How many reports, log entries, events and cancels a body that doesn't yield may have written out at once before only
 * time counts: who says a few things and then computes for ever is heard, too. Not spawns: the first of a tick goes at
 * once, the others together, since a post for each would cost bodies that fan out a third of their throughput.
 */
const WRITES_AT_ONCE = 8

/** Collects messages and posts them in order. */
export class Outbox {
  readonly #port: CountedPort
  readonly #counters: LaneCounters
  /** Gives what to post in place of a message that can't be cloned, if anything. */
  readonly #onUncloneable: (message: ToRuntime, error: unknown) => ToRuntime | undefined
  #messages: ToRuntime[] = []
  #transfers: object[] = []
  #scheduled = false
  /** How often it was written out in this tick. */
  #writes = 0
  #lastWrite = 0
  #batch = 0
  /** How many arrays were posted: more than batches, where one was posted message by message. */
  #posted = 0

  constructor(
    port: CountedPort,
    counters: LaneCounters,
    onUncloneable: (message: ToRuntime, error: unknown) => ToRuntime | undefined,
  ) {
    this.#port = port
    this.#counters = counters
    this.#onUncloneable = onUncloneable
  }

  /** Counts the arrays that were posted. */
  get batch(): number {
    return this.#batch
  }

  /** The number of the array that what is added now travels in, at the earliest. */
  get nextArray(): number {
    return this.#posted + 1
  }

  /** Whether the main thread has handled all up to the array of this number. */
  isHandled(array: number): boolean {
    // Both wrap around.
    return ((Atomics.load(this.#counters, Counter.handled) - array) | 0) >= 0
  }

  /** Adds a message, to be posted at the end of this tick at the latest. */
  push(message: ToRuntime, transfers?: readonly object[]): void {
    this.#messages.push(message)
    if (transfers !== undefined && transfers.length > 0) this.#transfers.push(...transfers)
    this.flushSoon()
  }

  /** Adds a message that travels with the next one, or when `flushSoon` is called. */
  keep(message: ToRuntime): void {
    this.#messages.push(message)
  }

  /** Adds the last message for now: nothing that could travel with it can follow in this tick. */
  pushLast(message: ToRuntime): void {
    this.#messages.push(message)
    this.flush()
  }

  /** Posts what there is at the end of this tick. */
  flushSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // After the microtasks of this tick, so that everything that follows from it travels together.
    process.nextTick(() => {
      this.#scheduled = false
      this.flush()
      this.#writes = 0
    })
  }

  /** Adds a message that others may be waiting for while this body computes: see S11. */
  pushUrgent(message: ToRuntime, transfers?: readonly object[]): void {
    this.push(message, transfers)
    this.nudge(1)
  }

  /** The same for what is little, and may be the last for long: what a body says of itself, and its cancels. */
  pushSaying(message: ToRuntime): void {
    this.push(message)
    this.nudge(WRITES_AT_ONCE)
  }

  /** Writes out what there is, if it is time (S11), or was done less often than that in this tick. */
  nudge(atOnce: number): void {
    if (this.#writes < atOnce || performance.now() - this.#lastWrite > WRITE_OUT_MS) {
      this.#writes += 1
      this.flush()
    }
  }

  /** Called when a body polls its signal: what it has said goes out, if it is time. */
  flushIfDue(): void {
    if (this.#messages.length > 0 && performance.now() - this.#lastWrite > WRITE_OUT_MS) this.flush()
  }

  /**
   * Posts if the last time is long ago: called between two bodies. The next one's first word is written out at once, however
   * much others have said in this tick: it may never yield (S11).
   */
  flushIfOld(): void {
    this.#writes = 0
    if (this.#messages.length > 0 && performance.now() - this.#lastWrite > 1) this.flush()
  }

  /** Posts what there is. */
  flush(): void {
    if (this.#messages.length === 0) return
    const messages = this.#messages
    const transfers = this.#transfers
    this.#messages = []
    this.#transfers = []
    this.#batch += 1
    this.#lastWrite = performance.now()
    try {
      this.#post(messages, transfers)
    } catch {
      // One of them can't be cloned: post each alone, so that only that one is lost. Nothing has been sent, nothing
      // transferred yet.
      for (const message of messages) this.#postAlone(message)
    }
  }

  #postAlone(message: ToRuntime): void {
    const transfers =
      'transfer' in message ? message.transfer : 'port' in message ? [message.port] : undefined
    try {
      this.#post([message], transfers ?? [])
    } catch (error) {
      const instead = this.#onUncloneable(message, error)
      if (instead !== undefined) this.#post([instead], [])
    }
  }

  #post(messages: readonly ToRuntime[], transfers: readonly unknown[]): void {
    this.#port.post(flattenToRuntime(messages), transfers)
    this.#posted += 1
  }
}
