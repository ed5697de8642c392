// The sockets: one HTTP server on an address, one on a Unix socket or named pipe, the same application behind both. Each
// holds to limits of headers, times and connections, and neither keeps the process alive unless told to.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, ListenOptions, Socket } from 'node:net'
import type { ServeLimits } from '../../serving.js'

/** What a server is made with. */
export interface ListenerOptions {
  readonly limits: ServeLimits
  readonly keepAlive: boolean
  readonly handle: (incoming: IncomingMessage, outgoing: ServerResponse) => unknown
}

const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
/** Longer than those who ask keep their idle connections: who closes first must not be we, with a request on its way. */
const IDLE_MS = 65_000
/** Connections that wait to be accepted. */
const BACKLOG = 1024
const HEADERS = 100

/** A server that listens. */
export class Listener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, { limits, keepAlive }: ListenerOptions) {
    this.#server = server
    server.maxConnections = limits.connections
    server.maxHeadersCount = HEADERS
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      // I13: who looks doesn't keep the process alive, either.
      if (!keepAlive) socket.unref()
    })
    if (!keepAlive) server.unref()
  }

  /** Listens; rejects with the system's error if the address can't be had. */
  static async open(options: ListenerOptions, where: ListenOptions): Promise<Listener> {
    const server = createServer(
      {
        maxHeaderSize: options.limits.headerBytes,
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: IDLE_MS,
        connectionsCheckingInterval: 5000,
      },
      (incoming, outgoing) => void options.handle(incoming, outgoing),
    )
    const listener = new Listener(server, options)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ backlog: BACKLOG, ...where }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    // A connection that can't be accepted (no descriptors left, say) is no reason to end the app.
    server.on('error', () => undefined)
    return listener
  }

  /** The port, of one that listens on an address. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes no more connections, and ends those that there are. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    for (const socket of this.#sockets) socket.destroySoon()
    // Whatever isn't read by then isn't read at all.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, CLOSE_MS)
    await closed
    clearTimeout(timer)
  }
}

const CLOSE_MS = 500
