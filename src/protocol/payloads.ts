// Values that may turn out to be unreadable where they arrive travel alone, each in an array of its own just ahead of the
// array of its message: so what can't be read takes nothing else with it, and whose it was is known at once, without a
// question to a thread that may compute, or be gone (S26). So does what has a transfer list, since that can be posted only
// once. Everything else travels together.

import { ROOT_ID } from './ids.js'
import type { StartMessage, ToHost, ToRuntime } from './messages.js'
import { messageOf } from './values/describe-value.js'
import { refuseLossy } from './values/lossy-objects.js'
import { isSurelyReadable } from './values/readable.js'

type Message = ToHost | ToRuntime

/** What an array that carries a payload begins with. */
const PAYLOAD = -1

/** A value, and what of it is moved. */
export interface Payload {
  readonly value: unknown
  readonly transfer?: readonly unknown[] | undefined
}

/** A message whose payload has been posted. */
export interface CarriedMessage {
  readonly type: 'carried'
  /** The number of its payload; 0 where that couldn't be posted. */
  readonly payload: number
  /** The message without it. */
  readonly message: Message
  /** Why it couldn't. */
  readonly why?: string
  /** It is here, as a thread has written it for another machine. */
  readonly block?: Uint8Array
}

/** Stands for a value that was written as a block of bytes on its way between machines: only who it is for reads it (D8). */
export class PackedValue {
  /** In a buffer of its own. */
  readonly block: Uint8Array

  constructor(block: Uint8Array) {
    this.block = block
  }
}

/** The message as it is posted, with its payload written as a block: where that is only handed on, nobody reads it (D8). */
export function carryWritten<Any extends Message>(
  message: Any,
  write: (value: object, name: string) => Uint8Array,
): Any | CarriedMessage {
  const { value } = payloadOf(message)
  if (typeof value !== 'object' || value === null) return message
  const block = write(value, payloadName(message))
  return { type: 'carried', payload: 0, message: withoutPayload(message), block }
}

/** A message as it is posted, with the block of its payload in place of a `PackedValue`. */
export function carryPacked<Any extends Message>(message: Any | CarriedMessage): Any | CarriedMessage {
  if (message.type === 'carried') return message
  const { value } = payloadOf(message)
  if (!(value instanceof PackedValue)) return message
  return { type: 'carried', payload: 0, message: withoutPayload(message), block: value.block }
}

/** In place of a message whose payload couldn't be read. */
export interface UnreadableMessage<Any extends Message = Message> {
  readonly type: 'unreadable'
  readonly ticket: number
  /** The message without its payload. */
  readonly message: Any
  readonly why: string
}

/** Objects that have arrived alone. */
const arrivedAlone = new WeakSet<object>()

/** For what is only handed on: how it came says how it goes, without a second look at it. */
function hasArrivedAlone(value: unknown): boolean {
  return typeof value === 'object' && value !== null && arrivedAlone.has(value)
}

/** Where messages of a type have their payload. */
interface PayloadPlace {
  readonly field: string
  /** What errors call it. */
  readonly name: string
  /** It has come from another thread, and is only handed on. */
  readonly isHandedOn: boolean
}

/** All that carry one. */
const PLACES: { readonly [Type in Message['type']]?: PayloadPlace } = {
  // From the bodies of a thread, which have just made them.
  ended: { field: 'output', name: 'output', isHandedOn: false },
  spawn: { field: 'input', name: 'input', isHandedOn: false },
  report: { field: 'value', name: 'report', isHandedOn: false },
  emit: { field: 'event', name: 'event', isHandedOn: false },
  inspection: { field: 'event', name: 'event', isHandedOn: false },
  log: { field: 'fields', name: 'fields', isHandedOn: false },
  send: { field: 'message', name: 'message', isHandedOn: false },
  // From the runtime. Messages are the app's, too.
  mail: { field: 'messages', name: 'message', isHandedOn: false },
  // The input of a root, or of a scope's child, is the app's; all others come from the bodies that spawned.
  start: { field: 'input', name: 'input', isHandedOn: true },
  childSettled: { field: 'output', name: 'output', isHandedOn: true },
  childReport: { field: 'value', name: 'report', isHandedOn: true },
  childEmit: { field: 'event', name: 'event', isHandedOn: true },
}

/** The part of a message that has its payload as a field. */
interface PayloadHolder {
  readonly transfer?: readonly unknown[]
  readonly [field: string]: unknown
}

/** `undefined` where there is none: only what has succeeded has an output. */
function holderOf(message: Message): PayloadHolder | undefined {
  if (message.type === 'ended' && !message.ok) return undefined
  if (message.type !== 'childSettled') return message as object as PayloadHolder
  return message.outcome.status === 'succeeded' ? (message.outcome as object as PayloadHolder) : undefined
}

/** Objects of the app's that it has given to the runtime within its own thread. */
const notPosted = new WeakSet<object>()

/** A payload hasn't come by a port: when it is posted, it is looked at as the input of a root is. */
export function noteNotPosted(value: unknown): void {
  if (typeof value === 'object' && value !== null) notPosted.add(value)
}

/** Whether the payload of a start comes from the app itself. */
function isApps({ id, input }: StartMessage): boolean {
  return id === ROOT_ID || (typeof input === 'object' && input !== null && notPosted.has(input))
}

/** Whether a message's payload has to travel alone. */
export function needsOwnArray(message: Message): boolean {
  const place = PLACES[message.type]
  const holder = holderOf(message)
  if (place === undefined || holder === undefined) return false
  if (holder.transfer !== undefined) return true
  const value = holder[place.field]
  const isHandedOn = place.isHandedOn && !(message.type === 'start' && isApps(message))
  return isHandedOn ? hasArrivedAlone(value) : !isSurelyReadable(value)
}

/** The payload of a message. */
export function payloadOf(message: Message): Payload {
  const place = PLACES[message.type]
  const holder = holderOf(message)
  if (place === undefined || holder === undefined) return NONE
  return { value: holder[place.field], transfer: holder.transfer }
}

const NONE: Payload = { value: undefined }

/** What errors call a message's payload: `input`, `output`. */
export function payloadName({ type }: { readonly type: string }): string {
  return PLACES[type as Message['type']]?.name ?? 'value'
}

/** The same message with another payload. */
export function withPayload<Any extends Message>(message: Any, { value, transfer }: Payload): Any {
  const place = PLACES[message.type]
  const holder = holderOf(message)
  if (place === undefined || holder === undefined) return message
  const { transfer: _, ...rest } = holder
  const replaced = { ...rest, [place.field]: value, ...(transfer !== undefined && { transfer }) }
  return (message.type === 'childSettled' ? { ...message, outcome: replaced } : replaced) as Any
}

/** A message without its payload: what is left can be posted with others. */
export function withoutPayload<Any extends Message>(message: Any): Any {
  return withPayload(message, NONE)
}

/**
 * The message with a copy of its payload, as it would arrive at another thread; what is to be moved is moved. Throws what a post
 * throws.
 */
export function copyPayload<Any extends Message>(message: Any): Any {
  const { value, transfer } = payloadOf(message)
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return message
  refuseLossy(value)
  // Together, so that what was moved is found again in the copy.
  const [copy, moved] = structuredClone([value, transfer], { transfer: (transfer ?? []) as never })
  return withPayload(message, { value: copy, transfer: moved })
}

/** The array that a payload travels in. */
export function payloadArray(number: number, { value, transfer }: Payload): readonly unknown[] {
  return transfer === undefined ? [PAYLOAD, number, value] : [PAYLOAD, number, value, transfer]
}

/** Payloads that have arrived, until their messages have. */
export class ArrivedPayloads {
  readonly #payloads = new Map<number, Payload>()
  /** Why each array couldn't be read, in order. */
  #failures: string[] = []
  /** Reads the blocks that payloads were written as; throws where that can't be done. Left alone, they stay as they are. */
  readBlock: (block: Uint8Array) => unknown = (block) => new PackedValue(block)

  /** Takes in an array that carries one; `false` if it carries messages. */
  add(array: readonly unknown[]): boolean {
    if (array[0] !== PAYLOAD) return false
    this.#payloads.set(array[1] as number, {
      value: array[2],
      transfer: array[3] as readonly unknown[] | undefined,
    })
    return true
  }

  /** An array couldn't be read. */
  addUnreadable(error: unknown): void {
    this.#failures.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  }

  /** The message again, with its payload if that could be read. */
  complete({ payload: number, message, why, block }: CarriedMessage): Message | UnreadableMessage {
    if (block !== undefined) return this.#completeByBlock(message, block)
    const payload = this.#payloads.get(number)
    if (payload !== undefined) {
      this.#payloads.delete(number)
      if (typeof payload.value === 'object' && payload.value !== null) arrivedAlone.add(payload.value)
      return withPayload(message, payload)
    }
    const { ticket } = message as Message & { readonly ticket: number }
    const failure = number === 0 ? why : this.#failures.shift()
    return { type: 'unreadable', ticket, message, why: failure ?? 'it was lost' }
  }

  #completeByBlock(message: Message, block: Uint8Array): Message | UnreadableMessage {
    try {
      return withPayload(message, { value: this.readBlock(block) })
    } catch (error) {
      const { ticket } = message as Message & { readonly ticket: number }
      return { type: 'unreadable', ticket, message, why: messageOf(error) }
    }
  }
}
