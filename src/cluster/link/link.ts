// Delivers messages to one other instance exactly once and in order, over a wire that does neither: frames are numbered,
// acknowledged, and sent again.

import { Queue } from '../../collections/queue.js'
import { sizeOfMessage, type Frame, type LinkMessage } from './frame.js'
import { Heard } from './heard.js'
import type { LinkClock } from './wire.js'

/** Why a link has ended. `overflow`: too much was waiting for the other side; `forgotten`: it has ended there. */
export type LinkEnd = 'closed' | 'overflow' | 'forgotten'

/** What a link tells. None of it may throw. */
export interface LinkListener {
  /** A message of the other side. */
  onMessage(message: LinkMessage): void
  /** Something new of the other side has come: `heardAt` and `answeredAt` are those of that. */
  onHeard?(): void
  /** The link was full, and has room again. */
  onDrain?(): void
  /** Nothing more comes, and nothing more is sent; what wasn't acknowledged may have been lost. Not told of `close()`. */
  onEnd?(why: LinkEnd): void
}

/** What a link is made of. */
export interface LinkOptions {
  /** The other instance. */
  readonly peer: string
  /** Its number among those of this instance: each one's is higher than the last one's. */
  readonly number: number
  readonly clock: LinkClock
  /** This side's lease, in milliseconds. */
  readonly leaseMs: number
  /** How much may wait until it is acknowledged, in bytes; with more, the link ends. */
  readonly maxBufferedBytes: number
  /** Gives who listens. */
  readonly listen: (link: Link) => LinkListener
  /** Whether it makes sense to send. */
  readonly canSend: () => boolean
  /** Sends a frame, somehow. */
  readonly post: (frame: Omit<Frame, 'from' | 'to'>) => void
  /** The link has ended. */
  readonly onEnded: (link: Link) => void
}

/** How much a frame holds at most, unless a single message is larger, in bytes. */
const FRAME_BYTES = 256 * 1024
/** Unacknowledged, from which on a link is full (D24). */
const FULL_BYTES = 4 * 1024 * 1024
const FULL_FRAMES = 4096
/** What isn't acknowledged by then is sent again, in milliseconds. */
const RESEND_MS = 1000
/** How much is sent again ahead of an acknowledgement, in bytes: who is frozen doesn't get all of it each second. */
const RESEND_BYTES = 256 * 1024
/** What has come is acknowledged by a frame of its own after so many milliseconds, bytes, or frames. */
const ACK_MS = 20
const ACK_BYTES = 128 * 1024
const ACK_FRAMES = 64
/** How many beats are answered at once when a link begins, so that the clocks are compared soon. */
const FIRST_BEATS = 8
/** How often a beat is sent within a lease. */
const BEATS = 10

/** What is kept of a frame until it is acknowledged. */
interface SentFrame {
  readonly messages: readonly LinkMessage[]
  readonly bytes: number
}

/** One side of a link. */
export class Link {
  readonly peer: string
  readonly number: number
  readonly #options: LinkOptions
  readonly #clock: LinkClock
  readonly #listener: LinkListener
  readonly #epochOffset: number
  readonly #heard: Heard
  #end: LinkEnd | undefined

  // What is sent.
  #unframed: LinkMessage[] = []
  #unframedBytes = 0
  #isFlushDue = false
  /** All that isn't acknowledged: its first is the frame after `#acked`. */
  readonly #frames = new Queue<SentFrame>()
  #framesBytes = 0
  #acked = 0
  /** The frame that is sent next: not the last one's successor while what may have been lost is sent again. */
  #next = 1
  /** The last frame that was ever sent; up to `#lost`, they may have been lost. */
  #sent = 0
  #lost = 0
  /** Of the frames from `#acked` to `#next`. */
  #flightBytes = 0
  #progressAt: number
  #wasFull = false
  #stopResend: (() => void) | undefined

  // What has come.
  #peerLink = 0
  #peerLeaseMs = Infinity
  #received = 0
  #unackedFrames = 0
  #unackedBytes = 0
  #stopAck: (() => void) | undefined
  #answeredBeats = 0
  #stopBeat: (() => void) | undefined

  /** How many frames have been sent again. */
  resent = 0

  constructor(options: LinkOptions) {
    this.peer = options.peer
    this.number = options.number
    this.#options = options
    this.#clock = options.clock
    this.#epochOffset = options.clock.epochNow() - options.clock.now()
    this.#heard = new Heard(this.#epochOffset)
    this.#progressAt = options.clock.now()
    this.#listener = options.listen(this)
  }

  /** Sends the first beat, if it hasn't. */
  begin(): void {
    if (this.#stopBeat === undefined && this.#end === undefined) this.#beat()
  }

  /** Why it has ended; `undefined` while it hasn't. */
  get end(): LinkEnd | undefined {
    return this.#end
  }

  /** The number of the other side's link; 0 before anything of it has come. */
  get peerLink(): number {
    return this.#peerLink
  }

  /** The shorter of both sides' leases, in milliseconds (D26). */
  get leaseMs(): number {
    return Math.min(this.#options.leaseMs, this.#peerLeaseMs)
  }

  /** When something of the other side has come last, by this side's clock. For a lease on the other side. */
  get heardAt(): number | undefined {
    return this.#heard.heardAt
  }

  /**
   * When that was sent which the other side is known to have heard last, by this side's clock. For a lease from the other
   * side: it lasts for so long from here at least, however long the answer was on its way.
   */
  get answeredAt(): number | undefined {
    return this.#heard.answeredAt
  }

  /** What to add to an epoch time of this side to get the other side's, in milliseconds. */
  get clockOffsetMs(): number | undefined {
    return this.#heard.clockOffsetMs
  }

  /** How long a word and its answer take, in milliseconds. */
  get roundTripMs(): number | undefined {
    return this.#heard.roundTripMs
  }

  /** What waits until it is acknowledged, in bytes. */
  get bufferedBytes(): number {
    return this.#framesBytes + this.#unframedBytes
  }

  /** Whether nothing waits until it is acknowledged. */
  get isSettled(): boolean {
    return this.#frames.length === 0 && this.#unframed.length === 0
  }

  /** Whether no more than what can't wait should be sent, until `onDrain` (D24). */
  get isFull(): boolean {
    return this.bufferedBytes > FULL_BYTES || this.#frames.length > FULL_FRAMES
  }

  /** Sends a message at the end of this tick, together with others. */
  send(message: LinkMessage): void {
    if (this.#end !== undefined) return
    this.#unframed.push(message)
    this.#unframedBytes += sizeOfMessage(message)
    if (this.#isOverflown() || this.#isFlushDue) return
    this.#isFlushDue = true
    this.#clock.soon(() => {
      this.#isFlushDue = false
      this.flush()
    })
  }

  /**
   * Sends a message at once, ahead of all that waits for the end of this tick: an abort (D16). Whoever must not overtake what
   * it speaks of flushes first.
   */
  sendUrgent(message: LinkMessage): void {
    if (this.#end !== undefined) return
    this.#addFrame([message], sizeOfMessage(message))
    if (!this.#isOverflown()) this.#pump()
  }

  /** Sends what waits for the end of this tick. */
  flush(): void {
    if (this.#end !== undefined || this.#unframed.length === 0) return
    const messages = this.#unframed
    this.#unframed = []
    this.#unframedBytes = 0
    let first = 0
    let bytes = 0
    for (const [at, message] of messages.entries()) {
      const size = sizeOfMessage(message)
      if (at > first && bytes + size > FRAME_BYTES) {
        this.#addFrame(messages.slice(first, at), bytes)
        first = at
        bytes = 0
      }
      bytes += size
    }
    this.#addFrame(messages.slice(first), bytes)
    this.#pump()
  }

  /** Takes in a frame of the other side's link; gives `false` for one that its sender can't have meant. */
  receive(frame: Frame): boolean {
    if (this.#end !== undefined) return true
    if (frame.ack > this.#sent) return false
    this.#peerLink = frame.fromLink
    if (frame.leaseMs < this.leaseMs) {
      this.#peerLeaseMs = frame.leaseMs
      this.#stopBeat?.()
      this.#beat()
    }
    const isNews = this.#heard.note(frame, this.#clock.now())
    this.#takeAck(frame.ack)
    if (frame.isBeat && isNews && this.#answeredBeats < FIRST_BEATS) {
      this.#answeredBeats += 1
      this.#post({ isBeat: true })
    }
    if (isNews) this.#listener.onHeard?.()
    // Who was told of it may have ended it.
    if (frame.seq > 0 && this.#end === undefined) this.#deliver(frame)
    return true
  }

  /** The wire is open again: what was on its way is lost. */
  reopen(): void {
    if (this.#end !== undefined) return
    this.#sendAgain()
    this.#post({ isBeat: true })
  }

  /** Ends it, and tells the other side, if that can be heard. */
  close(): void {
    if (this.#end !== undefined) return
    if (this.#options.canSend()) this.#post({ isOver: true })
    this.endBy('closed')
  }

  /** It ends. */
  endBy(why: LinkEnd): void {
    if (this.#end !== undefined) return
    this.#end = why
    this.#stopResend?.()
    this.#stopAck?.()
    this.#stopBeat?.()
    this.#unframed = []
    this.#frames.clear()
    this.#unframedBytes = 0
    this.#framesBytes = 0
    this.#options.onEnded(this)
    if (why !== 'closed') this.#listener.onEnd?.(why)
  }

  #addFrame(messages: readonly LinkMessage[], bytes: number): void {
    this.#frames.push({ messages, bytes })
    this.#framesBytes += bytes
    if (this.isFull) this.#wasFull = true
  }

  #isOverflown(): boolean {
    if (this.isFull) this.#wasFull = true
    if (this.bufferedBytes <= this.#options.maxBufferedBytes) return false
    this.endBy('overflow')
    return true
  }

  /** Sends what there is to send, in order. */
  #pump(): void {
    if (!this.#options.canSend()) return
    const last = this.#acked + this.#frames.length
    if (this.#next === this.#acked + 1) this.#progressAt = this.#clock.now()
    while (this.#next <= last && this.#end === undefined) {
      const frame = this.#frames.at(this.#next - this.#acked - 1) as SentFrame
      if (this.#next <= this.#lost && this.#flightBytes > 0 && this.#flightBytes + frame.bytes > RESEND_BYTES)
        break
      if (this.#next <= this.#sent) this.resent += 1
      this.#flightBytes += frame.bytes
      this.#sent = Math.max(this.#sent, this.#next)
      this.#next += 1
      this.#post({ seq: this.#next - 1, messages: frame.messages })
    }
    this.#watchProgress()
  }

  #watchProgress(): void {
    if (this.#stopResend !== undefined || this.#frames.length === 0 || this.#end !== undefined) return
    const waitMs = this.#progressAt + RESEND_MS - this.#clock.now()
    this.#stopResend = this.#clock.after(Math.max(1, waitMs), () => {
      this.#stopResend = undefined
      if (this.#clock.now() - this.#progressAt >= RESEND_MS) this.#sendAgain()
      else this.#watchProgress()
    })
  }

  /** All that isn't acknowledged, as acknowledgements come. */
  #sendAgain(): void {
    this.#lost = this.#sent
    this.#next = this.#acked + 1
    this.#flightBytes = 0
    this.#progressAt = this.#clock.now()
    this.#pump()
    this.#watchProgress()
  }

  #takeAck(ack: number): void {
    if (ack <= this.#acked) return
    while (this.#acked < ack) {
      const { bytes } = this.#frames.shift() as SentFrame
      this.#framesBytes -= bytes
      this.#acked += 1
      if (this.#acked < this.#next) this.#flightBytes -= bytes
    }
    this.#next = Math.max(this.#next, this.#acked + 1)
    this.#progressAt = this.#clock.now()
    this.#pump()
    const hasRoom = this.bufferedBytes <= FULL_BYTES / 2 && this.#frames.length <= FULL_FRAMES / 2
    if (!this.#wasFull || !hasRoom || this.#end !== undefined) return
    this.#wasFull = false
    this.#listener.onDrain?.()
  }

  #deliver(frame: Frame): void {
    let size = 0
    if (frame.seq === this.#received + 1) {
      this.#received = frame.seq
      for (const message of frame.messages) {
        if (this.#end !== undefined) return
        size += sizeOfMessage(message)
        this.#listener.onMessage(message)
      }
      if (this.#end !== undefined) return
    }
    // Of gaps and repeats, too, so that the other side knows where it is.
    this.#unackedFrames += 1
    this.#unackedBytes += size
    if (this.#unackedFrames >= ACK_FRAMES || this.#unackedBytes >= ACK_BYTES) this.#post({})
    else if (this.#unackedFrames > 0) this.#stopAck ??= this.#clock.after(ACK_MS, () => this.#post({}))
  }

  #beat(): void {
    this.#post({ isBeat: true })
    this.#stopBeat = this.#clock.after(this.leaseMs / BEATS, () => this.#beat())
  }

  #post(parts: Partial<Pick<Frame, 'seq' | 'isBeat' | 'isOver' | 'messages'>>): void {
    if (!this.#options.canSend()) return
    // Each frame acknowledges what has come.
    this.#stopAck?.()
    this.#stopAck = undefined
    this.#unackedFrames = 0
    this.#unackedBytes = 0
    const now = this.#clock.now()
    this.#options.post({
      seq: 0,
      isBeat: false,
      isOver: false,
      messages: NO_MESSAGES,
      ...parts,
      fromLink: this.number,
      toLink: this.#peerLink,
      ack: this.#received,
      sentAt: now,
      ...this.#heard.answer(now),
      epochOffset: this.#epochOffset,
      leaseMs: this.#options.leaseMs,
    })
  }
}

const NO_MESSAGES: readonly LinkMessage[] = []
