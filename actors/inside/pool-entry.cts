// What Piscina loads in a new thread: it imports the entry. CommonJS, because Piscina tries `require` first, and on Node
// 20 a thread that is terminated while it requires an ES module takes the whole process down.

import type { LaneOpening } from './entry.js'

const entry = () => import('./entry.js')

/** Serves one lane. */
async function serve(opening: LaneOpening): Promise<void> {
  await (await entry()).default(opening)
}

/** Does nothing: the thread that runs it has been started, and has loaded the host, by then. */
async function warmUp(): Promise<void> {
  await entry()
}

module.exports = Object.assign(serve, { warmUp })
