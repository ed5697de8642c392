// One clock for all threads of the process: epoch milliseconds, fractional, monotonic. Each thread's own
// `performance.timeOrigin` is read from the system clock at another moment, so that times taken in two threads could
// stand in the wrong order; `process.hrtime` is shared.

import { world } from './world.js'

/** Reads the time in epoch milliseconds, fractional. */
export type Clock = () => number

/** How often the two clocks are looked at: a busy machine may give another process its turn between the two looks. */
const LOOKS = 5

/** What has to be added to the shared monotonic clock to get epoch time: measured once, on the main thread. */
export function measureEpochOffset(): number {
  let offset = -Infinity
  // What comes between makes it smaller.
  for (let look = 0; look < LOOKS; look += 1) offset = Math.max(offset, world.epochNow() - world.sharedNow())
  return offset
}

/** The clock of the thread that calls this; threads that were given the same offset agree exactly. */
export function createClock(epochOffset: number): Clock {
  // Not `performance.now()` and its difference to the shared clock: whatever came between the two looks that measure
  // the difference (another process, say) would stay as this thread's error. It costs the same.
  return () => epochOffset + world.sharedNow()
}
