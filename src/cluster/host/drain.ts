// How a host leaves without cutting off what can end in time (D29).

import { LONGEST_TIMER_MS } from '../../options.js'
import { world } from '../../protocol/world.js'
import type { Worker } from './worker.js'

/** What `drain` takes. */
export interface DrainOptions {
  /** How long what runs may go on, in milliseconds. Default: the host's `drainMs`. */
  readonly drainMs?: number | undefined
}

/** How long what is aborted may clean up before it is cut off, in milliseconds. */
const GRACE_MS = 5000

/** Gives `false` if something had to be cut off. */
export async function drain(worker: Worker, drainMs: number): Promise<boolean> {
  worker.retireAll()
  if (await isIdleWithin(worker, drainMs)) return true
  worker.abortAll(`its host is leaving, and it has not ended within ${drainMs} ms`)
  await isIdleWithin(worker, GRACE_MS)
  return false
}

function isIdleWithin(worker: Worker, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = world.setTimeout(() => resolve(false), Math.min(ms, LONGEST_TIMER_MS))
    void worker.whenIdle().then(() => {
      world.clearTimeout(timer)
      resolve(true)
    })
  })
}
