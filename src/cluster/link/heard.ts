// What one side of a link has heard of the other, and when: what leases and clocks go by.

import { ClockOffset } from './clock-offset.js'
import type { Frame } from './frame.js'

/** What a frame says of what its sender has heard. */
type Answer = Pick<Frame, 'heardSentAt' | 'heardMs'>

/** All times are by this side's clock. */
export class Heard {
  readonly #epochOffset: number
  readonly #offset: ClockOffset = new ClockOffset()
  /** When the other side had sent what has come of it last, by its own clock. */
  #peerSentAt = Number.NEGATIVE_INFINITY
  #heardAt: number | undefined
  #answeredAt: number | undefined

  /** `epochOffset`: what makes epoch milliseconds of a time of this side. */
  constructor(epochOffset: number) {
    this.#epochOffset = epochOffset
  }

  /** When something new has come last. */
  get heardAt(): number | undefined {
    return this.#heardAt
  }

  /** When that was sent which the other side is known to have heard last. */
  get answeredAt(): number | undefined {
    return this.#answeredAt
  }

  /** What to add to an epoch time of this side to get the other side's, in milliseconds. */
  get clockOffsetMs(): number | undefined {
    return this.#offset.offsetMs
  }

  /** How long a word and its answer take, in milliseconds. */
  get roundTripMs(): number | undefined {
    return this.#offset.roundTripMs
  }

  /** Takes note of a frame that has come; `false` for one that comes late, or again: it is no news. */
  note(frame: Frame, now: number): boolean {
    if (frame.sentAt <= this.#peerSentAt) return false
    this.#peerSentAt = frame.sentAt
    this.#heardAt = now
    const { heardSentAt, heardMs } = frame
    // Nobody has heard what is still to be sent.
    if (Number.isNaN(heardSentAt) || heardSentAt > now) return true
    this.#answeredAt = Math.max(this.#answeredAt ?? heardSentAt, heardSentAt)
    if (!frame.isBeat) return true
    this.#offset.add({
      sentAt: heardSentAt + this.#epochOffset,
      receivedAt: frame.sentAt - heardMs + frame.epochOffset,
      answeredAt: frame.sentAt + frame.epochOffset,
      heardAt: now + this.#epochOffset,
    })
    return true
  }

  /** What is told of that with each frame. */
  answer(now: number): Answer {
    return this.#heardAt === undefined
      ? { heardSentAt: Number.NaN, heardMs: 0 }
      : { heardSentAt: this.#peerSentAt, heardMs: now - this.#heardAt }
  }
}
