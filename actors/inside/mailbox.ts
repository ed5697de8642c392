// The mailbox of a body, in its thread: what has arrived and isn't read yet, and who waits for it. The runtime keeps a copy
// of each message until it is told that it was read, so that what a lost attempt has left passes to the next (S25).

import type { ReceiveOptions } from '../../src/context.js'
import { LONGEST_TIMER_MS, milliseconds } from '../../src/options.js'
import { describeValue } from '../../src/protocol/describe-value.js'
import { ActionInputError } from '../../src/protocol/errors.js'
import type { EventObject } from '../../src/protocol/event-object.js'
import type { MailMessage, ToRuntime } from '../../src/protocol/messages.js'
import type { Body } from './body.js'
import { refusal, rejectLater, waitFor, type Owner } from './waits.js'

/** Unread messages of one body. */
export class BodyMailbox {
  readonly #body: Body
  #messages: EventObject[] = []
  /** Where in the list the oldest unread one is. */
  #next = 0
  /** The number of the oldest unread one. */
  #number = 1
  /** Those who wait, in order: each takes one message. */
  readonly #readers = new Set<(message: EventObject) => void>()
  #lastRead: (ToRuntime & { type: 'read' }) | undefined
  #readBatch = -1

  constructor(body: Body) {
    this.#body = body
  }

  /** Takes in what has arrived. */
  deliver({ first, messages }: MailMessage): void {
    if (this.#next === this.#messages.length) this.#number = first
    for (const message of messages) this.#messages.push(message)
    for (const read of this.#readers) {
      const message = this.take()
      if (message === undefined) return
      this.#readers.delete(read)
      read(message)
    }
  }

  /** The oldest ones made room, where they are still unread. */
  drop(through: number): void {
    while (this.#number <= through && this.#next < this.#messages.length) this.#shift()
  }

  /** The oldest unread message; the runtime is told that it was taken. */
  take(): EventObject | undefined {
    // One who has been given up takes nothing away from the next attempt.
    if (this.#next === this.#messages.length || !this.#body.isAlive) return undefined
    const message = this.#shift()
    this.#tellRead(this.#number - 1)
    return message
  }

  /** Calls back with the next message that comes, unless the returned function is called first. */
  onNext(read: (message: EventObject) => void): () => void {
    this.#readers.add(read)
    return () => void this.#readers.delete(read)
  }

  #shift(): EventObject {
    const message = this.#messages[this.#next] as EventObject
    this.#messages[this.#next] = undefined as never
    this.#next += 1
    this.#number += 1
    if (this.#next === this.#messages.length || this.#next > 1024) {
      this.#messages = this.#messages.slice(this.#next)
      this.#next = 0
    }
    return message
  }

  /** What is read within one array of messages is told by one of them. */
  #tellRead(through: number): void {
    const { host, ticket } = this.#body
    if (this.#lastRead !== undefined && this.#readBatch === host.outbox.batch) {
      this.#lastRead.through = through
      return
    }
    this.#lastRead = { type: 'read', ticket, through }
    this.#body.tell(this.#lastRead)
    this.#readBatch = host.outbox.batch
  }
}

/** The next message of a body; waits for it if there is none. */
export function receive(owner: Owner, options: ReceiveOptions = {}): Promise<EventObject | undefined> {
  const { body } = owner
  const { id, name, run } = body.info
  const of = `ctx.receive in action ${id} '${name}'`
  const { signal, timeoutMs } = options ?? {}
  try {
    if (typeof options !== 'object' || options === null) {
      throw new ActionInputError(`${of} was given ${describeValue(options)}, but takes { signal, timeoutMs }`)
    }
    if (timeoutMs !== undefined) milliseconds(timeoutMs, of, 'timeoutMs')
    if (signal !== undefined && typeof signal.addEventListener !== 'function') {
      throw new ActionInputError(
        `${of}: the option 'signal' is ${describeValue(signal)}, but must be an AbortSignal`,
        { run, action: id },
      )
    }
  } catch (error) {
    return rejectLater(owner, error)
  }
  const refused = refusal(owner)
  if (refused !== undefined) return rejectLater(owner, refused)
  if (signal?.aborted === true) return rejectLater(owner, signal.reason)
  const message = body.mailbox.take()
  if (message !== undefined) return Promise.resolve(message)
  return waitFor(owner, (resolve, reject) => {
    const forget = body.mailbox.onNext(resolve)
    const timer =
      timeoutMs === undefined || timeoutMs > LONGEST_TIMER_MS
        ? undefined
        : setTimeout(() => resolve(undefined), timeoutMs)
    const onAbort = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    return () => {
      forget()
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  })
}
