// What Piscina loads in a new thread: it imports the entry. Built as CommonJS, because Piscina tries `require` first, and on Node
// 20 a thread that is terminated while it requires an ES module takes the whole process down.

import type { LaneOpening } from './entry.js'

/** At once: the main thread, which gives the first task when this one is ready, may be busy. */
const entry = import('./entry.js')
// The first task tells of it.
entry.catch(() => {})

/** Serves one lane. */
async function serve(opening: LaneOpening): Promise<void> {
  await (await entry).default(opening)
}

/** Gets the thread ready, ahead of need; gives its id. */
async function warmUp({ modules }: { readonly modules: readonly string[] }): Promise<number> {
  return (await entry).warmUp(modules)
}

const entryPoints: typeof serve & { readonly warmUp: typeof warmUp } = Object.assign(serve, { warmUp })
export default entryPoints
