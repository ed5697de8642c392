// The sockets: one HTTP server on an address, one on a Unix socket or named pipe, the same application behind both. Each
// holds to limits of headers, times and connections, and neither keeps the process alive unless told to.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, ListenOptions, Socket } from 'node:net'
import type { ServeLimits } from '../../serving.js'
import type { TimeSlices } from './mirror/time-slices.js'

/** What a server is made with. */
export interface ListenerOptions {
  readonly limits: ServeLimits
  readonly keepAlive: boolean
  readonly slices: TimeSlices
  readonly handle: (incoming: IncomingMessage, outgoing: ServerResponse) => unknown
}

const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
/** Longer than those who ask keep their idle connections: who closes first must not be we, with a request on its way. */
const IDLE_MS = 65_000
/** Connections that wait to be accepted. */
const BACKLOG = 1024
const HEADERS = 100

/** A request, and what is to be answered. */
interface Request {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** Requests of one connection at which no more of it is read, and at which it is given up: what was read has so many. */
const AHEAD = 8
const PIPELINED = 1000

/** A server that listens. */
export class Listener {
  readonly #server: Server
  /** Open connections, and the requests on each that haven't been answered, the one that is being answered first. */
  readonly #sockets = new Map<Socket, Request[]>()

  private constructor(server: Server, { limits, keepAlive }: ListenerOptions) {
    this.#server = server
    server.maxConnections = limits.connections
    server.maxHeadersCount = HEADERS
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, [])
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
      (incoming, outgoing) => listener.#take(incoming, outgoing, options),
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

  /**
   * One answer at a time for each connection: a client that sends hundreds of requests ahead, and reads no answer, has
   * but one of them made. No more of it is read meanwhile.
   */
  #take(incoming: IncomingMessage, outgoing: ServerResponse, options: ListenerOptions): void {
    const { socket } = incoming
    const line = this.#sockets.get(socket)
    if (line === undefined || line.length >= PIPELINED) {
      socket.destroy()
      return
    }
    line.push({ incoming, outgoing })
    if (line.length === 1) this.#answer(socket, line, options)
    else if (line.length === AHEAD) socket.pause()
  }

  #answer(socket: Socket, line: Request[], options: ListenerOptions): void {
    const { incoming, outgoing } = line[0] as Request
    outgoing.once('close', () => {
      line.shift()
      if (socket.destroyed) return
      if (line.length < AHEAD && socket.isPaused()) socket.resume()
      if (line.length > 0) this.#answer(socket, line, options)
    })
    options.slices.add(() => {
      if (!socket.destroyed) void options.handle(incoming, outgoing)
    })
  }

  /** The port, of one that listens on an address. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes no more connections, and ends those that there are. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    for (const socket of this.#sockets.keys()) socket.destroySoon()
    // Whatever isn't read by then isn't read at all.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets.keys()) socket.destroy()
    }, CLOSE_MS)
    await closed
    clearTimeout(timer)
  }
}

const CLOSE_MS = 500
