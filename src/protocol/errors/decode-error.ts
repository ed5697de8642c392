// Makes errors again of what the encoder has made of them: instances of this thread's classes.

import type { AbortReason } from './abort-reason.js'
import {
  builtinClasses,
  heddleClasses,
  isHeddleName,
  type EncodedError,
  type EncodedErrorObject,
  type EncodedFields,
  type EncodedReason,
  type EncodedValue,
} from './encoded-error.js'
import { heddleErrorBrand, setStackTraceLimit } from './errors.js'

/**
 * Makes the error again that `encodeError` was given.
 *
 * An error of Heddle's is an instance of its class here, a built-in one of its built-in class; one of a class of the
 * app's is an instance of the nearest of these, with its own `name`. The stack is that of the place where it was made.
 */
export function decodeError(encoded: EncodedError): unknown {
  return encoded.kind === 'primitive' ? encoded.value : new Decoder().value(encoded)
}

/** Makes the reason again that `encodeReason` was given. */
export function decodeReason(encoded: EncodedReason): AbortReason {
  const { cause } = encoded
  return cause === undefined ? encoded : { ...encoded, cause: decodeError(cause) }
}

// Walks in the order of the encoder.
class Decoder {
  readonly #byId = new Map<number, unknown>()

  value(encoded: EncodedValue): unknown {
    if (typeof encoded !== 'object' || encoded === null) return encoded
    switch (encoded.kind) {
      case 'error':
        return this.#error(encoded)
      case 'object': {
        const object = this.#note(encoded, {})
        this.#fields(object, encoded.fields)
        return object
      }
      case 'array': {
        const array = this.#note<unknown[]>(encoded, [])
        for (const item of encoded.items) array.push(this.value(item))
        return array
      }
      case 'map': {
        const map = this.#note(encoded, new Map<unknown, unknown>())
        for (const [key, value] of encoded.entries) map.set(this.value(key), this.value(value))
        return map
      }
      case 'set': {
        const set = this.#note(encoded, new Set())
        for (const item of encoded.items) set.add(this.value(item))
        return set
      }
      case 'clone':
        return this.#note(encoded, encoded.value)
      case 'ref':
        return this.#byId.get(encoded.id)
    }
  }

  #error(encoded: EncodedErrorObject): Error {
    const error = this.#note(encoded, blankError(encoded))
    const shown = encoded.enumerable ?? []
    if (encoded.name !== undefined && encoded.class !== 'DOMException') {
      define(error, 'name', encoded.name, shown.includes('name'))
    }
    if (shown.includes('message')) define(error, 'message', encoded.message, true)
    if (encoded.brand !== undefined) define(error, heddleErrorBrand, encoded.brand)
    // Without one it would show the stack of this decoder.
    define(error, 'stack', encoded.stack ?? `${error.name}: ${error.message}`, shown.includes('stack'))
    if ('cause' in encoded) define(error, 'cause', this.value(encoded.cause), shown.includes('cause'))
    if (encoded.errors !== undefined) {
      const errors: unknown[] = []
      define(error, 'errors', errors)
      for (const item of encoded.errors) errors.push(this.value(item))
    }
    if (encoded.fields !== undefined) this.#fields(error, encoded.fields)
    return error
  }

  #fields(object: object, fields: EncodedFields): void {
    for (const [key, value] of fields) define(object, key, this.value(value), true)
  }

  #note<T>(encoded: { id?: number }, decoded: T): T {
    if (encoded.id !== undefined) this.#byId.set(encoded.id, decoded)
    return decoded
  }
}

/**
 * A true error of the class, without a call of its constructor: all that would set is among the fields.
 *
 * Its own stack would be thrown away, and costs more than all the rest: so none is captured.
 */
function blankError({ class: name, name: ownName, message }: EncodedErrorObject): Error {
  const { stackTraceLimit } = Error
  try {
    setStackTraceLimit(0)
    if (name === 'DOMException') return new DOMException(message, ownName)
    const errorClass = isHeddleName(name) ? heddleClasses[name] : builtinClasses[name]
    return Reflect.construct(Error, [message], errorClass as never)
  } finally {
    setStackTraceLimit(stackTraceLimit)
  }
}

/** Defines, never assigns: a setter, or `__proto__`, must not be reached. */
function define(object: object, key: PropertyKey, value: unknown, enumerable = false): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true })
}
