// The holder's side of what an action exposes: connects when the action does, connects again to its next attempt, and
// answers what is pending with the action's outcome when it ends.

import type { MessagePort } from 'node:worker_threads'
import { RunEndedError, ThreadLostError, type HeddleError } from '../protocol/errors/errors.js'
import type { Outcome } from '../protocol/outcome.js'
import type { Around } from './line.js'
import { ObjectClient } from './object-client.js'

/** What the serving side posts first. */
export const SERVING = { type: 'heddle.serving' } as const

/** The action whose object is called, as its holder knows it. */
export interface RemoteTarget {
  readonly run: string
  readonly action: string
  readonly name: string
  readonly outcome: Promise<Outcome<unknown>>
  /** Asks for a line to it: the port goes to its thread as soon as it exposes something. */
  request(port: MessagePort): void
}

interface Connection {
  readonly client: ObjectClient
  readonly serving: Promise<void>
  isServing: boolean
}

/** Calls what one action exposes. */
export class RemoteClient {
  readonly #target: RemoteTarget
  readonly #around: Around | undefined
  #connection: Connection
  /** What is pending, by the connection it was made over; `undefined` for waits for the first one. */
  readonly #pending = new Set<{
    readonly over: Connection | undefined
    readonly reject: (error: unknown) => void
  }>()
  #ended: HeddleError | undefined
  #closed = false

  constructor(target: RemoteTarget, around?: Around) {
    this.#target = target
    this.#around = around
    this.#connection = this.#connect()
    void target.outcome.then((outcome) => this.#end(errorOf(outcome, target)))
  }

  /** Resolves when the action serves. */
  connected(): Promise<void> {
    return this.#race(undefined, async () => {
      // Another attempt may take over in between.
      while (!this.#connection.isServing) await this.#connection.serving
    })
  }

  /** Calls it; waits for the next attempt if there is none that serves just now. */
  async call(path: readonly string[], parameters: readonly unknown[] | undefined): Promise<unknown> {
    if (!this.#connection.isServing) await this.connected()
    const connection = this.#connection
    return this.#race(connection, () =>
      connection.client.call(path, parameters, `remote of ${this.#target.action}`),
    )
  }

  /** Its holder has ended: nothing is answered any more. */
  close(): void {
    this.#closed = true
    this.#pending.clear()
    this.#connection.client.line.close()
    this.#connection.client.farEnd.close()
  }

  #connect(): Connection {
    const client = new ObjectClient(this.#around)
    let onServing: (() => void) | undefined
    const connection: Connection = {
      client,
      isServing: false,
      serving: new Promise<void>((resolve) => (onServing = resolve)),
    }
    client.line.addEventListener('message', ({ data }) => {
      if ((data as { type?: unknown } | null)?.type !== SERVING.type) return
      connection.isServing = true
      onServing?.()
      this.#rejectLost(connection)
    })
    client.line.onClose(() => {
      if (this.#closed || this.#ended !== undefined) return
      connection.isServing = false
      this.#connection = this.#connect()
      onServing?.()
    })
    this.#target.request(client.farEnd)
    return connection
  }

  /** Another attempt serves: what an earlier one was asked is never answered. */
  #rejectLost(now: Connection): void {
    const { run, action, name } = this.#target
    for (const pending of this.#pending) {
      if (pending.over === undefined || pending.over === now) continue
      this.#pending.delete(pending)
      pending.reject(
        new ThreadLostError(
          `the attempt of action ${action} '${name}' that was called has ended before it answered; the next one serves calls now`,
          { loss: 'exited', run, action },
        ),
      )
    }
  }

  #end(error: HeddleError): void {
    if (this.#closed) return
    this.#ended = error
    for (const { reject } of this.#pending) reject(error)
    this.close()
  }

  #race<Value>(over: Connection | undefined, call: () => Promise<Value>): Promise<Value> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise<Value>((resolve, reject) => {
      const pending = { over, reject }
      this.#pending.add(pending)
      call()
        .then(resolve, reject)
        .finally(() => this.#pending.delete(pending))
    })
  }
}

/** What a call is told when the action has ended. */
export function errorOf(
  outcome: Outcome<unknown>,
  { run, action, name }: Pick<RemoteTarget, 'run' | 'action' | 'name'>,
): HeddleError {
  if (outcome.status !== 'succeeded') return outcome.error
  return new RunEndedError(
    `action ${action} '${name}' of run '${run}' has ended: it serves no calls any more`,
    {
      run,
      action,
    },
  )
}
