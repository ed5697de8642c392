// Carries frames by Redis: one list for each instance, its inbox, which others append to and it empties. Redis keeps nothing
// that can't be lost: what a link misses it sends again.

import { world } from '../../protocol/world.js'
import { RuntimeClosedError } from '../../protocol/errors/errors.js'
import { loadRedis, RedisConnection, type RedisAddress } from './redis.js'
import type { LinkClock, Wire } from './wire.js'

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

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A wire by Redis. It connects when it is opened, and again whenever the connection is lost, until it is closed. */
export class RedisWire implements Wire {
  onFrame: ((frame: Uint8Array) => void) | undefined
  onOpen: (() => void) | undefined
  readonly #options: RedisWireOptions
  readonly #inbox: string
  #sender: RedisConnection | undefined
  #reader: RedisConnection | undefined
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
    const connect = (onReady: (connection: RedisConnection) => void): RedisConnection =>
      new RedisConnection(redis, address, { clock, onError, onReady })
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
  async #read(connection: RedisConnection): Promise<void> {
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
