// The mailboxes of a runtime's actions, on the main thread: a message stays here until its body has read it, so that what
// an attempt leaves unread, by its end or its thread's, is there for the next one (S25). Only actions that were ever sent
// something have one.

import { ClaimState } from '../../protocol/claims.js'
import { Queue } from '../../collections/queue.js'
import type { EventObject } from '../../protocol/event-object.js'
import type { Action } from '../tree/action.js'

/** What became of a message. */
export type Delivery = 'accepted' | 'full'

/** A message that waits to be read. */
interface UnreadMessage {
  readonly message: EventObject
  readonly transfer: readonly object[]
}

/** Unread messages of one action, numbered from 1. */
class Mailbox {
  readonly unread: Queue<UnreadMessage> = new Queue()
  /** The number of the oldest one. */
  first = 1
  /** Whether it was full the last time, and that was told. */
  isOverflowing = false

  get size(): number {
    return this.unread.length
  }

  /** Forgets those up to a number. */
  forget(through: number): void {
    while (this.first <= through && this.size > 0) {
      this.unread.shift()
      this.first += 1
    }
  }
}

/** All mailboxes of one runtime. */
export class Mailboxes {
  readonly #mailboxes = new Map<Action, Mailbox>()
  readonly #onOverflow: (action: Action, dropped: 'newest' | 'oldest', limit: number) => void

  /** `onOverflow`: told when a mailbox begins to overflow. */
  constructor(onOverflow: (action: Action, dropped: 'newest' | 'oldest', limit: number) => void) {
    this.#onOverflow = onOverflow
  }

  /** Whether there are any: what has none needn't be asked about. */
  get isEmpty(): boolean {
    return this.#mailboxes.size === 0
  }

  /** Puts a message into the mailbox of a live action, and on its way if the action is on a thread. */
  put(action: Action, message: EventObject, transfer: readonly object[]): Delivery {
    let mailbox = this.#mailboxes.get(action)
    if (mailbox === undefined) this.#mailboxes.set(action, (mailbox = new Mailbox()))
    const { limit, overflow } = action.definition.options.mailbox
    if (mailbox.size >= limit) {
      if (!mailbox.isOverflowing) {
        mailbox.isOverflowing = true
        this.#onOverflow(action, overflow === 'reject' ? 'newest' : 'oldest', limit)
      }
      if (overflow === 'reject') return 'full'
      const dropped = mailbox.first + mailbox.size - limit
      mailbox.forget(dropped)
      if (isThere(action)) action.line?.send({ type: 'mailDropped', ticket: action.ticket, through: dropped })
    }
    const unread = { message, transfer }
    mailbox.unread.push(unread)
    if (isThere(action)) this.#deliver(action, mailbox.first + mailbox.size - 1, [unread])
    return 'accepted'
  }

  /** A body has read its messages up to a number. */
  read(action: Action, through: number): void {
    const mailbox = this.#mailboxes.get(action)
    if (mailbox === undefined) return
    mailbox.forget(through)
    if (mailbox.size < action.definition.options.mailbox.limit) mailbox.isOverflowing = false
  }

  /** An attempt is on its way to a thread: what is unread goes along. */
  attach(action: Action): void {
    const mailbox = this.#mailboxes.get(action)
    if (mailbox === undefined || mailbox.size === 0) return
    this.#deliver(action, mailbox.first, [...mailbox.unread])
  }

  /** An action has ended for good. */
  remove(action: Action): void {
    this.#mailboxes.delete(action)
  }

  #deliver(action: Action, first: number, messages: readonly UnreadMessage[]): void {
    const { ticket, line } = action
    if (ticket === undefined || line === undefined) return
    // What may be needed by another attempt is copied.
    const isMoved = action.definition.options.retries.limit === 0
    // Each by itself: one that can't be read takes no other with it (S26).
    for (const [index, { message, transfer }] of messages.entries()) {
      const mail = { type: 'mail' as const, ticket, first: first + index, messages: [message] }
      line.send(isMoved && transfer.length > 0 ? { ...mail, transfer } : mail)
    }
  }
}

/** Whether an action is on a lane, by a ticket that its body still holds, or will. */
function isThere(action: Action): action is Action & { readonly ticket: number } {
  return (
    action.ticket !== undefined && action.line !== undefined && action.line.claim(action) !== ClaimState.taken
  )
}
