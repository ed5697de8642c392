// The body whose code is running, also across awaits: to attribute what is thrown or rejected where nobody catches it, and
// for logics that act for the body around them. Below the bodies, so that whatever a body uses can import it.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { ActionInfo } from '../../../src/context.js'

/** A body, as the owner of its code. */
export interface CodeOwner {
  readonly info: ActionInfo
}

/** A module that is being imported, with all that its top level starts: it is shared by all bodies, and no body's. */
export class ModuleLoad {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }
}

/** What the code that is running belongs to. */
export const currentBody: AsyncLocalStorage<CodeOwner | ModuleLoad> = new AsyncLocalStorage()

let holders = 0

/**
 * Holds it in the app's own thread; gives what lets go of it again. On Node 20, each promise of a thread costs more from
 * the first `run` on, until it is disabled: an app whose scopes have ended has that back (I13).
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
