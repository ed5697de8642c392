// How values are shown in messages of errors and logs.

import { inspect } from 'node:util'

/**
 * A short text that shows a value in a message: one line, cut at `length` characters.
 *
 * Looks past proxies without calling their traps, and never throws. With `depth` 0 nested objects are only named.
 */
export function describeValue(value: unknown, length = 200, depth = 1): string {
  let text: string
  try {
    text = inspect(value, {
      depth,
      showProxy: true,
      maxArrayLength: 10,
      maxStringLength: length,
      breakLength: Infinity,
    })
  } catch {
    return `[${typeof value} that can't be inspected]`
  }
  const line = text.replace(/\s*\n\s*/g, ' ')
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}

/** The message of an error, or what shows any other value, as text; never throws. */
export function messageOf(reason: unknown): string {
  try {
    if (reason instanceof Error && typeof reason.message === 'string') return reason.message
  } catch {
    // Its message can't be read.
  }
  return typeof reason === 'string' ? reason : describeValue(reason)
}
