// What lies between two processes in a network, and how it fails: it forwards TCP connections of this machine, or holds them up,
// loses them, or slows them down, in one direction or both.

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What becomes of the bytes of one direction. `stall`: they wait until they may pass. */
export type Flow = 'pass' | 'stall'

/** From the process that has connected (`up`), and to it (`down`). */
export type Direction = 'up' | 'down'

/** One connection, by its two sockets. */
interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** What hasn't been forwarded yet. */
  readonly waiting: Record<Direction, Buffer[]>
}

/** A way to a port of this machine. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #target: number
  readonly #pairs = new Set<Pair>()
  /** Whose server is gone without a word. */
  readonly #halves = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #flow: Readonly<Record<Direction, Flow>> = { up: 'pass', down: 'pass' }
  #delayMs = 0
  #isDown = false

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#connected(client))
  }

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, target)
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** What becomes of bytes from now on, those that wait included. */
  set(flow: Flow | Partial<Record<Direction, Flow>>): void {
    this.#flow =
      typeof flow === 'string' ? { up: flow, down: flow } : { ...{ up: 'pass', down: 'pass' }, ...flow }
    for (const pair of this.#pairs) {
      this.#forward(pair, 'up')
      this.#forward(pair, 'down')
    }
  }

  /** How much later all of it comes, in each direction, in milliseconds. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** Breaks all connections; new ones may be made. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      // One that its process has ended can't be reset: Node would keep its handle.
      if (client.writableEnded) client.destroy()
      else client.resetAndDestroy()
      server.destroy()
    }
  }

  /** Breaks all connections and refuses new ones, or no longer. */
  down(isDown: boolean): void {
    this.#isDown = isDown
    if (isDown) this.cut()
  }

  /**
   * The other side of all connections is gone, and nobody here is told: what is sent on them is lost. New ones may be made.
   */
  halfOpen(): void {
    for (const pair of this.#pairs) {
      const { client, server } = pair
      this.#pairs.delete(pair)
      this.#halves.add(client)
      server.destroy()
      client.removeAllListeners('data')
      // Read, and not answered.
      client.resume()
      client.on('close', () => this.#halves.delete(client))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.cut()
    for (const client of this.#halves) client.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connected(client: Socket): void {
    // Reset, lost, or refused: whoever is at the ends sees it.
    client.on('error', () => {})
    if (this.#isDown) {
      client.resetAndDestroy()
      return
    }
    const server = connect(this.#target, '127.0.0.1')
    server.on('error', () => {})
    const pair: Pair = { client, server, waiting: { up: [], down: [] } }
    this.#pairs.add(pair)
    client.setNoDelay(true)
    server.setNoDelay(true)
    client.on('data', (bytes: Buffer) => this.#take(pair, 'up', bytes))
    server.on('data', (bytes: Buffer) => this.#take(pair, 'down', bytes))
    server.on('close', () => {
      // Without a word where it was half open: the pair isn't known any more.
      if (this.#pairs.delete(pair)) client.destroy()
    })
    client.on('close', () => {
      this.#pairs.delete(pair)
      server.destroy()
    })
  }

  #take(pair: Pair, direction: Direction, bytes: Buffer): void {
    if (this.#delayMs === 0) {
      this.#arrive(pair, direction, bytes)
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#arrive(pair, direction, bytes)
    }, this.#delayMs)
    this.#timers.add(timer)
  }

  #arrive(pair: Pair, direction: Direction, bytes: Buffer): void {
    pair.waiting[direction].push(bytes)
    this.#forward(pair, direction)
  }

  #forward({ client, server, waiting }: Pair, direction: Direction): void {
    if (this.#flow[direction] !== 'pass') return
    const target = direction === 'up' ? server : client
    for (const bytes of waiting[direction].splice(0)) if (!target.destroyed) target.write(bytes)
  }
}
