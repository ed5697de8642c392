// Carries frames by Redis: one list for each instance, its inbox, which others append to and it empties. Redis keeps nothing
// that can't be lost: what a link misses it sends again.

import type { Redis, RedisOptions } from 'ioredis'
import { world } from '../../protocol/world.js'
import { RuntimeClosedError } from '../../protocol/errors/errors.js'
import type { LinkClock, Wire } from './wire.js'

/** Where Redis is: a URL, or the options of ioredis, `sentinels` among them. */
export type RedisAddress = string | RedisOptions

/** What a wire by Redis is made of. */
export interface RedisWireOptions {
  readonly redis: RedisAddress
  /** What all keys begin with. */
  readonly prefix: string
  /** Whose inbox is read. */
  readonly instance: string
  readonly clock: LinkClock
  /** Called with what goes wrong: connections that fail, commands that Redis refuses. All of it is tried again. */
  readonly onError: (error: Error) => void
}

/** How long a frame may lie in an inbox that nobody empties, in milliseconds. */
const KEPT_MS = 60_000
/** How long Redis holds back an answer while an inbox is empty, in seconds. */
const BLOCK_S = 2
/** How much later than that an answer may come; then the connection is taken for dead, in milliseconds. */
const LATE_MS = 3000
/** How many frames are taken at once. */
const TAKEN = 500
/** Between two tries to connect: twice as long with each, in milliseconds. */
const LEAST_RETRY_MS = 50
const MOST_RETRY_MS = 1000

const LONGEST_TIMER_MS = 2 ** 31 - 1

const OPTIONS: Omit<RedisOptions, 'replyMapping'> & { readonly replyMapping: 'legacy' } = {
  lazyConnect: true,
  // What wasn't sent, or may not have been, is the link's to send again.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // Its own timers would hold the process.
  retryStrategy: null,
  replyMapping: 'legacy',
  connectTimeout: 5000,
  enableAutoPipelining: false,
}

/** Loads ioredis, which is an optional peer. */
async function loadRedis(): Promise<typeof Redis> {
  try {
    const { Redis: loaded } = await import('ioredis')
    return loaded
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Error('a cluster needs the package ioredis, which is not installed: npm install ioredis', {
      cause: error,
    })
  }
}

/** A wire by Redis. It connects when it is opened, and again whenever the connection is lost, until it is closed. */
export class RedisWire implements Wire {
  onFrame: ((frame: Uint8Array) => void) | undefined
  onOpen: (() => void) | undefined
  readonly #options: RedisWireOptions
  readonly #inbox: string
  #sender: Connection | undefined
  #reader: Connection | undefined
  #isClosed = false
  /** A timer that never has its turn. The sockets themselves keep no process alive. */
  #hold: NodeJS.Timeout | undefined
  /** What is sent at the end of this tick, by inbox. */
  #outgoing = new Map<string, Buffer[]>()
  #opening: Promise<void> | undefined

  constructor(options: RedisWireOptions) {
    this.#options = options
    this.#inbox = this.#inboxOf(options.instance)
  }

  /** Whether what is sent may arrive. */
  get isOpen(): boolean {
    return this.#sender?.isReady ?? false
  }

  /**
   * Loads ioredis and begins to connect. Doesn't wait until it is connected: Redis may be away.
   *
   * @throws `Error` where ioredis isn't installed.
   */
  open(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  async #open(): Promise<void> {
    const redis = await loadRedis()
    if (this.#isClosed) throw new RuntimeClosedError('the cluster has been closed')
    const { clock, onError } = this.#options
    const address = this.#options.redis
    const connect = (onReady: (connection: Connection) => void): Connection =>
      new Connection(
        typeof address === 'string' ? new redis(address, OPTIONS) : new redis({ ...address, ...OPTIONS }),
        { clock, onError, onReady },
      )
    this.#reader = connect((connection) => void this.#read(connection))
    this.#sender = connect(() => this.onOpen?.())
    this.#reader.connect()
    this.#sender.connect()
  }

  /** Keeps the process alive, or no longer: it doesn't at first. */
  hold(isHeld: boolean): void {
    if (!isHeld) {
      world.clearInterval(this.#hold)
      this.#hold = undefined
    } else if (!this.#isClosed) this.#hold ??= world.setInterval(() => {}, LONGEST_TIMER_MS)
  }

  send(to: string, frame: Uint8Array): void {
    if (!this.isOpen) return
    const inbox = this.#inboxOf(to)
    const frames = this.#outgoing.get(inbox)
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    if (frames !== undefined) frames.push(bytes)
    else if (this.#outgoing.set(inbox, [bytes]).size === 1) this.#options.clock.soon(() => this.#flush())
  }

  /** Sends what waits, and closes the connections. */
  close(): void {
    if (this.#isClosed) return
    this.#flush()
    this.#isClosed = true
    this.hold(false)
    this.#reader?.close()
    this.#sender?.close()
  }

  #inboxOf(instance: string): string {
    return `${this.#options.prefix}:in:${instance}`
  }

  #flush(): void {
    const outgoing = this.#outgoing
    this.#outgoing = new Map()
    const sender = this.#sender
    if (sender === undefined || this.#isClosed) return
    for (const [inbox, frames] of outgoing) {
      // Together, so that no inbox can be left without its end.
      const sent = sender.redis
        .multi()
        .rpush(inbox, ...frames)
        .pexpire(inbox, KEPT_MS)
        .exec()
      void sender.expect(sent, LATE_MS).then((answers) => {
        if (!Array.isArray(answers)) return
        for (const [error] of answers) if (error !== null) this.#options.onError(error)
      })
    }
  }

  /** Reads the inbox for as long as that connection lasts. */
  async #read(connection: Connection): Promise<void> {
    const { redis, session } = connection
    const inbox = this.#inbox
    while (connection.isReady && connection.session === session) {
      const first = await connection.expect(redis.blpopBuffer(inbox, BLOCK_S), BLOCK_S * 1000 + LATE_MS)
      if (!Array.isArray(first)) {
        // Of a command that Redis has refused there is no end: not at once again.
        if (first instanceof Error) await connection.rest()
        continue
      }
      this.#take(first[1])
      for (let taken = TAKEN; taken === TAKEN;) {
        const more = await connection.expect(redis.lpopBuffer(inbox, TAKEN), LATE_MS)
        taken = 0
        if (!Array.isArray(more)) break
        taken = more.length
        for (const frame of more) this.#take(frame)
      }
    }
  }

  /** An error of who listens is nobody's here, and mustn't end the reading. */
  #take(frame: Buffer): void {
    if (this.#isClosed) return
    try {
      this.onFrame?.(frame)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

interface ConnectionOptions extends Pick<RedisWireOptions, 'clock' | 'onError'> {
  readonly onReady: (connection: Connection) => void
}

/** One connection of ioredis, made again whenever it is lost. Neither its socket nor its timers hold the process. */
class Connection {
  readonly redis: Redis
  readonly #options: ConnectionOptions
  /** How often it has been connected. */
  session = 0
  #isClosed = false
  #retryMs = LEAST_RETRY_MS
  #stopRetry: (() => void) | undefined

  constructor(redis: Redis, options: ConnectionOptions) {
    this.redis = redis
    this.#options = options
    redis.on('error', (error) => this.#report(error))
    redis.on('connect', () => this.#unref())
    redis.on('ready', () => {
      this.#retryMs = LEAST_RETRY_MS
      this.session += 1
      if (!this.#isClosed) options.onReady(this)
    })
    redis.on('end', () => this.#retry())
  }

  get isReady(): boolean {
    return this.redis.status === 'ready' && !this.#isClosed
  }

  connect(): void {
    // What goes wrong is told by the event `error`, too.
    this.redis.connect().catch(() => {})
    // The socket is made in the next tick.
    setImmediate(() => this.#unref())
  }

  /** The answer to a command, or why there is none. If it is late, the connection is given up. */
  async expect<Answer>(answer: Promise<Answer>, ms: number): Promise<Answer | Error> {
    const stop = this.#options.clock.after(ms, () => {
      this.redis.stream.destroy(new Error(`Redis hasn't answered for ${ms} ms`))
    })
    try {
      return await answer
    } catch (error) {
      this.#report(error)
      return error as Error
    } finally {
      stop()
    }
  }

  /** Waits a little. */
  rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(MOST_RETRY_MS, resolve)
    })
  }

  close(): void {
    this.#isClosed = true
    this.#stopRetry?.()
    this.redis.disconnect()
  }

  #retry(): void {
    if (this.#isClosed) return
    this.#stopRetry?.()
    this.#stopRetry = this.#options.clock.after(this.#retryMs, () => this.connect())
    this.#retryMs = Math.min(2 * this.#retryMs, MOST_RETRY_MS)
  }

  #report(error: unknown): void {
    if (this.#isClosed) return
    this.#options.onError(error instanceof Error ? error : new Error(String(error)))
  }

  #unref(): void {
    // There is none before the first connection.
    ;(this.redis.stream as Redis['stream'] | undefined)?.unref()
  }
}
