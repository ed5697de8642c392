// The mailboxes of a runtime's actions, on the main thread: a message stays here until its body has read it, so that what
// an attempt leaves unread, by its end or its thread's, is there for the next one (S25). Only actions that were ever sent
// something have one.

import { ClaimState } from '../protocol/claims.js'
import type { EventObject } from '../protocol/event-object.js'
import type { ActionNode } from './action-node.js'

/** What became of a message. */
export type Delivery = 'accepted' | 'full'

interface Letter {
  readonly message: EventObject
  readonly transfer: readonly object[]
}

/** Unread messages of one action, numbered from 1. */
class Mailbox {
  readonly letters: Letter[] = []
  /** Where in the list the oldest one is. */
  next = 0
  /** The number of the oldest one. */
  first = 1
  /** Whether it was full the last time, and that was told. */
  isOverflowing = false

  get size(): number {
    return this.letters.length - this.next
  }

  /** Forgets those up to a number. */
  forget(through: number): void {
    while (this.first <= through && this.size > 0) {
      this.letters[this.next] = undefined as never
      this.next += 1
      this.first += 1
    }
    if (this.next > 1024 || this.size === 0) {
      this.letters.splice(0, this.next)
      this.next = 0
    }
  }
}

/** All mailboxes of one runtime. */
export class Mailboxes {
  readonly #mailboxes = new Map<ActionNode, Mailbox>()
  readonly #onOverflow: (node: ActionNode, dropped: 'newest' | 'oldest', limit: number) => void

  /** `onOverflow`: told when a mailbox begins to overflow. */
  constructor(onOverflow: (node: ActionNode, dropped: 'newest' | 'oldest', limit: number) => void) {
    this.#onOverflow = onOverflow
  }

  /** Whether there are any: what has none needn't be asked about. */
  get isEmpty(): boolean {
    return this.#mailboxes.size === 0
  }

  /** Puts a message into the mailbox of a live action, and on its way if the action is on a thread. */
  put(node: ActionNode, message: EventObject, transfer: readonly object[]): Delivery {
    let mailbox = this.#mailboxes.get(node)
    if (mailbox === undefined) this.#mailboxes.set(node, (mailbox = new Mailbox()))
    const { limit, overflow } = node.definition.options.mailbox
    if (mailbox.size >= limit) {
      if (!mailbox.isOverflowing) {
        mailbox.isOverflowing = true
        this.#onOverflow(node, overflow === 'reject' ? 'newest' : 'oldest', limit)
      }
      if (overflow === 'reject') return 'full'
      const dropped = mailbox.first + mailbox.size - limit
      mailbox.forget(dropped)
      if (isThere(node)) node.line?.send({ type: 'mailDropped', ticket: node.ticket, through: dropped })
    }
    const letter = { message, transfer }
    mailbox.letters.push(letter)
    if (isThere(node)) this.#deliver(node, mailbox.first + mailbox.size - 1, [letter])
    return 'accepted'
  }

  /** A body has read its messages up to a number. */
  read(node: ActionNode, through: number): void {
    const mailbox = this.#mailboxes.get(node)
    if (mailbox === undefined) return
    mailbox.forget(through)
    if (mailbox.size < node.definition.options.mailbox.limit) mailbox.isOverflowing = false
  }

  /** An attempt is on its way to a thread: what is unread goes along. */
  attach(node: ActionNode): void {
    const mailbox = this.#mailboxes.get(node)
    if (mailbox === undefined || mailbox.size === 0) return
    this.#deliver(node, mailbox.first, mailbox.letters.slice(mailbox.next))
  }

  /** An action has ended for good. */
  remove(node: ActionNode): void {
    this.#mailboxes.delete(node)
  }

  #deliver(node: ActionNode, first: number, letters: readonly Letter[]): void {
    if (node.ticket === undefined) return
    // What may be needed by another attempt is copied.
    const transfer =
      node.definition.options.retries.limit > 0 ? [] : letters.flatMap((letter) => letter.transfer)
    node.line?.send(
      {
        type: 'mail',
        ticket: node.ticket,
        first,
        messages: letters.map(({ message }) => message),
        ...(transfer.length > 0 && { transfer }),
      },
      transfer,
    )
  }
}

/** Whether a node is on a lane, by a ticket that its body still holds, or will. */
function isThere(node: ActionNode): node is ActionNode & { readonly ticket: number } {
  return node.ticket !== undefined && node.line !== undefined && node.line.claim(node) !== ClaimState.taken
}
