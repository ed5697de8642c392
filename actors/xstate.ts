// XState, loaded when the first lane is opened or the first actor is made: threads import this package, too, and most need
// none of it; and in the app's own thread a worker starts meanwhile.

import { createRequire } from 'node:module'
import type * as XState from 'xstate'

let loaded: typeof XState | undefined

/** What an `import` gives, too: in Node, XState's ES module wraps its CommonJS one. */
export function xstate(): typeof XState {
  loaded ??= createRequire(import.meta.url)('xstate') as typeof XState
  return loaded
}
