// The only file that knows ioredis, an optional peer: loads it when a cluster first connects, and keeps one connection.

import type { Redis, RedisOptions } from 'ioredis'
import type { LinkClock } from './wire.js'

/** Where Redis is: a URL, or the options of ioredis, `sentinels` among them. */
export type RedisAddress = string | RedisOptions

/** A client of ioredis. */
export type RedisClient = Redis

/** Between two tries to connect: twice as long with each, in milliseconds. */
const LEAST_RETRY_MS = 50
const MOST_RETRY_MS = 1000
/** How long it is still waited for an answer that is late, in milliseconds. */
const LAST_LOOK_MS = 100
/** From so long a silence on, a connection of BullMQ is dead: it holds an answer back for 10 s at most, in milliseconds. */
const DEAD_MS = 12_000

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

/** Loads ioredis. */
export async function loadRedis(): Promise<typeof Redis> {
  try {
    const { Redis: loaded } = await import('ioredis')
    return loaded
  } catch (error) {
    throw missingPackage('ioredis', error)
  }
}

/** What is thrown where an optional peer couldn't be loaded. */
export function missingPackage(name: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return error
  return new Error(
    `a cluster needs the packages bullmq and ioredis, and ${name} is not installed: npm install bullmq ioredis`,
    { cause: error },
  )
}

/**
 * A client that sends its commands once it is connected, and again when the connection was lost: for workers of BullMQ, which
 * must not miss one. It holds the process. Loads ioredis.
 *
 * @param onError - Called with what goes wrong with the connection; it is tried again.
 */
export async function patientClient(address: RedisAddress, onError: (error: Error) => void): Promise<Redis> {
  const redis = await loadRedis()
  const options = {
    maxRetriesPerRequest: null,
    replyMapping: OPTIONS.replyMapping,
    connectTimeout: OPTIONS.connectTimeout,
    socketTimeout: DEAD_MS,
    retryStrategy: (tries: number) => Math.min(LEAST_RETRY_MS * 2 ** Math.min(tries, 10), MOST_RETRY_MS),
  } as const
  const client =
    typeof address === 'string' ? new redis(address, options) : new redis({ ...address, ...options })
  client.on('error', onError)
  return client
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly clock: LinkClock
  /** Called with what goes wrong: connections that fail, commands that Redis refuses. */
  readonly onError: (error: Error) => void
  /** It is connected, for the first time or again. */
  readonly onReady: (connection: RedisConnection) => void
}

/** One connection of ioredis, made again whenever it is lost. Neither its socket nor its timers hold the process. */
export class RedisConnection {
  readonly redis: Redis
  readonly #options: ConnectionOptions
  /** How often it has been connected. */
  session = 0
  #isClosed = false
  #retryMs = LEAST_RETRY_MS
  #stopRetry: (() => void) | undefined

  constructor(redisClass: typeof Redis, address: RedisAddress, options: ConnectionOptions) {
    const redis =
      typeof address === 'string'
        ? new redisClass(address, OPTIONS)
        : new redisClass({ ...address, ...OPTIONS })
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

  /** Whether commands can be sent. */
  get isReady(): boolean {
    return this.redis.status === 'ready' && !this.#isClosed
  }

  /** Begins to connect. */
  connect(): void {
    // What goes wrong is told by the event `error`, too.
    this.redis.connect().catch(() => {})
    // The socket is made in the next tick.
    setImmediate(() => this.#unref())
  }

  /** The answer to a command, or why there is none. If it is late, the connection is given up. */
  async expect<Answer>(answer: Promise<Answer>, ms: number): Promise<Answer | Error> {
    const { clock } = this.#options
    let stop = clock.after(ms, () => {
      // Timers come before what has come by the socket: this process may have been frozen itself.
      stop = clock.after(LAST_LOOK_MS, () => {
        this.redis.stream.destroy(new Error(`Redis hasn't answered for ${ms} ms`))
      })
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

  /** Ends it. */
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
