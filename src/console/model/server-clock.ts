// The server's time, which all times of actions are in, as the page knows it: its own clock, set by what the server
// says. It stands still while the connection is lost, so that nothing seems to go on that nobody has seen.

/** A clock. */
export interface ServerClock {
  /** Epoch milliseconds of the server. */
  now(): number
  /** The server has said what time it is there. */
  heard(at: number): void
  /** Stands still, or goes on. */
  hold(isHeld: boolean): void
}

/** Makes a clock on top of the page's own. */
export function createServerClock(own: () => number = Date.now): ServerClock {
  let offsetMs = 0
  let isSet = false
  let heldAt: number | undefined
  return {
    now: () => heldAt ?? own() + offsetMs,
    heard(at) {
      // What arrives has been under way: so the latest time heard is the best guess, and nothing is in the future.
      const offset = at - own()
      if (!isSet || offset > offsetMs) {
        offsetMs = offset
        isSet = true
      }
    },
    hold(isHeld) {
      heldAt = isHeld ? (heldAt ?? own() + offsetMs) : undefined
    },
  }
}
