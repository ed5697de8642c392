// The lines of one body: to the app's services, to what its children expose, and of others to what it exposes itself. All
// are closed when it ends.

import type { MessagePort } from 'node:worker_threads'
import type { ActionInfo } from '../../../src/context.js'
import type { ActionTypes } from '../../../src/handle.js'
import type { BaseHandle } from '../../../src/handles/base-handle.js'
import { Line, type Around } from '../../../src/channels/line.js'
import { ObjectClient } from '../../../src/channels/object-client.js'
import { serveObject } from '../../../src/channels/object-server.js'
import { RemoteClient, SERVING } from '../../../src/channels/remote-client.js'
import type { AttemptTicket } from '../../../src/protocol/claims.js'
import type { ToRuntime } from '../../../src/protocol/messages.js'

/** Whose lines they are. */
export interface ChannelsOwner {
  readonly ticket: AttemptTicket
  readonly info: ActionInfo
  postNow(message: ToRuntime): void
  /** Calls what is the body's code. */
  callBack(call: () => void): void
  /** Something of its was rejected, and nobody handled it. */
  fail(error: unknown): void
}

/** The lines of one attempt. */
export class BodyChannels {
  readonly #owner: ChannelsOwner
  readonly #around: Around
  #services: ObjectClient | undefined
  readonly #remotes = new Map<string, RemoteClient>()
  #exposed: object | undefined
  readonly #served = new Set<Line>()

  constructor(owner: ChannelsOwner) {
    this.#owner = owner
    this.#around = (run) => owner.callBack(run)
  }

  /** The line to the services. */
  get services(): ObjectClient {
    if (this.#services === undefined) {
      this.#services = new ObjectClient(this.#around)
      const { farEnd: port } = this.#services
      this.#owner.postNow({ type: 'services', ticket: this.#owner.ticket, port })
    }
    return this.#services
  }

  /** The line to what a child exposes. */
  remote(handle: BaseHandle<unknown, ActionTypes>): RemoteClient {
    let remote = this.#remotes.get(handle.id)
    if (remote === undefined) {
      const { info, ticket } = this.#owner
      const { id, name } = handle
      const request = (port: MessagePort): void => this.#owner.postNow({ type: 'remote', ticket, id, port })
      remote = new RemoteClient(
        { run: info.run, action: id, name, outcome: handle.whenEnded(), request },
        this.#around,
      )
      this.#remotes.set(id, remote)
    }
    return remote
  }

  get isExposing(): boolean {
    return this.#exposed !== undefined
  }

  /** Begins to serve an object. */
  expose(api: object): void {
    this.#exposed = api
    this.#owner.postNow({ type: 'expose', ticket: this.#owner.ticket, open: true })
  }

  /** Serves it no more. */
  stopExposing(): void {
    this.#exposed = undefined
    for (const line of this.#served) line.close()
    this.#served.clear()
    this.#owner.postNow({ type: 'expose', ticket: this.#owner.ticket, open: false })
  }

  /** Somebody's line has arrived, who wants to call it. */
  serve(port: MessagePort): void {
    if (this.#exposed === undefined) {
      port.close()
      return
    }
    const line = new Line(port, this.#around)
    this.#served.add(line)
    line.onClose(() => this.#served.delete(line))
    line.postMessage(SERVING)
    const { id, name } = this.#owner.info
    const nameOf = (path: readonly string[]): string =>
      `${path.map((key) => `${key} of `).join('')}what action ${id} '${name}' exposes`
    serveObject(this.#exposed, line, nameOf).catch((error: unknown) => this.#owner.fail(error))
  }

  /** The body has ended, or was given up. */
  close(): void {
    this.#exposed = undefined
    for (const line of this.#served) line.close()
    for (const remote of this.#remotes.values()) remote.close()
    this.#remotes.clear()
    this.#services?.line.close()
  }
}
