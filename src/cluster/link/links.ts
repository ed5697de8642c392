// All links of one instance, by the instances at their other ends: reads and refuses what comes, and finds the link that it
// is for. An instance may have one link to another after the other: what belongs to one that is over never reaches the next.

import { FRAME_VERSION, readFrame, writeFrame, type Frame, type FrameRefusal, type Seal } from './frame.js'
import { Link, type LinkListener } from './link.js'
import type { LinkClock, Wire } from './wire.js'

/** What links are made of. */
export interface LinksOptions {
  /** This instance, made by `newInstance`. */
  readonly instance: string
  readonly wire: Wire
  readonly clock: LinkClock
  readonly seal: Seal
  /** This side's lease, in milliseconds: the shorter one of both sides holds. */
  readonly leaseMs: number
  /** How much may wait for one other instance, in bytes: with more, its link ends. */
  readonly maxBufferedBytes: number
  /** Called with an instance that has opened a link to this one: gives who listens, or `undefined` to refuse it. */
  readonly accept: (peer: string) => ((link: Link) => LinkListener) | undefined
  /** Called about refused frames, once a minute at most. */
  readonly warn: (message: string) => void
}

/** Of so many instances it is remembered which of their links are over. */
const MOST_OVER = 4096
const WARN_MS = 60_000

const WORDS: Readonly<Record<FrameRefusal, string>> = {
  size: 'it is too short',
  version: `its version isn't ${FRAME_VERSION}: another version of Heddle has sent it`,
  to: 'it is for another instance',
  seal: "its seal isn't by this secret",
  malformed: 'it makes no sense',
  stale: 'it is of a link that is over',
  unknown: 'nobody here wants to hear from its sender',
}

/** The links of one instance. */
export class Links {
  readonly #options: LinksOptions
  readonly #links = new Map<string, Link>()
  /** The last link of each instance that is over here. */
  readonly #over = new Map<string, number>()
  #number = 0
  #warnedAt = Number.NEGATIVE_INFINITY
  #resentBefore = 0
  /** How many frames have been refused, by why. */
  readonly refused: Readonly<Record<FrameRefusal, number>>
  readonly #refused: Record<FrameRefusal, number> = {
    size: 0,
    version: 0,
    to: 0,
    seal: 0,
    malformed: 0,
    stale: 0,
    unknown: 0,
  }

  constructor(options: LinksOptions) {
    this.#options = options
    this.refused = this.#refused
    options.wire.onFrame = (bytes) => this.#receive(bytes)
    options.wire.onOpen = () => {
      for (const link of this.#links.values()) link.reopen()
    }
  }

  /** All that are open. */
  [Symbol.iterator](): Iterator<Link> {
    return this.#links.values()
  }

  /** The link to an instance, if one is open. */
  get(peer: string): Link | undefined {
    return this.#links.get(peer)
  }

  /** How many frames have been sent again. */
  get resent(): number {
    let resent = this.#resentBefore
    for (const link of this.#links.values()) resent += link.resent
    return resent
  }

  /** What waits until it is acknowledged, in bytes. */
  get bufferedBytes(): number {
    let bytes = 0
    for (const link of this.#links.values()) bytes += link.bufferedBytes
    return bytes
  }

  /** Opens a link to an instance; one that is open is closed. `listen`: gives who listens to it. */
  open(peer: string, listen: (link: Link) => LinkListener): Link {
    this.#links.get(peer)?.close()
    const link = this.#create(peer, listen)
    link.begin()
    return link
  }

  /** Closes all, and hears nothing more. */
  close(): void {
    const { wire } = this.#options
    wire.onFrame = undefined
    wire.onOpen = undefined
    for (const link of this.#links.values()) link.close()
  }

  #create(peer: string, listen: (link: Link) => LinkListener): Link {
    const { instance, wire, clock, seal, leaseMs, maxBufferedBytes } = this.#options
    this.#number += 1
    const link = new Link({
      peer,
      number: this.#number,
      clock,
      leaseMs,
      maxBufferedBytes,
      listen,
      canSend: () => wire.isOpen,
      post: (frame) => wire.send(peer, writeFrame({ ...frame, from: instance, to: peer }, seal)),
      onEnded: (ended) => this.#ended(ended),
    })
    this.#links.set(peer, link)
    return link
  }

  #ended(link: Link): void {
    const { peer, peerLink } = link
    if (this.#links.get(peer) === link) this.#links.delete(peer)
    this.#resentBefore += link.resent
    if (peerLink === 0) return
    const last = Math.max(this.#over.get(peer) ?? 0, peerLink)
    // To its end: what has been over for the longest time is forgotten first.
    this.#over.delete(peer)
    this.#over.set(peer, last)
    if (this.#over.size <= MOST_OVER) return
    const [first] = this.#over.keys()
    if (first !== undefined) this.#over.delete(first)
  }

  #receive(bytes: Uint8Array): void {
    const { instance, seal } = this.#options
    const frame = readFrame(bytes, { self: instance, seal })
    if (typeof frame === 'string') this.#refuse(frame)
    else this.#take(frame)
  }

  #take(frame: Frame): void {
    const { from, fromLink, toLink } = frame
    let link = this.#links.get(from)
    if (frame.isOver) {
      // A link that knows the number of this one, or one that this one knows by its number.
      const isMeant = toLink === link?.number || (toLink === 0 && fromLink > 0 && fromLink === link?.peerLink)
      if (isMeant) link?.endBy('forgotten')
      return
    }
    if (toLink !== 0 && toLink !== link?.number) {
      this.#refuseStale(frame)
      return
    }
    const last = link === undefined || link.peerLink === 0 ? (this.#over.get(from) ?? 0) : link.peerLink - 1
    if (fromLink <= last) {
      this.#refuseStale(frame)
      return
    }
    if (link !== undefined && link.peerLink !== 0 && fromLink > link.peerLink) {
      // It has begun anew, and knows nothing of what this link has said.
      link.endBy('forgotten')
      link = undefined
    }
    if (link === undefined && toLink !== 0) {
      // Only who has begun by itself is answered by a new link: two that answer each other so would never end.
      this.#refuseStale(frame)
      return
    }
    if (link === undefined) {
      const listen = this.#options.accept(from)
      // It may have opened one itself.
      link = this.#links.get(from)
      if (link === undefined && listen !== undefined) {
        this.#answer(this.#create(from, listen), frame)
        return
      }
    }
    if (link === undefined) this.#refuse('unknown')
    else if (!link.receive(frame)) this.#refuse('malformed')
  }

  /** Begins when it knows to whom: what says so can't be taken for the beginning of another one. */
  #answer(link: Link, frame: Frame): void {
    if (!link.receive(frame)) this.#refuse('malformed')
    link.begin()
  }

  /** Tells its sender, who would go on sending it. */
  #refuseStale(frame: Frame): void {
    this.#refuse('stale')
    const { instance, wire, clock, seal, leaseMs } = this.#options
    if (!wire.isOpen) return
    const now = clock.now()
    const over: Frame = {
      from: instance,
      fromLink: 0,
      to: frame.from,
      toLink: frame.fromLink,
      seq: 0,
      ack: 0,
      isBeat: false,
      isOver: true,
      sentAt: now,
      heardSentAt: Number.NaN,
      heardMs: 0,
      epochOffset: clock.epochNow() - now,
      leaseMs,
      messages: [],
    }
    wire.send(frame.from, writeFrame(over, seal))
  }

  #refuse(why: FrameRefusal): void {
    this.#refused[why] += 1
    const now = this.#options.clock.now()
    if (why === 'stale' || now - this.#warnedAt < WARN_MS) return
    this.#warnedAt = now
    this.#options.warn(`a frame was refused: ${WORDS[why]}`)
  }
}
