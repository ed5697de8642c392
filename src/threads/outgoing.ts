// What is on its way to a host: collected and posted in arrays, aborts and pings ahead of everything else (S2). After an
// abort is posted, the lane's shared counter is raised, so that a body that computes looks at its port.

import type { MessagePort } from 'node:worker_threads'
import type { AbortCounter } from '../protocol/claims.js'
import type { ToHost } from '../protocol/messages.js'

/** The way out of one lane. */
export class Outgoing {
  readonly #port: MessagePort
  readonly #counter: AbortCounter
  /** Told of a message that can't be cloned. */
  readonly #onUncloneable: (message: ToHost, error: unknown) => void
  #ahead: ToHost[] = []
  #messages: ToHost[] = []
  #transfers: object[] = []
  #scheduled = false
  #flushedThisTick = false
  #closed = false

  constructor(
    port: MessagePort,
    counter: AbortCounter,
    onUncloneable: (message: ToHost, error: unknown) => void,
  ) {
    this.#port = port
    this.#counter = counter
    this.#onUncloneable = onUncloneable
  }

  /** Adds a message, which is posted at the end of this tick. */
  add(message: ToHost, transfers?: readonly object[]): void {
    this.#messages.push(message)
    if (transfers !== undefined && transfers.length > 0) this.#transfers.push(...transfers)
    this.#schedule()
  }

  /** Adds a message that goes ahead of all others: the first in a tick at once, further ones together. */
  addAhead(message: ToHost): void {
    this.#ahead.push(message)
    const isFirst = !this.#flushedThisTick
    this.#flushedThisTick = true
    this.#schedule()
    if (isFirst) this.flush()
  }

  /** Posts what there is. */
  flush(): void {
    if (this.#ahead.length === 0 && this.#messages.length === 0) return
    const ahead = this.#ahead
    const messages = ahead.length === 0 ? this.#messages : [...ahead, ...this.#messages]
    const transfers = this.#transfers
    this.#ahead = []
    this.#messages = []
    this.#transfers = []
    if (this.#closed) return
    try {
      this.#port.postMessage(messages, transfers as never)
    } catch {
      // One of them can't be cloned: post each alone, so that only that one is lost. Nothing has been sent yet.
      for (const message of messages) this.#postAlone(message)
    }
    // After the post: whoever sees the counter raised finds the message.
    if (ahead.length > 0) Atomics.add(this.#counter, 0, 1)
  }

  /** Posts nothing more: the thread is being killed, or gone. */
  close(): void {
    this.#closed = true
  }

  #postAlone(message: ToHost): void {
    try {
      this.#port.postMessage([message], transfersIn(message) as never)
    } catch (error) {
      this.#onUncloneable(message, error)
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
  return message.type === 'start' ? (message.transfer ?? []) : []
}
