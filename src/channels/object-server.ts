// The serving side of one line to an object.

import { loadComlink } from './comlink.js'
import type { Line } from './line.js'

/** Serves the methods of an object on a line, until that is closed. */
export async function serveObject(served: object, line: Line): Promise<void> {
  const { expose } = await loadComlink()
  if (!line.isClosed) expose(served, line)
}
