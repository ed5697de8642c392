// The form in which frames travel, and their seal. Nothing in a frame is looked at before its seal is checked, but for its
// version and whom it is for.

import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'
import { ActionInputError } from '../../protocol/errors/errors.js'

/** Of the form, and of what is said in it: both sides must have the same. */
export const FRAME_VERSION = 1

/** What is sent as one, and comes as one: a block of bytes for each value in it. */
export type LinkMessage = readonly Uint8Array[]

/** A frame. Times are in milliseconds, by the monotonic clock of one side. */
export interface Frame {
  /** The instance that has sent it, and the number of its link there. */
  readonly from: string
  readonly fromLink: number
  /** The instance that it is for, and the number of the link there: 0 while the sender doesn't know it. */
  readonly to: string
  readonly toLink: number
  /** The place in the order of frames, from 1; 0 for one that has none and is sent once. */
  readonly seq: number
  /** All frames up to this one have come. */
  readonly ack: number
  /** Sent to keep the lease and to compare the clocks. */
  readonly isBeat: boolean
  /** The link to which it is sent is over at the sender's. */
  readonly isOver: boolean
  /** When it was sent, by the sender's clock. */
  readonly sentAt: number
  /** `sentAt` of the newest frame that the sender has of the receiver: so by the receiver's clock. NaN before the first. */
  readonly heardSentAt: number
  /** How long ago that came. */
  readonly heardMs: number
  /** What the sender adds to its clock to get epoch milliseconds. */
  readonly epochOffset: number
  /** The sender's lease. */
  readonly leaseMs: number
  readonly messages: readonly LinkMessage[]
}

/**
 * Why a frame is refused. `stale`: it is of a link that is over; `unknown`: nobody here wants to hear from its sender.
 */
export type FrameRefusal = 'size' | 'version' | 'to' | 'seal' | 'malformed' | 'stale' | 'unknown'

const INSTANCE_BYTES = 16
const SEAL_BYTES = 32

const IS_SEALED = 1
const IS_BEAT = 2
const IS_OVER = 4

// version, flags, from, to, two links, seq, ack, five times
const HEADER_BYTES = 2 + 2 * INSTANCE_BYTES + 2 * 4 + 2 * 6 + 5 * 8
const TO_AT = 2 + INSTANCE_BYTES

/** How long a secret must be, in bytes. */
const LEAST_SECRET = 16

/** A name that no other instance has, in any process: 128 random bits as hexadecimal digits. */
export function newInstance(): string {
  return randomBytes(INSTANCE_BYTES).toString('hex')
}

/** How many bytes a message takes in a frame. */
export function sizeOfMessage(message: LinkMessage): number {
  let size = 4
  for (const block of message) size += 4 + block.byteLength
  return size
}

/** Signs frames by the first of some secrets, and accepts those that any of them has signed; without any, frames are unsealed. */
export class Seal {
  readonly #keys: readonly KeyObject[]

  /** @throws `ActionInputError` for a secret that is shorter than 16 bytes. */
  constructor(secrets: readonly (string | Uint8Array)[]) {
    this.#keys = secrets.map((secret) => {
      const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret
      if (bytes.byteLength < LEAST_SECRET)
        throw new ActionInputError(
          `a secret has ${bytes.byteLength} bytes, but must have at least ${LEAST_SECRET}`,
        )
      return createSecretKey(bytes)
    })
  }

  /** Length of a seal, in bytes. */
  get size(): number {
    return this.#keys.length === 0 ? 0 : SEAL_BYTES
  }

  /** The seal of some bytes. */
  sign(bytes: Uint8Array): Uint8Array {
    const [key] = this.#keys
    return key === undefined ? new Uint8Array() : createHmac('sha256', key).update(bytes).digest()
  }

  /** Whether one of the secrets has made that seal. */
  accepts(bytes: Uint8Array, seal: Uint8Array): boolean {
    if (this.#keys.length === 0) return seal.byteLength === 0
    // All are tried, so that the time tells nothing of which it was.
    let isAccepted = false
    for (const key of this.#keys) {
      if (timingSafeEqual(createHmac('sha256', key).update(bytes).digest(), seal)) isAccepted = true
    }
    return isAccepted
  }
}

/** The bytes of a frame. */
export function writeFrame(frame: Frame, seal: Seal): Uint8Array {
  let size = HEADER_BYTES + seal.size
  for (const message of frame.messages) size += sizeOfMessage(message)
  const bytes = Buffer.allocUnsafe(size)
  let flags = seal.size > 0 ? IS_SEALED : 0
  if (frame.isBeat) flags |= IS_BEAT
  if (frame.isOver) flags |= IS_OVER
  bytes.writeUInt8(FRAME_VERSION, 0)
  bytes.writeUInt8(flags, 1)
  bytes.write(frame.from, 2, 'hex')
  bytes.write(frame.to, TO_AT, 'hex')
  let at = TO_AT + INSTANCE_BYTES
  at = bytes.writeUInt32LE(frame.fromLink, at)
  at = bytes.writeUInt32LE(frame.toLink, at)
  at = bytes.writeUIntLE(frame.seq, at, 6)
  at = bytes.writeUIntLE(frame.ack, at, 6)
  for (const time of timesOf(frame)) at = bytes.writeDoubleLE(time, at)
  for (const message of frame.messages) {
    at = bytes.writeUInt32LE(message.length, at)
    for (const block of message) {
      at = bytes.writeUInt32LE(block.byteLength, at)
      bytes.set(block, at)
      at += block.byteLength
    }
  }
  bytes.set(seal.sign(bytes.subarray(0, at)), at)
  return bytes
}

function timesOf(frame: Frame): readonly number[] {
  return [frame.sentAt, frame.heardSentAt, frame.heardMs, frame.epochOffset, frame.leaseMs]
}

/** The frame that some bytes are, or why they are none for this instance; never throws. Its blocks are parts of the bytes. */
export function readFrame(
  bytes: Uint8Array,
  { self, seal }: { readonly self: string; readonly seal: Seal },
): Frame | FrameRefusal {
  if (bytes.byteLength < 1) return 'size'
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.readUInt8(0) !== FRAME_VERSION) return 'version'
  if (buffer.length < HEADER_BYTES) return 'size'
  const to = buffer.toString('hex', TO_AT, TO_AT + INSTANCE_BYTES)
  if (to !== self) return 'to'
  const flags = buffer.readUInt8(1)
  if ((flags & IS_SEALED) !== (seal.size > 0 ? IS_SEALED : 0)) return 'seal'
  const end = buffer.length - seal.size
  if (end < HEADER_BYTES) return 'size'
  if (!seal.accepts(buffer.subarray(0, end), buffer.subarray(end))) return 'seal'

  let at = TO_AT + INSTANCE_BYTES
  const [fromLink, toLink] = [buffer.readUInt32LE(at), buffer.readUInt32LE(at + 4)]
  const [seq, ack] = [buffer.readUIntLE(at + 8, 6), buffer.readUIntLE(at + 14, 6)]
  at += 20
  const times = [0, 8, 16, 24, 32].map((offset) => buffer.readDoubleLE(at + offset))
  const [sentAt = 0, heardSentAt = 0, heardMs = 0, epochOffset = 0, leaseMs = 0] = times
  const areTimesGood =
    [sentAt, heardMs, epochOffset, leaseMs].every(Number.isFinite) &&
    Math.abs(heardSentAt) !== Infinity &&
    heardMs >= 0 &&
    leaseMs > 0
  const messages = readMessages(buffer.subarray(HEADER_BYTES, end))
  if (!areTimesGood || messages === undefined) return 'malformed'
  const from = buffer.toString('hex', 2, TO_AT)
  return {
    from,
    fromLink,
    to,
    toLink,
    seq,
    ack,
    isBeat: (flags & IS_BEAT) !== 0,
    isOver: (flags & IS_OVER) !== 0,
    sentAt,
    heardSentAt,
    heardMs,
    epochOffset,
    leaseMs,
    messages,
  }
}

/** `undefined` where they don't end where the frame does. */
function readMessages(buffer: Buffer): LinkMessage[] | undefined {
  const messages: LinkMessage[] = []
  let at = 0
  const number = (): number => {
    if (at + 4 > buffer.length) return Infinity
    at += 4
    return buffer.readUInt32LE(at - 4)
  }
  while (at < buffer.length) {
    const blocks: Uint8Array[] = []
    const count = number()
    // Each block takes four bytes at least.
    if (count > (buffer.length - at) / 4) return undefined
    for (let left = count; left > 0; left -= 1) {
      const length = number()
      if (length > buffer.length - at) return undefined
      blocks.push(buffer.subarray(at, at + length))
      at += length
    }
    messages.push(blocks)
  }
  return messages
}
