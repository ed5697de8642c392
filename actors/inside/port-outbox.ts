// The outbox of a host at a port: messages for the runtime are collected and posted in arrays: once per tick, and earlier
// where a body that never yields would otherwise not be heard (S11).

import { Counter, type LaneCounters } from '../../src/protocol/claims.js'
import type { CountedPort } from '../../src/protocol/counted-port.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import { postMessages, type Postable, type PostForm } from '../../src/protocol/post-messages.js'
import { flattenToRuntime } from '../../src/protocol/wire.js'
import type { Outbox } from './outbox.js'
import { world } from '../../src/protocol/world.js'

/** How long a body that doesn't yield may go unheard, in milliseconds. */
const WRITE_OUT_MS = 5
/**
 * How many reports, log entries, events and cancels a body that doesn't yield may have written out at once before only
 * time counts: who says a few things and then computes for ever is heard, too. Not spawns: the first of a tick goes at
 * once, the others together, since a post for each would slow down bodies that fan out.
 */
const WRITES_PER_TICK = 8

/** Collects messages and posts them in order. */
export class PortOutbox implements Outbox {
  readonly #port: CountedPort
  readonly #counters: LaneCounters
  readonly #form: PostForm<ToRuntime>
  #messages: Postable<ToRuntime>[] = []
  #scheduled = false
  /** How often it was written out in this tick. */
  #writes = 0
  #lastWrite = 0
  #batch = 0

  constructor(
    port: CountedPort,
    counters: LaneCounters,
    form: Pick<PostForm<ToRuntime>, 'insteadOf' | 'write'>,
  ) {
    this.#port = port
    this.#counters = counters
    this.#form = { flatten: flattenToRuntime, ...form }
  }

  get batch(): number {
    return this.#batch
  }

  get nextArray(): number {
    return (this.#port.posted + 1) | 0
  }

  isHandled(array: number): boolean {
    // Both wrap around.
    return ((world.load(this.#counters, Counter.handled) - array) | 0) >= 0
  }

  push(message: ToRuntime): void {
    this.#messages.push(message)
    this.flushSoon()
  }

  pushDeferred(message: ToRuntime): void {
    this.#messages.push(message)
  }

  pushAndFlush(message: ToRuntime): void {
    this.#messages.push(message)
    this.flush()
  }

  flushSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // After the microtasks of this tick, so that everything that follows from it travels together.
    world.nextTick(() => {
      this.#scheduled = false
      this.flush()
      this.#writes = 0
    })
  }

  pushUrgent(message: ToRuntime): void {
    this.push(message)
    this.flushIfAllowed(1)
  }

  pushThrottled(message: ToRuntime): void {
    this.push(message)
    this.flushIfAllowed(WRITES_PER_TICK)
  }

  flushIfAllowed(limit: number): void {
    if (this.#writes < limit || world.now() - this.#lastWrite > WRITE_OUT_MS) {
      this.#writes += 1
      this.flush()
    }
  }

  flushIfDue(): void {
    if (this.#messages.length > 0 && world.now() - this.#lastWrite > WRITE_OUT_MS) this.flush()
  }

  flushIfOld(): void {
    this.#writes = 0
    if (this.#messages.length > 0 && world.now() - this.#lastWrite > 1) this.flush()
  }

  flush(): void {
    if (this.#messages.length === 0) return
    const messages = this.#messages
    this.#messages = []
    this.#batch += 1
    this.#lastWrite = world.now()
    const left = postMessages(this.#port, messages, this.#form)
    if (left.length === 0) return
    this.#messages = [...left, ...this.#messages]
    this.flushSoon()
  }
}
