// One clock for all threads of the process: epoch milliseconds, fractional, monotonic. Each thread's own
// `performance.timeOrigin` is read from the system clock at another moment, so that times taken in two threads could
// stand in the wrong order; `process.hrtime` is shared.

import { world } from './world.js'

/** Reads the time in epoch milliseconds, fractional. */
export type Clock = () => number

/** What has to be added to the shared monotonic clock to get epoch time: taken once, on the main thread. */
export function measureEpochOffset(): number {
  return world.epochNow() - world.sharedNow()
}

/** The clock of the thread that calls this; threads that were given the same offset agree exactly. */
export function createClock(epochOffset: number): Clock {
  // Not `performance.now()` and its difference to the shared clock: whatever came between the two looks that measure
  // the difference (another process, say) would stay as this thread's error. It costs the same.
  return () => epochOffset + world.sharedNow()
}
