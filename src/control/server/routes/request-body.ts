// Reads the body of a request, and no more of it than it may have. What is asked for is flat: a body of many nested values
// is refused before it is parsed, since that would hold the app's loop.

import { ApiError } from '../api-error.js'
import { shorten, type AppContext } from './routing.js'

/** Objects and lists that a body may be made of, where a route doesn't say. */
const NESTED = 100
/** Values that it may have: the separators between them are counted. */
const VALUES = 250_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING = new Set([0x5b, 0x7b])

/** The body as JSON; `undefined` if there is none. `nested`: of how many objects and lists it may be made. Not by Hono's `bodyLimit`: that needs the global `Request` replaced. */
export async function readJson(c: AppContext, bodyBytes: number, nested: number = NESTED): Promise<unknown> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.byteLength
    if (size > bodyBytes) {
      throw new ApiError('tooLarge', `the request's body has more than ${bodyBytes} bytes`)
    }
    parts.push(part)
  }
  if (size === 0) return undefined
  const bytes = Buffer.concat(parts)
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError('notJson', `the body is of type '${shorten(type)}', but must be application/json`)
  }
  refuseIntricate(bytes, nested)
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch {
    throw new ApiError('invalid', "the body isn't JSON", { field: '' })
  }
}

function refuseIntricate(bytes: Uint8Array, mostNested: number): void {
  let nested = 0
  let values = 0
  let isText = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (isText) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) isText = true
    else if (byte === COMMA) values += 1
    else if (byte > 0x5a && OPENING.has(byte)) nested += 1
  }
  if (nested <= mostNested && values <= VALUES) return
  throw new ApiError('invalid', `the body has more objects, lists or values than any request here has`, {
    field: '',
  })
}
