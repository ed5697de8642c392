// Marks values that should be moved to another thread instead of copied.

import { MessagePort } from 'node:worker_threads'
import { markTransfers, type Transferable } from './protocol/transfers.js'

/**
 * Marks a value so that it is moved, not copied, where it is next sent: as an input, an output, or a direct property
 * of one. Returns the same value. Afterwards it is empty on this side.
 *
 * A small Buffer lies in a pool that it shares with others (`Buffer.from`, `Buffer.allocUnsafe`): it is copied, with its pool.
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
  markTransfers(value, list ?? defaultList(value))
  return value
}

function defaultList(value: object): readonly Transferable[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer ? [] : [value.buffer]
  if (value instanceof ArrayBuffer || value instanceof MessagePort) return [value]
  throw new TypeError(
    `transfer() was given ${Object.prototype.toString.call(value)}, which can't be moved as a whole: ` +
      'give the list of what should be moved as the second argument',
  )
}
