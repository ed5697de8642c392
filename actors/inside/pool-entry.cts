// What Piscina loads in a new thread: it imports the entry. CommonJS, because Piscina tries `require` first, and on Node
// 20 a thread that is terminated while it requires an ES module takes the whole process down.

import type * as Entry from './entry.js'
import type { LaneOpening } from './entry.js'

let imported: Promise<typeof Entry> | undefined

/** Once: also of what is loaded already, an import takes some tenths of a millisecond. */
const entry = () => (imported ??= import('./entry.js'))

/** Serves one lane. */
async function serve(opening: LaneOpening): Promise<void> {
  await (await entry()).default(opening)
}

/** Gets the thread ready, ahead of need. */
async function warmUp(modules: readonly string[]): Promise<void> {
  await (await entry()).warmUp(modules)
}

module.exports = Object.assign(serve, { warmUp })
