// Errors, and whatever else can be thrown, as data that every structured clone takes. The clone of a platform keeps
// little of an error: custom classes, `code`, own fields and `AggregateError.errors` are lost, a `DOMException`
// becomes `{}` on Node 20, and one function in one field loses the whole message. So all of them cross as this.

import { types } from 'node:util'
import type { AbortReason } from './abort-reason.js'
import {
  ActionAbortedError,
  ActionFailedError,
  ActionInputError,
  ActionNotFoundError,
  ActionTimedOutError,
  brandOf,
  type CodeMap,
  describeValue,
  HeddleError,
  heddleErrorBrand,
  NotCloneableError,
  QueueFullError,
  RunEndedError,
  RuntimeClosedError,
  ThreadLostError,
} from './errors.js'

/** How much of a thrown value crosses; what lies beyond is replaced by a text that says so. */
export interface ErrorCodecLimits {
  /** Levels of causes and fields. Two per level of actions that each wrap the error of the one below. */
  readonly depth: number
  /** Causes, fields, items and entries, all together. */
  readonly values: number
  /** Characters of one string. */
  readonly stringLength: number
  /** Characters of all strings together; once they are used up, each further one keeps its beginning. */
  readonly totalLength: number
  /** Bytes of all buffers together. A view counts with the whole buffer behind it: that is what a clone copies. */
  readonly bytes: number
}

/** The limits that `encodeError` keeps to. */
export const errorCodecLimits: ErrorCodecLimits = Object.freeze({
  depth: 100,
  values: 10_000,
  stringLength: 256 * 1024,
  totalLength: 16 * 1024 * 1024,
  bytes: 1024 * 1024,
})

/** What stands for itself. Functions, symbols and what can't be cloned become a string that describes them. */
export type EncodedPrimitive = string | number | boolean | bigint | null | undefined

/** A field, item or cause: a primitive, or a node for an object. */
export type EncodedValue = EncodedPrimitive | EncodedNode

/** An object. One that occurs again has an `id`, and stands as a `ref` to it in the later places. */
export type EncodedNode =
  | EncodedErrorObject
  | { kind: 'object'; id?: number; fields: EncodedFields }
  | { kind: 'array'; id?: number; items: EncodedValue[] }
  | { kind: 'map'; id?: number; entries: [EncodedValue, EncodedValue][] }
  | { kind: 'set'; id?: number; items: EncodedValue[] }
  | { kind: 'clone'; id?: number; value: unknown }
  | { kind: 'ref'; id: number }

type MetNode = Exclude<EncodedNode, { kind: 'ref' }>

/** Pairs, not an object: a field may be called `__proto__`. */
export type EncodedFields = [key: string, value: EncodedValue][]

/** An error of any class. */
export interface EncodedErrorObject {
  kind: 'error'
  id?: number
  /** The nearest class that the other side knows too. */
  class: ErrorClassName
  /** Left out where it is inherited from the class. */
  name?: string
  message: string
  stack?: string
  cause?: EncodedValue
  /** Of an `AggregateError`. */
  errors?: EncodedValue[]
  fields?: EncodedFields
  /** Which of its standard parts are enumerable: `this.name = …` in a constructor makes one so. */
  enumerable?: ErrorPart[]
  /** The brand of an error of Heddle's whose class this copy of the package doesn't know. */
  brand?: string
}

/** A part that every error may have, and that isn't among its fields. */
export type ErrorPart = 'name' | 'message' | 'stack' | 'cause'

/** What `encodeError` makes: always an object, always cloneable. */
export type EncodedError = EncodedNode | { kind: 'primitive'; value: EncodedPrimitive }

/** An abort reason whose cause is encoded. */
export type EncodedReason = Omit<AbortReason, 'cause'> & { cause?: EncodedError }

type BuiltinName =
  | 'Error'
  | 'TypeError'
  | 'RangeError'
  | 'SyntaxError'
  | 'ReferenceError'
  | 'EvalError'
  | 'URIError'
  | 'AggregateError'
  | 'DOMException'

type HeddleName = 'HeddleError' | 'ActionFailedError' | keyof CodeMap

/** The classes that are decoded as themselves. */
export type ErrorClassName = BuiltinName | HeddleName

const builtinClasses: Record<BuiltinName, { prototype: Error }> = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  DOMException,
}

const heddleClasses: Record<HeddleName, { prototype: HeddleError }> = {
  HeddleError,
  ActionFailedError,
  ActionAbortedError,
  ActionTimedOutError,
  ThreadLostError,
  RunEndedError,
  ActionNotFoundError,
  ActionInputError,
  NotCloneableError,
  QueueFullError,
  RuntimeClosedError,
}

const builtinOfPrototype: ReadonlyMap<object, BuiltinName> = new Map(
  (Object.keys(builtinClasses) as BuiltinName[]).map((name) => [builtinClasses[name].prototype, name]),
)

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

/**
 * Makes the error again that `encodeError` was given.
 *
 * An error of Heddle's is an instance of its class here, a built-in one of its built-in class; one of a class of the
 * app's is an instance of the nearest of these, with its own `name`. The stack is that of the place where it was made.
 */
export function decodeError(encoded: EncodedError): unknown {
  return encoded.kind === 'primitive' ? encoded.value : new Decoder().value(encoded)
}

/** Encodes a reason; its cause goes the way of errors. */
export function encodeReason(reason: AbortReason): EncodedReason {
  const { source, message, by, origin, at } = reason
  const encoded: EncodedReason = { source, message: asText(message), origin: asText(origin), at }
  if (by !== undefined) encoded.by = asText(by)
  if ('cause' in reason) encoded.cause = encodeError(reason.cause)
  return encoded
}

/** Makes the reason again that `encodeReason` was given. */
export function decodeReason(encoded: EncodedReason): AbortReason {
  const { cause, ...rest } = encoded
  return cause === undefined ? rest : { ...rest, cause: decodeError(cause) }
}

// The encoder and the decoder walk in the same order (cause, errors, fields), so that a `ref` always comes after the
// node that it refers to.
class Encoder {
  #values = 0
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
    const cause = read(error, 'cause')
    // An inherited function is the `cause()` of older error libraries, not a cause.
    if (hasOwn(error, 'cause') || (cause !== undefined && typeof cause !== 'function')) {
      node.cause = this.#counted(cause, depth)
    }
    const isAggregate = node.class === 'AggregateError'
    if (isAggregate) node.errors = this.#items(peek(error, 'errors'), depth)
    const fields: EncodedFields = []
    for (const key of keys) {
      if (isErrorPart(key) || (isAggregate && key === 'errors')) continue
      if (!this.#field(fields, error, key, depth)) break
    }
    // Libraries keep it on the prototype or out of sight; that of a DOMException follows from its name.
    if (!isDomException && !keys.includes('code')) {
      const code = peek(error, 'code')
      if (typeof code === 'string' || typeof code === 'number') fields.push(['code', this.value(code, depth)])
    }
    if (fields.length > 0) node.fields = fields
    return node
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
    return this.#values < errorCodecLimits.values
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
    if (text.length <= room) return text
    // The mark is within the limit, so that a text which crosses several times is cut once.
    const mark = `… [cut: ${text.length} characters]`
    return text.slice(0, room - mark.length) + mark
  }
}

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

const noRoom = `[cut: more than ${errorCodecLimits.values} values]`

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

function setStackTraceLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit
  } catch {
    // Frozen (`--frozen-intrinsics`): then it is captured for nothing.
  }
}

/** Defines, never assigns: a setter, or `__proto__`, must not be reached. */
function define(object: object, key: PropertyKey, value: unknown, enumerable = false): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true })
}

function isErrorPart(key: string): key is ErrorPart {
  return key === 'name' || key === 'message' || key === 'stack' || key === 'cause'
}

function isHeddleName(name: string): name is HeddleName {
  return Object.hasOwn(heddleClasses, name)
}

/** Also errors of another realm, and objects that only inherit from `Error`. */
function isErrorObject(object: object): boolean {
  try {
    return types.isNativeError(object) || object instanceof Error
  } catch {
    return false
  }
}

/** `Array.isArray` throws for a revoked proxy. */
function isArray(object: object): object is readonly unknown[] {
  try {
    return Array.isArray(object)
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

/**
 * How an object that is no error, list, map or buffer crosses: field by field, as a clone, or, where it has neither
 * keys nor clone, as a description. An instance of a class is data, unless it emits events or holds functions: then it
 * is something alive, a socket or a request, of which thousands of fields would say less than one line.
 */
function formOf(object: object): { keys?: readonly string[]; clone?: unknown } {
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

/** The value of a property; `undefined` if its getter throws. */
function peek(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key]
  } catch {
    return undefined
  }
}

/** The value of a property, or a text that says that its getter threw. */
function read(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key]
  } catch (thrown) {
    return `[getter threw ${brief(thrown)}]`
  }
}

function keysOf(object: object): readonly string[] {
  try {
    return Object.keys(object)
  } catch {
    return []
  }
}

function hasOwn(object: object, key: PropertyKey): boolean {
  try {
    return Object.hasOwn(object, key)
  } catch {
    return false
  }
}

function brief(value: unknown): string {
  try {
    const { name, message } = value as Error
    if (typeof name === 'string' && typeof message === 'string') return `${name}: ${message}`
  } catch {
    // Then as any other value.
  }
  return describeValue(value, 200, 0)
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : describeValue(value)
}

function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
