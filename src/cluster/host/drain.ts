// How a host leaves without cutting off what can end in time (D29).

import { setTimeout as sleep } from 'node:timers/promises'
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

async function isIdleWithin(worker: Worker, ms: number): Promise<boolean> {
  const timeout = new AbortController()
  const isLate = sleep(ms, false, { signal: timeout.signal }).catch(() => false)
  const isIdle = await Promise.race([worker.whenIdle().then(() => true), isLate])
  timeout.abort()
  return isIdle
}
