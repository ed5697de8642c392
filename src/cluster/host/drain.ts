// How a host leaves without cutting off what can end in time (D29).

import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from './worker.js'

/** What `drain` takes. */
export interface DrainOptions {
  /** How long what runs may go on, in milliseconds. Default: the host's `drainMs`. */
  readonly drainMs?: number | undefined
}

/** Gives `false` if something had to be cut off. */
export async function drain(worker: Worker, drainMs: number): Promise<boolean> {
  worker.stopTaking()
  const timeout = new AbortController()
  const isOver = sleep(drainMs, false, { signal: timeout.signal })
  const isWhole = await Promise.race([worker.whenIdle().then(() => true), isOver])
  timeout.abort()
  isOver.catch(() => {})
  return isWhole
}
