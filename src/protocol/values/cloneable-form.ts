// In which form an object crosses to another thread: field by field, as a clone, or as what describes it; and how much text a
// clone brings along.

import { types } from 'node:util'
import { peek } from './safe-reads.js'

/**
 * How an object that is no error, list, map or buffer crosses: field by field, as a clone, or, where it has neither
 * keys nor clone, as a description. An instance of a class is data, unless it emits events or holds functions: then it
 * is something alive, a socket or a request, of which thousands of fields would say less than one line.
 */
export function formOf(object: object): { keys?: readonly string[]; clone?: unknown } {
  try {
    if (types.isBoxedPrimitive(object) || types.isDate(object) || types.isRegExp(object)) {
      return { clone: structuredClone(object) }
    }
    const keys = Object.keys(object)
    if (isPlain(object)) return { keys }
    if (keys.length > 0) return isAlive(object, keys) ? {} : { keys }
    // Blobs, keys and modules have a clone of their own; of all else without fields it would be a mere `{}`.
    const clone: unknown = structuredClone(object)
    return isPlain(clone as object) ? {} : { clone }
  } catch {
    return {}
  }
}

function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object) as object | null
  if (prototype === null || prototype === Object.prototype) return true
  // That of another realm.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function isAlive(object: object, keys: readonly string[]): boolean {
  return (
    typeof peek(object, 'on') === 'function' ||
    typeof peek(object, 'addEventListener') === 'function' ||
    keys.some((key) => typeof peek(object, key) === 'function')
  )
}

/** How many characters the clone of an object would bring along that aren't among its fields. */
export function textWithin(object: object): number {
  if (types.isStringObject(object)) return String.prototype.valueOf.call(object).length
  if (types.isRegExp(object)) return sourceLength(object)
  if (types.isBigIntObject(object)) return digitsOf(BigInt.prototype.valueOf.call(object))
  return 0
}

/** Of the pattern itself, which an own property can't hide. */
function sourceLength(pattern: RegExp): number {
  const source: unknown = Reflect.get(RegExp.prototype, 'source', pattern)
  return typeof source === 'string' ? source.length : 0
}

/** How long a bigint is. Small ones, which are almost all, aren't written out for that. */
export function digitsOf(value: bigint): number {
  return BigInt.asIntN(64, value) === value ? 16 : value.toString(16).length
}
