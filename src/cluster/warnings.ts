// What a cluster warns of: what goes wrong is tried again, so that nobody else is told.

import type { LinkClock } from './link/wire.js'

/** How often it warns of what is wrong with Redis, in milliseconds. */
const WARN_MS = 60_000

/** Warns of something. */
export function warnOfCluster(message: string): void {
  process.emitWarning(`cluster: ${message}`, 'HeddleWarning')
}

/** Gives what warns of errors of Redis: once a minute, for as long as it is away. */
export function redisWarnings(clock: LinkClock): (error: Error) => void {
  let warnedAt = Number.NEGATIVE_INFINITY
  return (error) => {
    const now = clock.now()
    if (now - warnedAt < WARN_MS) return
    warnedAt = now
    warnOfCluster(`Redis can't be used just now, and is tried again: ${error.message}`)
  }
}
