// What a link needs of the outside: something that carries bytes, however badly, and time.

import { world } from '../../protocol/world.js'

/** Carries frames between instances. They may be lost, come twice, late, or out of order. */
export interface Wire {
  /** Whether it makes sense to send: what is sent while it isn't open is lost. */
  readonly isOpen: boolean
  /** Called with each frame that comes to this instance. */
  onFrame: ((frame: Uint8Array) => void) | undefined
  /** Called when it is open, for the first time or again: what was on its way is lost. */
  onOpen: (() => void) | undefined
  /** Sends a frame to an instance; never throws. */
  send(to: string, frame: Uint8Array): void
}

/** Time, as one process sees it. */
export interface LinkClock {
  /** Milliseconds since some moment, fractional, monotonic. Means nothing to others. */
  now(): number
  /** Epoch milliseconds, fractional. */
  epochNow(): number
  /** Calls back after so many milliseconds, without holding the process for that; gives what stops it. */
  after(ms: number, call: () => void): () => void
  /** Calls back at the end of this tick. */
  soon(call: () => void): void
}

/** The clock and timers of the world that everything here lives in. */
export const worldClock: LinkClock = {
  now: () => world.now(),
  epochNow: () => world.epochNow(),
  after(ms, call) {
    const timer = world.setTimeout(call, ms).unref()
    return () => world.clearTimeout(timer)
  },
  soon: (call) => world.nextTick(call),
}
