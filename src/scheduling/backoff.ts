// The wait between a failed attempt and the next one: longer each time, and spread, so that what has failed together (a
// service was down) doesn't come back together. Pure: chance is given.

import type { ResolvedRetries } from '../protocol/resolved-options.js'

/**
 * The wait after so many failures, in milliseconds: between half and all of `backoffMs × factor^(failures − 1)`, that at
 * most `maxBackoffMs`. "Equal jitter", after M. Brooker, Exponential Backoff and Jitter (2015): half is kept, since to
 * try again at once is what a backoff is there to prevent. `random` gives 0 (inclusive) to 1 (exclusive).
 */
export function backoffMs(retries: ResolvedRetries, failures: number, random: () => number): number {
  const longest = Math.min(retries.maxBackoffMs, retries.backoffMs * retries.factor ** (failures - 1))
  return longest === 0 ? 0 : longest / 2 + (random() * longest) / 2
}
