// What `heddle` is in one of its own threads (the export condition `heddle-thread`): the same, but that what makes a runtime, half
// of all, is loaded when one is made. In the thread itself that is refused; a worker that a body starts has the same condition.

import { createRequire } from 'node:module'
import type { createRuntime as CreateRuntime } from './runtime/runtime.js'

export * from './exports.js'

/** As the app's own. */
export const createRuntime: typeof CreateRuntime = (options) => {
  const { createRuntime: create } = createRequire(import.meta.url)('./index.js') as {
    readonly createRuntime: typeof CreateRuntime
  }
  return create(options)
}
