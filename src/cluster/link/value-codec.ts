// Values on their way to another machine (D7): V8's own serialisation, so that what arrives is what a structured clone would
// give, and each value a block of bytes of its own, so that one that can't be read fails alone (D8).

import { types } from 'node:util'
import { DefaultDeserializer, DefaultSerializer } from 'node:v8'
import { MessagePort } from 'node:worker_threads'
import { decodeError } from '../../protocol/errors/decode-error.js'
import { encodeError } from '../../protocol/errors/encode-error.js'
import type { EncodedError, EncodedValue } from '../../protocol/errors/encoded-error.js'
import { HeddleError, NotCloneableError } from '../../protocol/errors/errors.js'
import { cutText, describeValue, messageOf } from '../../protocol/values/describe-value.js'
import { nameOf, ValueParts } from './refused-part.js'

/** What a value is encoded and decoded with. */
export interface ValueOptions {
  /** What it is, as errors name it: `input`, `output`. */
  readonly name: string
  /** How large its block may be, in bytes. */
  readonly maxBytes: number
}

/** All views, by the number that stands for each. Only to be added to. */
const VIEWS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Float16Array',
] as const

/** Stands for a port, among the numbers of views. */
const PORT = 255

/** What of a long error is kept when it is too large: characters of its message, and of its stack. */
const SHORT_TEXT = 4096

/**
 * Makes a block of a value. It arrives as a structured clone of it would, but that a view brings along its own bytes only,
 * whatever buffer they are in, and that nothing is transferred. `numberOf`: gives the number that stands for a port; without it, ports
 * are refused.
 *
 * @throws `NotCloneableError`, which says what of the value can't travel and where in it that is, or how large the value is.
 */
export function encodeValue(
  value: unknown,
  { name, maxBytes }: ValueOptions,
  numberOf?: (port: MessagePort) => number,
): Uint8Array {
  const parts = new ValueParts(name, numberOf !== undefined)
  let block: Uint8Array
  try {
    const refusal = parts.refusalOf(value)
    if (refusal !== undefined) throw notSent(name, refusal)
    if (parts.leastBytes > maxBytes) throw tooLarge(name, parts.leastBytes, maxBytes)
    block = new BlockWriter(parts, name, numberOf).write(value)
  } catch (error) {
    if (error instanceof HeddleError) throw error
    throw notSent(name, causeOf(error), error)
  }
  refuseTooLarge(block, { name, maxBytes })
  return block
}

/**
 * The value again. `portOf`: gives the port that a number stands for.
 *
 * @throws `NotCloneableError` for a block that can't be read, or is too large.
 */
export function decodeValue(
  block: Uint8Array,
  options: ValueOptions,
  portOf?: (number: number) => MessagePort,
): unknown {
  refuseTooLarge(block, options)
  try {
    return new BlockReader(block, portOf).read()
  } catch (error) {
    throw unreadable(options.name, error)
  }
}

/** Throws a `NotCloneableError` for a block that is too large. */
export function refuseTooLarge({ byteLength }: Uint8Array, { name, maxBytes }: ValueOptions): void {
  if (byteLength > maxBytes) throw tooLarge(name, byteLength, maxBytes)
}

/** Makes a block of anything that was thrown, by the codec of errors; what is too large or can't travel is cut. Never throws. */
export function encodeThrown(thrown: unknown, maxBytes: number): Uint8Array {
  const options = { name: 'error', maxBytes }
  const encoded = encodeError(thrown)
  try {
    const plain = encoded.kind === 'primitive' ? encoded.value : withoutClones(encoded)
    return encodeValue(
      typeof plain === 'object' && plain !== null ? plain : { kind: 'primitive', value: plain },
      options,
    )
  } catch (error) {
    if (encoded.kind !== 'error')
      return encodeValue({ kind: 'primitive', value: `[${messageOf(error)}]` }, NO_LIMIT)
    const { class: name, name: ownName, message, stack, fields } = encoded
    const short: EncodedError = {
      kind: 'error',
      class: name,
      message: cutText(message, SHORT_TEXT),
      fields: (fields ?? []).filter(([, field]) => typeof field !== 'object' && !isLong(field)).slice(0, 16),
    }
    if (ownName !== undefined) short.name = cutText(ownName, SHORT_TEXT)
    if (stack !== undefined) short.stack = cutText(stack, SHORT_TEXT)
    return encodeValue(short, NO_LIMIT)
  }
}

const NO_LIMIT: ValueOptions = { name: 'error', maxBytes: Infinity }

function isLong(field: EncodedValue): boolean {
  return (typeof field === 'string' && field.length > SHORT_TEXT) || typeof field === 'bigint'
}

/**
 * What was thrown again.
 *
 * @throws `NotCloneableError` for a block that can't be read.
 */
export function decodeThrown(block: Uint8Array): unknown {
  const encoded = decodeValue(block, NO_LIMIT)
  try {
    return decodeError(encoded as EncodedError)
  } catch (error) {
    throw unreadable('error', error)
  }
}

/** With a text in place of each clone within an error that can't travel. */
function withoutClones(node: EncodedValue): EncodedValue {
  if (typeof node !== 'object' || node === null) return node
  switch (node.kind) {
    case 'clone':
      return canBeSent(node.value) ? node : `[not cloneable: ${describeValue(node.value, 1000, 0)}]`
    case 'array':
    case 'set':
      return { ...node, items: node.items.map(withoutClones) }
    case 'map':
      return {
        ...node,
        entries: node.entries.map(([key, item]) => [withoutClones(key), withoutClones(item)]),
      }
    case 'object':
      return { ...node, fields: node.fields.map(([key, field]) => [key, withoutClones(field)]) }
    case 'error':
      return {
        ...node,
        ...('cause' in node && { cause: withoutClones(node.cause) }),
        ...(node.errors !== undefined && { errors: node.errors.map(withoutClones) }),
        ...(node.fields !== undefined && {
          fields: node.fields.map(([key, field]) => [key, withoutClones(field)]),
        }),
      }
    default:
      return node
  }
}

function canBeSent(value: unknown): boolean {
  try {
    encodeValue(value, NO_LIMIT)
    return true
  } catch {
    return false
  }
}

// Node calls these methods by their names, which its types don't have.
class BlockWriter extends DefaultSerializer {
  readonly #parts: ValueParts
  readonly #name: string
  readonly #numberOf: ((port: MessagePort) => number) | undefined

  constructor(parts: ValueParts, name: string, numberOf: ((port: MessagePort) => number) | undefined) {
    super()
    this.#parts = parts
    this.#name = name
    this.#numberOf = numberOf
  }

  write(value: unknown): Uint8Array {
    this.writeHeader()
    this.writeValue(value)
    return this.releaseBuffer()
  }

  _writeHostObject(object: object): void {
    if (this.#numberOf !== undefined && object instanceof MessagePort) {
      this.writeUint32(PORT)
      this.writeUint32(this.#numberOf(object))
      return
    }
    if (!ArrayBuffer.isView(object)) {
      throw notSent(this.#name, `${this.#parts.wayTo(object)} is a ${nameOf(object)}`)
    }
    // A getter may have made it since.
    if (types.isSharedArrayBuffer(object.buffer)) {
      throw notSent(this.#name, `${this.#parts.wayTo(object)} is over a SharedArrayBuffer`)
    }
    this.writeUint32(VIEWS.indexOf(kindOf(object)))
    this.writeUint32(object.byteLength)
    // Throws for a buffer that has been transferred: its view would arrive empty.
    this.writeRawBytes(new Uint8Array(object.buffer, object.byteOffset, object.byteLength))
  }

  _getSharedArrayBufferId(buffer: SharedArrayBuffer): never {
    throw notSent(this.#name, `${this.#parts.wayTo(buffer)} is a SharedArrayBuffer`)
  }

  _getDataCloneError(message: string): Error {
    return notSent(this.#name, message)
  }
}

class BlockReader extends DefaultDeserializer {
  readonly #portOf: ((number: number) => MessagePort) | undefined

  constructor(block: Uint8Array, portOf: ((number: number) => MessagePort) | undefined) {
    super(block)
    this.#portOf = portOf
  }

  read(): unknown {
    this.readHeader()
    return this.readValue()
  }

  _readHostObject(): ArrayBufferView | MessagePort {
    const number = this.readUint32()
    if (number === PORT && this.#portOf !== undefined) return this.#portOf(this.readUint32())
    const kind = VIEWS[number]
    const view = kind === undefined ? undefined : (globalThis as Record<string, unknown>)[kind]
    if (typeof view !== 'function')
      throw new Error(`it has a ${kind ?? 'view'}, which this Node doesn't know`)
    const bytes = this.readRawBytes(this.readUint32())
    // Not a part of the block: it would hold all of that, and be writable through others.
    const { buffer } = new Uint8Array(bytes)
    return Reflect.construct(view, [buffer]) as ArrayBufferView
  }
}

const kindGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Int8Array.prototype),
  Symbol.toStringTag,
)

/** Which view it is, whatever class of an app's it is of. */
function kindOf(view: ArrayBufferView): (typeof VIEWS)[number] {
  return (kindGetter?.get?.call(view) as (typeof VIEWS)[number] | undefined) ?? 'DataView'
}

function causeOf(error: unknown): string {
  return error instanceof RangeError && /call stack/.test(error.message)
    ? 'it is nested too deeply'
    : messageOf(error)
}

function notSent(name: string, why: string, ...cause: unknown[]): NotCloneableError {
  return new NotCloneableError(
    `the ${name} can't be sent to another machine: ${why}`,
    cause.length === 0 ? {} : { cause: cause[0] },
  )
}

function tooLarge(name: string, bytes: number, maxBytes: number): NotCloneableError {
  return new NotCloneableError(
    `the ${name} has ${bytes} bytes, more than the ${maxBytes} that may be sent to another machine (maxValueBytes): put it where both can read it, and send its address`,
  )
}

function unreadable(name: string, error: unknown): NotCloneableError {
  return new NotCloneableError(`the ${name} from another machine can't be read: ${messageOf(error)}`, {
    cause: error,
  })
}
