// What an owner and a host say to each other, as blocks of bytes: what travels on lanes, and beside that what lanes are. The
// value that a message carries is a block of its own (D8), unless nothing can be wrong with it, and what of it was to be moved is
// copied (D7).

import { deserialize, serialize } from 'node:v8'
import type { AttemptTicket } from '../protocol/claims.js'
import type { CarriedFromHost, CarriedToHost } from '../protocol/far-messages.js'
import type { ToHost, ToRuntime } from '../protocol/messages.js'
import { PackedValue, payloadName, payloadOf, withPayload } from '../protocol/payloads.js'
import { describeValue, messageOf } from '../protocol/values/describe-value.js'
import type { LinkMessage } from './link/frame.js'
import { decodeValue, encodeValue, refuseTooLarge, type ValueOptions } from './link/value-codec.js'

/** A definition on its way: by the name of its module, since URLs mean nothing to other machines. */
export interface NamedDefine {
  readonly type: 'define'
  readonly definition: number
  /** What `ModuleNames` calls its module; left out where it has no name. */
  readonly module?: string
  /** Why it hasn't. */
  readonly unnamed?: string
  /** SHA-256 of the file of its module: told by owners. */
  readonly hash?: string
  readonly name: string
  readonly options?: (ToRuntime & { readonly type: 'define' })['options']
}

/** What an owner says about a lane. */
type OwnerWord =
  /** It has been asked for: serve it. `epochMs`: what its clock adds to that of the link; `turn`: as below. */
  | { readonly type: 'take'; readonly epochMs: number; readonly turn: number }
  /** Its turn among all that are asked for, as that of a request (D18): it may come sooner once other lanes are given back. */
  | { readonly type: 'turn'; readonly turn: number }
  /** It isn't wanted, or not of that host. */
  | { readonly type: 'release'; readonly why: string }
  | NamedDefine

/** What a host says about a lane. */
type HostWord =
  /** It has a thread for it. */
  | { readonly type: 'offer'; readonly destination: string; readonly name: string }
  /** It doesn't serve that definition. */
  | { readonly type: 'unserved'; readonly definition: number; readonly why: string }
  | NamedDefine

/** What comes to a host on a lane. */
export type ToLane = OwnerWord | Exclude<CarriedToHost, { readonly type: 'define' }>
/** What comes to an owner on a lane. */
export type FromLane = HostWord | Exclude<CarriedFromHost, { readonly type: 'define' }>

type LaneMessage = ToLane | FromLane
/** What has a value that travels in a block of its own. */
type Carrying = Extract<ToHost | ToRuntime, LaneMessage>

/** A text may be so long to travel in the head of its message, in UTF-16 code units. */
const SHORT_TEXT = 64
/** What a head begins with that is written as JSON: V8's form begins with 0xff. */
const JSON_MARK = '['.charCodeAt(0)

/**
 * The blocks of a message of a lane.
 *
 * @throws `NotCloneableError` where its value can't travel.
 */
export function encodeLaneMessage(lane: number, message: LaneMessage, maxValueBytes: number): LinkMessage {
  const { value, transfer } = payloadOf(message as Carrying)
  if (transfer === undefined && isBrief(value)) return [encodeHead(lane, message)]
  const head = withPayload(message as Carrying, { value: undefined })
  return [encodeHead(lane, head), blockOf(value, { name: payloadName(message), maxBytes: maxValueBytes })]
}

/** Whether a value can always be read, and is short. */
function isBrief(value: unknown): boolean {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
      return true
    case 'string':
      return value.length <= SHORT_TEXT
    default:
      return value === null
  }
}

/** As its thread has written it, if it has. */
function blockOf(value: unknown, options: ValueOptions): Uint8Array {
  if (!(value instanceof PackedValue)) return encodeValue(value, options)
  refuseTooLarge(value.block, options)
  return value.block
}

/** As JSON where that says the same, which is so for most: that is written and read in less time. */
function encodeHead(lane: number, message: object): Uint8Array {
  if (Object.values(message).every(isSameInJSON)) return Buffer.from(JSON.stringify([lane, message]))
  try {
    return serialize([lane, message])
  } catch {
    // An error has something about it that can't travel.
    return serialize([lane, withoutClones(message)])
  }
}

function decodeHead(head: Uint8Array): [lane: number, message: unknown] {
  if (head[0] !== JSON_MARK) return deserialize(head) as [number, unknown]
  return JSON.parse(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString()) as [
    number,
    unknown,
  ]
}

/** A field without a value is left out. */
function isSameInJSON(value: unknown): boolean {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'string':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      return (
        value === null ||
        (Array.isArray(value) && value.every((item) => typeof item === 'number' && isSameInJSON(item)))
      )
    default:
      return false
  }
}

/** With a text in place of each value that an error has about it as it is. */
function withoutClones(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutClones)
  if ((value as { readonly kind?: unknown }).kind === 'clone')
    return `[not cloneable: ${describeValue((value as { readonly value?: unknown }).value)}]`
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutClones(part)]))
}

/** A message that has come, and of which lane. */
export interface HeardMessage<Message> {
  readonly lane: number
  readonly message: Message
}

/**
 * The message again. One whose value can't be read is `unreadable`; where it is `packed`, that shows only where it is read.
 *
 * @throws what makes no sense at all.
 */
export function decodeLaneMessage<Message extends LaneMessage>(
  [head, block]: LinkMessage,
  maxValueBytes: number,
  isPacked: (lane: number) => boolean = () => false,
): HeardMessage<Message> {
  const [lane, message] = decodeHead(head as Uint8Array) as [number, Message]
  if (typeof message !== 'object' || message === null) throw new Error(`it says ${describeValue(message)}`)
  if (block === undefined) return { lane, message }
  try {
    const options = { name: payloadName(message), maxBytes: maxValueBytes }
    const value = isPacked(lane) ? packedValue(block, options) : decodeValue(block, options)
    return { lane, message: withPayload(message as Carrying, { value }) as Message }
  } catch (error) {
    const { ticket } = message as { readonly ticket: AttemptTicket }
    const unreadable = { type: 'unreadable', ticket, message, why: messageOf(error) }
    return { lane, message: unreadable as object as Message }
  }
}

/** Without the frame that it has come in. */
function packedValue(block: Uint8Array, options: ValueOptions): PackedValue {
  refuseTooLarge(block, options)
  return new PackedValue(new Uint8Array(block))
}
