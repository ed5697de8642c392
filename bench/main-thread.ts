// How long the main thread itself has computed, whatever else shares the processor.

import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** Where Linux keeps how long the main thread has been on a processor, in nanoseconds. */
const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`

/** What `mainThreadMs` counts here. */
export const CLOCK: 'processor' | 'activity' = process.platform === 'linux' ? 'processor' : 'activity'

/**
 * The main thread's own processor time, in milliseconds; elsewhere than on Linux how long its loop was active, which
 * threads and other processes that share the processor make longer.
 */
export function mainThreadMs(): number {
  if (CLOCK === 'activity') return performance.eventLoopUtilization().active
  return Number(readFileSync(SCHEDSTAT, 'utf8').split(' ')[0]) / 1e6
}
