// What Piscina loads in a new thread: it imports the entry. CommonJS, because Piscina tries `require` first, and on Node
// 20 a thread that is terminated while it requires an ES module takes the whole process down.

import type { LaneOpening } from './entry.js'

const entry = () => import('./entry.js')

/** Serves one lane. */
async function serve(opening: LaneOpening): Promise<void> {
  await (await entry()).default(opening)
}

/** Does nothing but load the host and modules that are likely to be needed: the thread that runs it is ready then. */
async function warmUp(modules: readonly string[]): Promise<void> {
  await (await entry()).preload(modules)
}

module.exports = Object.assign(serve, { warmUp })
