// The link of a host in the app's own thread: what either side has for the other comes by a call, in a turn of the loop, in
// order. Values are copied as a port would copy them, where another body, or the app, could see what becomes of them.

import type { AttemptTicket } from '../../src/protocol/claims.js'
import { dropMessages } from '../../src/protocol/dropped-message.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import { copyPayload, noteNotPosted } from '../../src/protocol/payloads.js'
import { hasStackRoom } from '../../src/protocol/stack-room.js'
import { TurnQueue } from '../../src/protocol/turn-queue.js'
import type { HostLink, LocalHost } from './host-link.js'
import type { Outbox } from './outbox.js'
import type { FromRuntime } from './take-unreadable.js'
import { world } from '../../src/protocol/world.js'

/** Both ends of one link: the host's, and what the runtime has for it. */
export class LocalLink implements HostLink {
  readonly outbox: Outbox
  readonly #host: LocalHost
  readonly #inbox: TurnQueue<FromRuntime>
  /** Aborts and ends of graces that wait, and that no poll has seen. */
  #unseen: FromRuntime[] = []

  /** `toRuntime`: handled by the runtime. */
  constructor(host: LocalHost, toRuntime: TurnQueue<ToRuntime>) {
    this.#host = host
    this.#inbox = new TurnQueue({
      beginTurn: () => host.beginTurn(),
      handle: (message) => {
        if (message === this.#unseen[0]) this.#unseen.shift()
        host.handle(message)
      },
      endTurn: () => host.endTurn(),
    })
    this.outbox = new LocalOutbox(host, toRuntime)
  }

  /** How much the host hasn't handled. */
  get unhandled(): number {
    return this.#inbox.length
  }

  /** How much has been posted to the host, and how much of that it has handled. */
  get posted(): number {
    return this.#inbox.added
  }

  get handled(): number {
    return this.#inbox.handled
  }

  /** Whether somebody is told of a child's phases as they change. */
  isObserved(ticket: AttemptTicket, id: string): boolean {
    return this.#host.isObserved(ticket, id)
  }

  /** From the runtime. */
  post(message: FromRuntime): void {
    // A handle in this thread asks for its phase.
    if (message.type === 'childPhase' && !this.#host.isObserved(message.ticket, message.id)) return
    this.#inbox.add(message)
  }

  /** From the runtime: what a poll should see. */
  postPriority(message: FromRuntime): void {
    this.#unseen.push(message)
    this.#inbox.add(message)
  }

  /** A turn of the loop that has come for something else: what `fill` posts is handled in it. */
  takeTurn(fill: () => void, until: number): void {
    this.#inbox.takeTurn(fill, until)
  }

  poll(): void {
    if (this.#unseen.length === 0) return
    const unseen = this.#unseen
    this.#unseen = []
    for (const message of unseen) this.#host.note(message)
  }

  /** Nothing more comes. */
  close(): void {
    dropMessages(this.#inbox.close())
  }
}

/** What a host has for the runtime goes into its queue at once; spawns are handled within the call, where nothing is ahead. */
class LocalOutbox implements Outbox {
  readonly #host: LocalHost
  readonly #queue: TurnQueue<ToRuntime>
  /** What couldn't be copied for want of room on the stack, and what came behind it. */
  #later: ToRuntime[] = []

  constructor(host: LocalHost, queue: TurnQueue<ToRuntime>) {
    this.#host = host
    this.#queue = queue
  }

  get batch(): number {
    return this.#queue.handled
  }

  get nextArray(): number {
    return this.#queue.added + 1
  }

  isHandled(array: number): boolean {
    return this.#queue.handled >= array
  }

  push(message: ToRuntime): void {
    if (this.#later.length > 0) {
      this.#later.push(message)
      return
    }
    let ready: ToRuntime | undefined
    try {
      ready = this.#copied(message)
    } catch (error) {
      if (!hasStackRoom()) {
        this.#pushLater(message)
        return
      }
      ready = this.#host.insteadOf(message, error)
    }
    if (ready === undefined) return
    const isForNow = ready.type === 'spawn' || ready.type === 'define'
    if (!isForNow || !this.#queue.handleNow(ready)) this.#queue.add(ready)
  }

  pushDeferred(message: ToRuntime): void {
    this.push(message)
  }

  pushAndFlush(message: ToRuntime): void {
    this.push(message)
  }

  pushUrgent(message: ToRuntime): void {
    this.push(message)
  }

  pushThrottled(message: ToRuntime): void {
    this.push(message)
  }

  flushIfAllowed(): void {}

  flushSoon(): void {}

  flushIfDue(): void {}

  flushIfOld(): void {}

  flush(): void {}

  /** With a copy of what its body could change afterwards. What bodies report, emit and send is one already. */
  #copied(message: ToRuntime): ToRuntime {
    switch (message.type) {
      case 'spawn':
        if (!this.#host.isLocal(message.ticket)) break
        // As the input of a run, it is the app's until it is posted to a thread.
        noteNotPosted(message.input)
        return message
      case 'ended':
      case 'log':
      case 'inspection':
        break
      default:
        return message
    }
    return copyPayload(message)
  }

  #pushLater(message: ToRuntime): void {
    this.#later.push(message)
    world.setImmediate(() => {
      const later = this.#later
      this.#later = []
      for (const one of later) this.push(one)
    })
  }
}
