// The lines of one body: to the app's services, to what its children expose, and of others to what it exposes itself. Each
// call is a wait of the body's: parked while it lasts, rejected by an abort (S1, S12). All are closed when it ends.

import type { MessagePort } from 'node:worker_threads'
import type { BaseHandle, ActionTypes } from '../../src/handle.js'
import { Line, type Around } from '../../src/channels/line.js'
import { ObjectClient } from '../../src/channels/object-client.js'
import { serveObject } from '../../src/channels/object-server.js'
import { RemoteClient, SERVING } from '../../src/channels/remote-client.js'
import { remoteObject, type RemoteCall } from '../../src/channels/remote-object.js'
import { describeValue } from '../../src/protocol/describe-value.js'
import { ActionInputError } from '../../src/protocol/errors.js'
import type { Body } from './body.js'
import { rejectLater, waitFor, type Owner } from './waits.js'

/** The lines of one attempt. */
export class BodyChannels {
  readonly #body: Body
  readonly #around: Around
  #services: ObjectClient | undefined
  readonly #remotes = new Map<string, RemoteClient>()
  #exposed: object | undefined
  readonly #served = new Set<Line>()

  constructor(body: Body) {
    this.#body = body
    this.#around = (run) => body.host.callBack(body, run)
  }

  /** The line to the services. */
  get services(): ObjectClient {
    if (this.#services === undefined) {
      this.#services = new ObjectClient(this.#around)
      const { farEnd: port } = this.#services
      this.#body.tellNow({ type: 'services', ticket: this.#body.ticket, port }, [port])
    }
    return this.#services
  }

  /** The line to what a child exposes. */
  remote(handle: BaseHandle<unknown, ActionTypes>): RemoteClient {
    let remote = this.#remotes.get(handle.id)
    if (remote === undefined) {
      const { info, ticket } = this.#body
      const { id, name } = handle
      const request = (port: MessagePort): void =>
        this.#body.tellNow({ type: 'remote', ticket, id, port }, [port])
      remote = new RemoteClient(
        { run: info.run, action: id, name, outcome: handle.watch(), request },
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
    this.#body.tellNow({ type: 'expose', ticket: this.#body.ticket, open: true })
  }

  /** Serves it no more. */
  stopExposing(): void {
    this.#exposed = undefined
    for (const line of this.#served) line.close()
    this.#served.clear()
    this.#body.tellNow({ type: 'expose', ticket: this.#body.ticket, open: false })
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
    serveObject(this.#exposed, line).catch((error: unknown) => this.#body.host.failBody(this.#body, error))
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

function channelsOf(body: Body): BodyChannels {
  body.channels ??= new BodyChannels(body)
  return body.channels
}

/** `ctx.services`. */
export function services(owner: Owner): unknown {
  const { body } = owner
  return remoteObject(
    (path, parameters) =>
      waitFor(owner, (resolve, reject) => {
        channelsOf(body).services.call(path, parameters, 'services').then(resolve, reject)
      }),
    'services',
  )
}

/** `ctx.expose`. */
export function expose(owner: Owner, api: unknown): Promise<never> {
  const { body } = owner
  const { run, id, name } = body.info
  const isServable = (typeof api === 'object' && api !== null) || typeof api === 'function'
  if (!isServable || body.channels?.isExposing === true) {
    const problem = isServable
      ? 'was called while it serves another object already'
      : `was given ${describeValue(api)}, but needs an object with methods`
    return rejectLater(
      owner,
      new ActionInputError(`ctx.expose in action ${id} '${name}' ${problem}`, { run, action: id }),
    )
  }
  return waitFor<never>(owner, () => {
    channelsOf(body).expose(api)
    return () => body.channels?.stopExposing()
  })
}

/** `handle.remote()` of a child. */
export async function remoteOf(body: Body, handle: BaseHandle<unknown, ActionTypes>): Promise<unknown> {
  const owner: Owner = { body, scope: body.scope }
  await waitFor<void>(owner, (resolve, reject) => {
    channelsOf(body).remote(handle).connected().then(resolve, reject)
  })
  const call: RemoteCall = (path, parameters) =>
    waitFor(owner, (resolve, reject) => {
      channelsOf(body).remote(handle).call(path, parameters).then(resolve, reject)
    })
  return remoteObject(call, `remote of ${handle.id}`)
}
