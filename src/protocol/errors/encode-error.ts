// Makes data of errors, and of whatever else can be thrown, so that they can be cloned. Looks at values that may do
// anything when they are looked at, within limits: it never throws.

import { types } from 'node:util'
import type { AbortReason } from './abort-reason.js'
import { digitsOf, formOf, textWithin } from '../values/cloneable-form.js'
import { cutText, describeValue } from '../values/describe-value.js'
import {
  asText,
  brief,
  hasOwn,
  isArray,
  keysOf,
  nonEmptyText,
  ownValue,
  peek,
  read,
} from '../values/safe-reads.js'
import {
  builtinClasses,
  errorCodecLimits,
  isHeddleName,
  type BuiltinName,
  type EncodedError,
  type EncodedErrorObject,
  type EncodedFields,
  type EncodedNode,
  type EncodedPrimitive,
  type EncodedReason,
  type EncodedValue,
  type ErrorPart,
} from './encoded-error.js'
import { brandOf } from './is-heddle-error.js'

type MetNode = Exclude<EncodedNode, { kind: 'ref' }>

const builtinOfPrototype: ReadonlyMap<object, BuiltinName> = new Map(
  (Object.keys(builtinClasses) as BuiltinName[]).map((name) => [builtinClasses[name].prototype, name]),
)

/** What tells errors apart, and decides what becomes of them. */
const IDENTITY = ['code', 'retriable', 'run', 'action']
/** Of so many other fields, those that are no objects cross in any case. */
const IDENTIFYING_FIELDS = 16
/** How many more values there may be for each error of Heddle's. */
const FIELDS_OF_OURS = 32

const noRoom = `[cut: more than ${errorCodecLimits.values} values]`

/**
 * Turns anything that can be thrown into data that can be cloned.
 *
 * Keeps the class of Heddle's and of built-in errors, name, message, stack, code, own enumerable fields, causes,
 * `AggregateError.errors` and who refers to whom, in errors and in plain objects, arrays, maps and sets. What can't be
 * cloned becomes a string that describes it. Never throws, whatever the value does when it is looked at; reads getters.
 */
export function encodeError(error: unknown): EncodedError {
  try {
    const encoded = new Encoder().value(error, 0)
    return typeof encoded === 'object' && encoded !== null ? encoded : { kind: 'primitive', value: encoded }
  } catch {
    // Every look at the value is guarded where it is made. Left is a stack that is used up: no calls from here.
    return { kind: 'error', class: 'Error', message: '[an error that could not be encoded]' }
  }
}

/** Encodes a reason; its cause goes the way of errors. */
export function encodeReason(reason: AbortReason): EncodedReason {
  const { source, message, by, origin, at } = reason
  const encoded: EncodedReason = {
    source,
    message: cutText(asText(message)),
    origin: cutText(asText(origin)),
    at,
  }
  if (by !== undefined) encoded.by = cutText(asText(by))
  if ('cause' in reason) encoded.cause = encodeError(reason.cause)
  return encoded
}

// The encoder and the decoder walk in the same order (cause, errors, fields), so that a `ref` always comes after the
// node that it refers to.
class Encoder {
  #values = 0
  /** What is left for the own fields of Heddle's errors, however much their causes hold: a reason, say. */
  #extraValues = 0
  #length = 0
  #bytes = 0
  #ids = 0
  /** The node of each object met so far, or the text it was replaced by. */
  readonly #met = new Map<object, MetNode | string>()

  value(value: unknown, depth: number): EncodedValue {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'object':
        return value === null ? null : this.#object(value, depth)
      case 'function':
        return this.#text(`[function ${nonEmptyText(peek(value, 'name')) ?? 'anonymous'}]`)
      case 'symbol':
        return this.#text(`[${String(value)}]`)
      case 'bigint': {
        const digits = digitsOf(value)
        return this.#takeRoom(digits) ? value : `[cut: a bigint of ${digits} hexadecimal digits]`
      }
      default:
        return value as EncodedPrimitive
    }
  }

  #object(object: object, depth: number): EncodedValue {
    const met = this.#met.get(object)
    if (typeof met === 'string') return met
    if (met !== undefined) return { kind: 'ref', id: (met.id ??= ++this.#ids) }
    // Not noted as met: the same object may stand higher up elsewhere.
    const { depth: limit } = errorCodecLimits
    if (depth > limit) return this.#text(`[cut at depth ${limit}: ${brief(object)}]`)
    if (isErrorObject(object)) return this.#error(object, depth)
    if (isArray(object)) return this.#array(object, depth)
    if (types.isMap(object)) return this.#map(object, depth)
    if (types.isSet(object)) return this.#set(object, depth)
    if (types.isAnyArrayBuffer(object) || ArrayBuffer.isView(object)) return this.#buffer(object)
    if (!this.#takeRoom(textWithin(object))) return this.#describe(object, 'cut')
    const form = formOf(object)
    if (form.keys !== undefined) return this.#plain(object, form.keys, depth)
    if (form.clone === undefined) return this.#describe(object)
    return this.#note(object, { kind: 'clone', value: form.clone })
  }

  #error(error: object, depth: number): EncodedNode {
    const brand = brandOf(error)
    const known = brand === undefined || isHeddleName(brand) ? brand : 'HeddleError'
    const node: EncodedErrorObject = { kind: 'error', class: known ?? builtinOf(error), message: '' }
    this.#note(error, node)
    const keys = keysOf(error)
    const shown = keys.filter(isErrorPart)
    if (shown.length > 0) node.enumerable = shown
    const isDomException = node.class === 'DOMException'
    const name = peek(error, 'name')
    // A DOMException has it in a slot, so there is none to inherit.
    const isInherited = name === node.class && !isDomException && !shown.includes('name')
    if (typeof name === 'string' && !isInherited) node.name = this.#text(name)
    node.message = this.#text(asText(read(error, 'message') ?? ''))
    const stack = peek(error, 'stack')
    if (typeof stack === 'string') node.stack = this.#text(stack)
    if (brand !== known && brand !== undefined) node.brand = brand
    // Ahead of all that may be cut: without them, it would be unknown what error it is.
    const identity = this.#identity(error, keys)
    const cause = read(error, 'cause')
    // An inherited function is the `cause()` of older error libraries, not a cause.
    if (hasOwn(error, 'cause') || (cause !== undefined && typeof cause !== 'function')) {
      node.cause = this.#counted(cause, depth)
    }
    const isAggregate = node.class === 'AggregateError'
    if (isAggregate) node.errors = this.#items(peek(error, 'errors'), depth)
    if (known !== undefined) this.#extraValues += FIELDS_OF_OURS
    const fields: EncodedFields = []
    let hasRoom = true
    for (const key of keys) {
      if (isErrorPart(key) || (isAggregate && key === 'errors')) continue
      const identifying = identity.get(key)
      if (identifying !== undefined) fields.push(identifying)
      else if (hasRoom) hasRoom = this.#field(fields, error, key, depth)
    }
    // Libraries keep it on the prototype or out of sight; that of a DOMException follows from its name.
    if (!isDomException && !keys.includes('code')) {
      const code = peek(error, 'code')
      if (typeof code === 'string' || typeof code === 'number') fields.push(['code', this.value(code, depth)])
    }
    if (fields.length > 0) node.fields = fields
    return node
  }

  /** The first fields of an error that are no objects, `code` and the like ahead of all. Looks through no getters. */
  #identity(error: object, keys: readonly string[]): Map<string, EncodedFields[number]> {
    const identity = new Map<string, EncodedFields[number]>()
    if (keys.length === 0) return identity
    for (const key of [...IDENTITY, ...keys.slice(0, IDENTIFYING_FIELDS)]) {
      if (isErrorPart(key) || identity.has(key)) continue
      const value = ownValue(error, key)
      if (value === undefined || (typeof value === 'object' && value !== null) || typeof value === 'function')
        continue
      this.#values += 1
      identity.set(key, [this.#text(key), this.value(value, 0)])
    }
    return identity
  }

  #array(array: readonly unknown[], depth: number): EncodedNode {
    const node = this.#note(array, { kind: 'array', items: [] as EncodedValue[] })
    node.items = this.#items(array, depth)
    return node
  }

  #items(list: unknown, depth: number): EncodedValue[] {
    const items: EncodedValue[] = []
    if (typeof list !== 'object' || list === null) return items
    const length = peek(list, 'length')
    for (let index = 0; typeof length === 'number' && index < length; index++) {
      if (!this.#hasRoom()) {
        items.push(noRoom)
        break
      }
      items.push(this.#counted(read(list, index), depth))
    }
    return items
  }

  // The iterators of the built-in prototypes, as a subclass may have its own.
  #map(map: ReadonlyMap<unknown, unknown>, depth: number): EncodedNode {
    const node = this.#note(map, { kind: 'map', entries: [] as [EncodedValue, EncodedValue][] })
    for (const [key, value] of Map.prototype.entries.call(map)) {
      if (!this.#hasRoom()) {
        node.entries.push(['…', noRoom])
        break
      }
      node.entries.push([this.#counted(key, depth), this.#counted(value, depth)])
    }
    return node
  }

  #set(set: ReadonlySet<unknown>, depth: number): EncodedNode {
    const node = this.#note(set, { kind: 'set', items: [] as EncodedValue[] })
    for (const item of Set.prototype.values.call(set)) {
      if (!this.#hasRoom()) {
        node.items.push(noRoom)
        break
      }
      node.items.push(this.#counted(item, depth))
    }
    return node
  }

  #plain(object: object, keys: readonly string[], depth: number): EncodedNode {
    const node = this.#note(object, { kind: 'object', fields: [] as EncodedFields })
    for (const key of keys) if (!this.#field(node.fields, object, key, depth)) break
    return node
  }

  #buffer(buffer: ArrayBufferLike | ArrayBufferView): EncodedValue {
    try {
      this.#bytes += ArrayBuffer.isView(buffer) ? buffer.buffer.byteLength : buffer.byteLength
      if (this.#bytes > errorCodecLimits.bytes) return this.#describe(buffer, 'cut')
      return this.#note(buffer, { kind: 'clone', value: structuredClone(buffer) })
    } catch {
      return this.#describe(buffer) // detached
    }
  }

  /** False once there is no room for another field. */
  #field(fields: EncodedFields, object: object, key: string, depth: number): boolean {
    const hasRoom = this.#hasRoom()
    fields.push(hasRoom ? [this.#text(key), this.#counted(read(object, key), depth)] : ['…', noRoom])
    return hasRoom
  }

  #counted(value: unknown, depth: number): EncodedValue {
    this.#values++
    return this.value(value, depth + 1)
  }

  #hasRoom(): boolean {
    const { values } = errorCodecLimits
    return this.#values < values + Math.min(this.#extraValues, values)
  }

  #note<N extends MetNode>(object: object, node: N): N {
    this.#met.set(object, node)
    return node
  }

  #describe(object: object, why = 'not cloneable'): string {
    const text = this.#text(`[${why}: ${describeValue(object, 1000, 0)}]`)
    this.#met.set(object, text)
    return text
  }

  #text(text: string): string {
    const { stringLength, totalLength } = errorCodecLimits
    const room = Math.max(Math.min(stringLength, totalLength - this.#length), 200)
    this.#length += Math.min(text.length, room)
    return cutText(text, room)
  }

  /** Whether there is room for a text that can't be cut, and crosses as a part of something; counts it, if so. */
  #takeRoom(length: number): boolean {
    const { stringLength, totalLength } = errorCodecLimits
    if (length > stringLength || this.#length + length > totalLength) return false
    this.#length += length
    return true
  }
}

function isErrorPart(key: string): key is ErrorPart {
  return key === 'name' || key === 'message' || key === 'stack' || key === 'cause'
}

/** Also errors of another realm, and objects that only inherit from `Error`. */
function isErrorObject(object: object): boolean {
  try {
    return types.isNativeError(object) || object instanceof Error
  } catch {
    return false
  }
}

function builtinOf(error: object): BuiltinName {
  let foreign: BuiltinName | undefined
  try {
    let prototype: object | null = Object.getPrototypeOf(error) as object | null
    // Bounded, as a proxy can answer with ever new prototypes.
    for (let level = 0; prototype !== null && level < 100; level++) {
      const builtin = builtinOfPrototype.get(prototype)
      if (builtin !== undefined) return builtin
      const name: unknown = Object.getOwnPropertyDescriptor(prototype, 'name')?.value
      if (foreign === undefined && typeof name === 'string' && Object.hasOwn(builtinClasses, name)) {
        foreign = name as BuiltinName
      }
      prototype = Object.getPrototypeOf(prototype) as object | null
    }
  } catch {
    // A prototype that won't be looked at: it is an error, nothing more.
  }
  return foreign ?? 'Error'
}
