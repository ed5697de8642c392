// The interface of a host's outbox: what it has for the runtime.

import type { ToRuntime } from '../../src/protocol/messages.js'

/** The way out of a host. */
export interface Outbox {
  /** Changes whenever what was added has left: until then, a message that was added may still be changed. */
  readonly batch: number
  /** The number of the array that what is added now travels in, at the earliest. */
  readonly nextArray: number
  /** Whether the main thread has handled all up to the array of this number. */
  isHandled(array: number): boolean
  /** Adds a message, to be posted at the end of this tick at the latest. */
  push(message: ToRuntime): void
  /** Adds a message that is posted with the next one, or when `flushSoon` is called. */
  pushDeferred(message: ToRuntime): void
  /** Adds a message and posts it: nothing that could travel with it can follow in this tick. */
  pushAndFlush(message: ToRuntime): void
  /** Adds a message that others may be waiting for while this body computes: see S11. */
  pushUrgent(message: ToRuntime): void
  /** The same, at once only so often in one tick: for a body's output, and its cancels. */
  pushThrottled(message: ToRuntime): void
  /** Posts what there is, if it is time (S11), or if that was done less often than `limit` times in this tick. */
  flushIfAllowed(limit: number): void
  /** Posts what there is at the end of this tick. */
  flushSoon(): void
  /** Called when a body polls its signal: its output is posted, if it is time. */
  flushIfDue(): void
  /**
   * Posts if the last time is long ago: called between two bodies. The next one's first word is written out at once, however
   * much others have posted in this tick: it may never yield (S11).
   */
  flushIfOld(): void
  /** Posts what there is. */
  flush(): void
}
