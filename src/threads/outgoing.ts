// What is on its way to a host: collected and posted in arrays, aborts and pings ahead of everything else (S2), in arrays
// of their own. With each of these the lane's shared counter is raised, so that a body that computes looks at its port.

import { Counter, type LaneCounters, type Ticket } from '../protocol/claims.js'
import type { CountedPort } from '../protocol/counted-port.js'
import type { ToHost } from '../protocol/messages.js'
import { flattenToHost } from '../protocol/wire.js'

/** How many arrays a host may leave unread before reports to it are coalesced. */
const MOST_UNREAD = 64
/** How often it is looked whether it has read on, in milliseconds. */
const RELEASE_MS = 20

/** The way out of one lane. */
export class Outgoing {
  readonly #port: CountedPort
  readonly #counters: LaneCounters
  /** Told of a message that can't be cloned. */
  readonly #onUncloneable: (message: ToHost, error: unknown) => void
  #ahead: ToHost[] = []
  #messages: ToHost[] = []
  #transfers: object[] = []
  #scheduled = false
  #flushedThisTick = false
  #closed = false
  /** The last report of each child, while its reader has so much unread that earlier ones are left out. */
  readonly #heldReports = new Map<string, ToHost>()
  #releaseTimer: NodeJS.Timeout | undefined

  constructor(
    port: CountedPort,
    counters: LaneCounters,
    onUncloneable: (message: ToHost, error: unknown) => void,
  ) {
    this.#port = port
    this.#counters = counters
    this.#onUncloneable = onUncloneable
  }

  /** Adds a message, which is posted at the end of this tick. */
  add(message: ToHost, transfers?: readonly object[]): void {
    this.#messages.push(message)
    if (transfers !== undefined && transfers.length > 0) this.#transfers.push(...transfers)
    this.#schedule()
  }

  /**
   * Adds a child's report. While the host leaves much unread, because a body computes there, only each child's last one is
   * kept: it would pile up in memory for as long as that lasts.
   */
  addReport(ticket: Ticket, id: string, value: unknown): void {
    const message: ToHost = { type: 'childReport', ticket, id, value }
    if (this.#unread < MOST_UNREAD && this.#heldReports.size === 0) {
      this.add(message)
      return
    }
    this.#heldReports.set(`${ticket} ${id}`, message)
    this.#releaseTimer ??= setTimeout(() => this.#release(), RELEASE_MS)
  }

  /** Adds a child's end, behind its last report. */
  addEnd(message: ToHost & { readonly type: 'childSettled' }, transfers?: readonly object[]): void {
    if (this.#heldReports.size > 0) {
      const key = `${message.ticket} ${message.id}`
      const held = this.#heldReports.get(key)
      if (held !== undefined) this.add(held)
      this.#heldReports.delete(key)
    }
    this.add(message, transfers)
  }

  /** Adds a message that goes ahead of all others: the first in a tick at once, further ones together. */
  addAhead(message: ToHost): void {
    this.#ahead.push(message)
    if (!this.#flushedThisTick) this.#flushAhead()
    this.#flushedThisTick = true
    this.#schedule()
  }

  /** Posts what there is. */
  flush(): void {
    this.#flushAhead()
    if (this.#messages.length === 0) return
    const messages = this.#messages
    const transfers = this.#transfers
    this.#messages = []
    this.#transfers = []
    if (this.#closed) return
    try {
      this.#port.post(flattenToHost(messages), transfers)
    } catch {
      // One of them can't be cloned: post each alone, so that only that one is lost. Nothing has been sent yet.
      for (const message of messages) this.#postAlone(message)
    }
  }

  #flushAhead(): void {
    if (this.#ahead.length === 0) return
    const ahead = this.#ahead
    this.#ahead = []
    if (this.#closed) return
    // Before the post, which takes as long as a message: a body that computes waits for it at its port meanwhile.
    Atomics.add(this.#counters, Counter.raised, 1)
    try {
      this.#port.post(flattenToHost(ahead), [])
    } catch {
      Atomics.sub(this.#counters, Counter.raised, 1)
      for (const message of ahead) {
        Atomics.add(this.#counters, Counter.raised, 1)
        if (!this.#postAlone(message)) Atomics.sub(this.#counters, Counter.raised, 1)
      }
    }
  }

  /** Posts nothing more: the thread is being killed, or gone. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#releaseTimer)
    this.#heldReports.clear()
  }

  /** How many arrays the host hasn't taken. */
  get #unread(): number {
    // Both wrap around.
    const posted = Atomics.load(this.#counters, Counter.toHost)
    return (posted - Atomics.load(this.#counters, Counter.taken)) | 0
  }

  #release(): void {
    this.#releaseTimer = undefined
    if (this.#unread >= MOST_UNREAD) {
      this.#releaseTimer = setTimeout(() => this.#release(), RELEASE_MS)
      return
    }
    for (const message of this.#heldReports.values()) this.add(message)
    this.#heldReports.clear()
  }

  #postAlone(message: ToHost): boolean {
    try {
      this.#port.post(flattenToHost([message]), transfersIn(message))
      return true
    } catch (error) {
      this.#onUncloneable(message, error)
      return false
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      this.#flushedThisTick = false
      this.flush()
    })
  }
}

function transfersIn(message: ToHost): readonly unknown[] {
  if (message.type === 'childSettled' && message.outcome.status === 'succeeded')
    return message.outcome.transfer ?? []
  if (message.type === 'connect') return [message.port]
  return message.type === 'start' || message.type === 'mail' ? (message.transfer ?? []) : []
}
