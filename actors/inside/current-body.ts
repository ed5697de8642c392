// Which body's code is running, also across awaits: to attribute unhandled rejections, and for logics that act for the
// body around them. Apart, so that both the host and what is outside of it can import it.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Body } from './body.js'

/** The body whose code is running. */
export const currentBody: AsyncLocalStorage<Body> = new AsyncLocalStorage<Body>()

let holders = 0

/**
 * Holds it in the app's own thread; gives what lets go of it again. On Node 20, each promise of a thread costs more from
 * the first `run` on, until it is disabled: of no-ops in bulk, a quarter. An app whose scopes have ended has that back (I13).
 */
export function holdCurrentBody(): () => void {
  holders += 1
  let held = true
  return () => {
    if (!held) return
    held = false
    holders -= 1
    if (holders === 0) currentBody.disable()
  }
}
