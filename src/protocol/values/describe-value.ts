// Descriptions of values, for messages of errors and logs.

import { inspect, types } from 'node:util'

/**
 * A short text that shows a value in a message: one line, cut at `length` characters.
 *
 * Looks past proxies without calling their traps, and never throws. With `depth` 0 nested objects are only named.
 */
export function describeValue(value: unknown, length = 200, depth = 1): string {
  let text: string
  try {
    text = inspect(quickToInspect(value, length), {
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

/** What to inspect in place of a value that takes seconds: each character of a boxed text is looked at, as a property. */
function quickToInspect(value: unknown, length: number): unknown {
  if (types.isStringObject(value)) return String.prototype.slice.call(value, 0, length)
  const bigint = types.isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : value
  if (typeof bigint !== 'bigint' || BigInt.asIntN(4096, bigint) === bigint) return value
  // Its decimal form takes quadratic time.
  return `0x${bigint.toString(16).slice(0, length)}`
}

/** The message of an error, or what shows any other value, as text, cut where it is very long; never throws. */
export function messageOf(reason: unknown): string {
  try {
    if (reason instanceof Error && typeof reason.message === 'string') return cutText(reason.message)
  } catch {
    // Its message can't be read.
  }
  return typeof reason === 'string' ? cutText(reason) : describeValue(reason)
}

/** The longest text that goes into a message, a reason or a log entry, in characters. */
export const LONGEST_TEXT: number = 256 * 1024

/** A text of at most `length` characters: a longer one ends with a mark that says so, and isn't cut again for that. */
export function cutText(text: string, length: number = LONGEST_TEXT): string {
  if (text.length <= length) return text
  const mark = `… [cut: ${text.length} characters]`
  return text.slice(0, length - mark.length) + mark
}
