// The last report of each child, while its reader has so much unread that earlier ones are left out: they would pile up in
// memory for as long as a body computes there.

import type { AttemptTicket } from '../protocol/claims.js'
import type { ToHost } from '../protocol/messages.js'
import { world } from '../protocol/world.js'

/** How often it is looked whether the reader has read on, in milliseconds. */
const RELEASE_MS = 20

/** The reports that one host is to be sent. */
export class HeldReports {
  readonly #isFull: () => boolean
  readonly #send: (message: ToHost) => void
  readonly #held = new Map<string, ToHost>()
  #releaseTimer: NodeJS.Timeout | undefined
  #isClosed = false

  /** `isFull`: whether the reader has more unread than should be. */
  constructor(isFull: () => boolean, send: (message: ToHost) => void) {
    this.#isFull = isFull
    this.#send = send
  }

  /** Sends a report, or holds it. */
  add(ticket: AttemptTicket, id: string, value: unknown): void {
    if (this.#isClosed) return
    const message: ToHost = { type: 'childReport', ticket, id, value }
    if (this.#held.size === 0 && !this.#isFull()) {
      this.#send(message)
      return
    }
    this.#held.set(`${ticket} ${id}`, message)
    this.#releaseTimer ??= world.setTimeout(() => this.#release(), RELEASE_MS)
  }

  /** Sends the last one of a child, if it is held. */
  sendLastOf(ticket: AttemptTicket, id: string): void {
    if (this.#held.size === 0) return
    const key = `${ticket} ${id}`
    const held = this.#held.get(key)
    if (held !== undefined) this.#send(held)
    this.#held.delete(key)
  }

  /** Forgets those that are held, and what comes later: its reader is gone, and may count as full for ever. */
  close(): void {
    this.#isClosed = true
    world.clearTimeout(this.#releaseTimer)
    this.#held.clear()
  }

  #release(): void {
    this.#releaseTimer = undefined
    if (this.#isFull()) {
      this.#releaseTimer = world.setTimeout(() => this.#release(), RELEASE_MS)
      return
    }
    for (const message of this.#held.values()) this.#send(message)
    this.#held.clear()
  }
}
