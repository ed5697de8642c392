// The mailbox of a body, in its thread: what has arrived and isn't read yet, and who waits for it. The runtime keeps a copy
// of each message until it is told that it was read, so that what a lost attempt has left passes to the next (S25).

import { Queue } from '../../../src/collections/queue.js'
import type { AttemptTicket } from '../../../src/protocol/claims.js'
import type { EventObject } from '../../../src/protocol/event-object.js'
import type { LogLevel, MailMessage, ToRuntime } from '../../../src/protocol/messages.js'

/** Whose mailbox it is. */
export interface MailboxOwner {
  readonly ticket: AttemptTicket
  /** Asked before anything is taken: a body that was given up takes nothing away from the next attempt. */
  readonly isAlive: boolean
  readonly host: { readonly outbox: { readonly batch: number } }
  readonly output: { log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void }
  post(message: ToRuntime): void
}

/** Unread messages of one body. */
export class BodyMailbox {
  readonly #owner: MailboxOwner
  /** One that couldn't be read is `undefined` (S26). */
  readonly #messages = new Queue<EventObject | undefined>()
  /** The number of the oldest unread one. */
  #number = 1
  /** Those who wait, in order: each takes one message. */
  readonly #readers = new Set<(message: EventObject) => void>()
  #lastRead: (ToRuntime & { type: 'read' }) | undefined
  #readBatch = -1

  constructor(owner: MailboxOwner) {
    this.#owner = owner
  }

  /** Takes in what has arrived. */
  deliver({ first, messages, why }: MailMessage): void {
    if (this.#messages.length === 0) this.#number = first
    for (const message of messages) {
      this.#messages.push(message)
      if (message === undefined) this.#warnOfUnreadable(why)
    }
    for (const read of this.#readers) {
      const message = this.take()
      if (message === undefined) return
      this.#readers.delete(read)
      read(message)
    }
  }

  /** The oldest ones made room, where they are still unread. */
  drop(through: number): void {
    while (this.#number <= through && this.#messages.length > 0) this.#shift()
  }

  /** The oldest unread message; the runtime is told that it was taken. */
  take(): EventObject | undefined {
    // One who has been given up takes nothing away from the next attempt.
    if (this.#messages.length === 0 || !this.#owner.isAlive) return undefined
    let message: EventObject | undefined
    while (message === undefined && this.#messages.length > 0) message = this.#shift()
    this.#acknowledge(this.#number - 1)
    return message
  }

  /** Calls back with the next message that comes, unless the returned function is called first. */
  onNext(read: (message: EventObject) => void): () => void {
    this.#readers.add(read)
    return () => void this.#readers.delete(read)
  }

  #warnOfUnreadable(why: string = 'it was lost'): void {
    this.#owner.output.log(
      'warn',
      `a message was dropped, since it can't be read in this thread (${why}): it may be nested too deeply, or hold a view of a buffer that was moved away; send plain data`,
      { code: 'NotCloneableError' },
    )
  }

  #shift(): EventObject | undefined {
    this.#number += 1
    return this.#messages.shift()
  }

  /** What is read within one array of messages is acknowledged by one of them. */
  #acknowledge(through: number): void {
    const { host, ticket } = this.#owner
    if (this.#lastRead !== undefined && this.#readBatch === host.outbox.batch) {
      this.#lastRead.through = through
      return
    }
    this.#lastRead = { type: 'read', ticket, through }
    this.#owner.post(this.#lastRead)
    this.#readBatch = host.outbox.batch
  }
}
