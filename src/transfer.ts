// Marks values that should be moved to another thread instead of copied.

import { MessagePort } from 'node:worker_threads'

const marked = new WeakMap<object, readonly Transferable[]>()
let anyMarked = false

/** What `transfer` can move: what Node's `postMessage` takes in a transfer list. */
export type Transferable = ArrayBuffer | MessagePort | object

/**
 * Marks a value so that it is moved, not copied, where it is next sent: as an input, an output, or a direct property
 * of one. Returns the same value. Afterwards it is empty on this side.
 *
 * Without a list, the value itself is moved if it is an `ArrayBuffer` or a port, and its buffer if it is a typed array
 * or a `DataView`. A `SharedArrayBuffer` needs no mark: it is always shared. The input of an action with `retries` is
 * copied nevertheless, since a later attempt may need it.
 *
 * @throws `TypeError` for an object that can't be moved as a whole, when no list says what should be.
 */
export function transfer<Value extends object>(value: Value, list?: readonly Transferable[]): Value {
  if (list !== undefined && !Array.isArray(list)) {
    throw new TypeError('transfer() was given a list that is no array')
  }
  marked.set(value, list ?? defaultList(value))
  anyMarked = true
  return value
}

/** What of a value is to be moved: the marks on itself and on its direct properties. Empty if there are none. */
export function transfersOf(value: unknown): readonly Transferable[] {
  if (!anyMarked || typeof value !== 'object' || value === null) return NONE
  const own = marked.get(value)
  if (own !== undefined) return own
  if (ArrayBuffer.isView(value)) return NONE
  const found: Transferable[] = []
  let parts: unknown[]
  try {
    parts = Object.values(value)
  } catch {
    // A getter that throws: the value can't be cloned either, which is told where it is sent.
    return NONE
  }
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) found.push(...(marked.get(part) ?? NONE))
  }
  return found.length === 0 ? NONE : [...new Set(found)]
}

const NONE: readonly Transferable[] = []

function defaultList(value: object): readonly Transferable[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer ? NONE : [value.buffer]
  if (value instanceof ArrayBuffer || value instanceof MessagePort) return [value]
  throw new TypeError(
    `transfer() was given ${Object.prototype.toString.call(value)}, which can't be moved as a whole: ` +
      'give the list of what should be moved as the second argument',
  )
}
