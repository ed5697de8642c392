// The way out to a host: messages are collected and posted in arrays, aborts and pings ahead of everything else (S2), in
// arrays of their own. With each of these the lane's shared counter is raised, so that a body that computes looks at its
// port.

import { Counter, type LaneCounters, type AttemptTicket } from '../protocol/claims.js'
import type { CountedPort } from '../protocol/counted-port.js'
import { dropMessage, dropMessages } from '../protocol/dropped-message.js'
import type { ToHost } from '../protocol/messages.js'
import type { Phase } from '../protocol/outcome.js'
import { withoutPayload, type CarriedMessage } from '../protocol/payloads.js'
import { postMessages, type Postable, type PostForm } from '../protocol/post-messages.js'
import { flattenToHost } from '../protocol/wire.js'
import { HeldReports } from './held-reports.js'
import type { LaneOutgoing } from './lane-line.js'
import { world } from '../protocol/world.js'

/** How many arrays a host may leave unhandled before reports to it are coalesced. */
const MOST_UNREAD = 64

/** The way out of one lane. */
export class Outgoing implements LaneOutgoing {
  readonly #port: CountedPort
  readonly #counters: LaneCounters
  readonly #form: PostForm<ToHost>
  readonly #wrap: ((message: Postable<ToHost>) => Postable<ToHost>) | undefined
  /** Aborts, ends of grace and pings. */
  #priority: Postable<ToHost>[] = []
  #messages: Postable<ToHost>[] = []
  /** `scheduled`: for the end of this tick; `posted`: so it is, and what goes ahead has been posted in it already. */
  #state: 'idle' | 'scheduled' | 'posted' | 'closed' = 'idle'
  readonly #reports: HeldReports = new HeldReports(
    () => this.#unread >= MOST_UNREAD,
    (message) => this.add(message),
  )

  /**
   * `insteadOf`: gives what to post in place of a message that can't be cloned, if anything. `wrap`: gives how each is posted, if that
   * isn't as it is.
   */
  constructor(
    port: CountedPort,
    counters: LaneCounters,
    insteadOf: PostForm<ToHost>['insteadOf'],
    wrap?: (message: Postable<ToHost>) => Postable<ToHost>,
  ) {
    this.#port = port
    this.#counters = counters
    this.#wrap = wrap
    this.#form = { flatten: flattenToHost, insteadOf }
  }

  /** Adds a message, which is posted at the end of this tick. */
  add(message: Postable<ToHost>): void {
    if (this.#state === 'closed') {
      dropMessage(message)
      return
    }
    this.#messages.push(this.#wrap === undefined ? message : this.#wrap(message))
    this.#schedule()
  }

  /** Adds a child's phase. */
  addPhase(ticket: AttemptTicket, id: string, phase: Phase): void {
    this.add({ type: 'childPhase', ticket, id, phase })
  }

  /**
   * Adds a child's report. While the host leaves much unread, because a body computes there, only each child's last one is
   * kept: it would pile up in memory for as long as that lasts.
   */
  addReport(ticket: AttemptTicket, id: string, value: unknown): void {
    this.#reports.add(ticket, id, value)
  }

  /** Adds a child's end, behind its last report. */
  addEnd(message: ToHost & { readonly type: 'childSettled' }): void {
    this.#reports.sendLastOf(message.ticket, message.id)
    this.add(message)
  }

  /** Adds a message that goes ahead of all others: the first in a tick at once, further ones together. */
  addPriority(message: ToHost): void {
    if (this.#state === 'closed') return
    this.#priority.push(message)
    if (this.#state === 'posted') return
    this.#schedule()
    this.#state = 'posted'
    this.#flushPriority()
  }

  /** Posts what there is. */
  flush(): void {
    this.#flushPriority()
    if (this.#messages.length === 0) return
    const messages = this.#messages
    this.#messages = []
    const left = postMessages(this.#port, messages, this.#form)
    if (left.length === 0) return
    this.#messages = [...left, ...this.#messages]
    this.#schedule()
  }

  #flushPriority(): void {
    if (this.#priority.length === 0) return
    const messages = this.#priority
    this.#priority = []
    if (this.#state === 'closed') return
    // Before the post, which takes as long as a message: a body that computes waits for it at its port meanwhile.
    world.add(this.#counters, Counter.raised, 1)
    const postedBefore = this.#port.posted
    const left = postMessages(this.#port, messages, this.#form)
    // Nearly always it was one array.
    world.add(this.#counters, Counter.raised, ((this.#port.posted - postedBefore) | 0) - 1)
    if (left.length === 0) return
    this.#priority = [...left, ...this.#priority]
    this.#schedule()
  }

  /** Posts nothing more: the thread is being killed, or gone. */
  close(): void {
    this.#state = 'closed'
    this.#reports.close()
    dropMessages(this.#messages)
    this.#messages = []
  }

  get sent(): number | undefined {
    const waits = this.#messages.length > 0 || this.#priority.length > 0
    return waits ? undefined : world.load(this.#counters, Counter.toHost)
  }

  isHandled(sent: number): boolean {
    return this.#leftOf(sent) <= 0
  }

  get posted(): number {
    return world.load(this.#counters, Counter.toRuntime)
  }

  isTaken(posted: number): boolean {
    return ((posted - world.load(this.#counters, Counter.handled)) | 0) <= 0
  }

  /** How many arrays the host hasn't handled. */
  get #unread(): number {
    return this.#leftOf(world.load(this.#counters, Counter.toHost))
  }

  /** How many of so many. Both counts wrap around. */
  #leftOf(sent: number): number {
    return (sent - world.load(this.#counters, Counter.handledByHost)) | 0
  }

  #endTick(): void {
    if (this.#state === 'closed') return
    this.#state = 'idle'
    this.flush()
  }

  #schedule(): void {
    if (this.#state !== 'idle') return
    this.#state = 'scheduled'
    world.nextTick(() => this.#endTick())
  }
}

/** What is posted in place of a message that can't be cloned: as what can't be read over there (S26), whoever waits for it is told. */
export function unreadableInstead(message: ToHost, error: unknown): CarriedMessage | undefined {
  // A line whose other end has been closed: whoever wanted to call has gone.
  if (message.type === 'connect' || !('ticket' in message)) return undefined
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { type: 'carried', payload: 0, message: withoutPayload(message), why }
}
