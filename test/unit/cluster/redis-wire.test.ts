// Links by a real Redis: what happens when it is away, comes back empty, doesn't answer, or refuses.

import { spawn, type ChildProcess } from 'node:child_process'
import { on, once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { newInstance, Seal } from '../../../src/cluster/link/frame.js'
import type { Link } from '../../../src/cluster/link/link.js'
import { Links } from '../../../src/cluster/link/links.js'
import type { RedisAddress } from '../../../src/cluster/link/redis.js'
import { RedisWire } from '../../../src/cluster/link/redis-wire.js'
import { worldClock } from '../../../src/cluster/link/wire.js'
import { hasRedis, redisNote, RedisServer } from '../../support/redis-server.js'

const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 60_000, interval: 10 })

/** Closed after each test. */
const opened: { close(): void }[] = []

/** An instance that is linked by Redis, and what has come to it. */
class Instance {
  readonly name = newInstance()
  readonly got: string[] = []
  readonly errors: Error[] = []
  readonly ends: string[] = []
  readonly wire: RedisWire
  readonly links: Links

  constructor(redis: RedisAddress) {
    this.wire = new RedisWire({
      redis,
      prefix: 'heddle-test',
      instance: this.name,
      clock: worldClock,
      onError: (error) => void this.errors.push(error),
    })
    this.links = new Links({
      instance: this.name,
      wire: this.wire,
      clock: worldClock,
      seal: new Seal(['a secret of sixteen bytes or more']),
      leaseMs: 60_000,
      maxBufferedBytes: 64 * 1024 * 1024,
      accept: () => (link) => this.listen(link),
      warn: () => {},
    })
    opened.push(this.links, this.wire)
  }

  listen(link: Link): { onMessage(message: readonly Uint8Array[]): void; onEnd(why: string): void } {
    return {
      onMessage: ([block]) => {
        const text = new TextDecoder().decode(block)
        this.got.push(text)
        if (text.startsWith('echo ')) link.send([new TextEncoder().encode(text.slice(5))])
      },
      onEnd: (why) => void this.ends.push(why),
    }
  }

  open(peer: string): Link {
    return this.links.open(peer, (link) => this.listen(link))
  }
}

function send(link: Link, texts: readonly string[]): void {
  for (const text of texts) link.send([new TextEncoder().encode(text)])
}

const texts = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => String(from + n))

describe.skipIf(!hasRedis)(`links by Redis${redisNote}`, () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterEach(() => {
    for (const one of opened.splice(0)) one.close()
  })
  afterAll(() => server.kill())

  async function pair(redis: RedisAddress = server.url): Promise<{ a: Instance; b: Instance; link: Link }> {
    const [a, b] = [new Instance(redis), new Instance(server.url)]
    await Promise.all([a.wire.open(), b.wire.open()])
    const link = a.open(b.name)
    return { a, b, link }
  }

  it('bring messages both ways, and leave nothing in Redis', async () => {
    const { a, b, link } = await pair()
    send(link, texts(500))
    await until(() => expect(b.got).toHaveLength(500))
    expect(b.got).toEqual(texts(500))
    send(link, ['echo one', 'echo two'])
    await until(() => expect(a.got).toEqual(['one', 'two']))
    await until(() => expect(link.isSettled).toBe(true))
    expect(link.roundTripMs).toBeGreaterThan(0)
    a.links.close()
    await until(() => expect(b.ends).toEqual(['forgotten']))
    const redis = new Redis(server.url)
    await until(async () => expect(await redis.keys('heddle-test:*')).toEqual([]))
    redis.disconnect()
    expect([...a.errors, ...b.errors]).toEqual([])
  })

  it('bring large messages, and many at once', async () => {
    const { b, link } = await pair()
    link.send([new TextEncoder().encode('large'), new Uint8Array(8 * 1024 * 1024)])
    for (const text of texts(2000)) {
      send(link, [text])
      link.flush()
    }
    await until(() => expect(b.got).toHaveLength(2001))
    expect(b.got).toEqual(['large', ...texts(2000)])
  })

  it('an inbox that nobody reads ends by itself (D22)', async () => {
    const a = new Instance({ port: server.port })
    await a.wire.open()
    const nobody = newInstance()
    a.open(nobody)
    const redis = new Redis(server.url)
    const inbox = `heddle-test:in:${nobody}`
    await until(async () => expect(await redis.exists(inbox)).toBe(1))
    const left = await redis.pttl(inbox)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(60_000)
    redis.disconnect()
  })

  it('wait for a Redis that is away, and lose nothing to one that comes back empty', async () => {
    const { a, b, link } = await pair()
    send(link, texts(100))
    await until(() => expect(b.got).toHaveLength(100))
    await server.kill()
    await until(() => expect([a.wire.isOpen, b.wire.isOpen]).toEqual([false, false]))
    send(link, texts(100, 100))
    await until(() => expect(a.errors.length).toBeGreaterThan(2))
    await server.start()
    await until(() => expect(b.got).toHaveLength(200))
    send(link, ['echo after'])
    await until(() => expect(a.got).toEqual(['after']))
    expect(b.got).toEqual([...texts(200), 'echo after'])
    expect([...a.ends, ...b.ends]).toEqual([])
  })

  it('begin before Redis is there', async () => {
    await server.kill()
    const { a, b, link } = await pair()
    send(link, ['early'])
    await until(() => expect(a.errors.length).toBeGreaterThan(1))
    expect(a.errors[0]?.message).toMatch(/ECONNREFUSED/)
    expect(link.bufferedBytes).toBeGreaterThan(0)
    await server.start()
    await until(() => expect(b.got).toEqual(['early']))
  })

  it('give up connections to a Redis that doesn’t answer, and go on when it does', async () => {
    const { a, b, link } = await pair()
    send(link, ['before'])
    await until(() => expect(b.got).toEqual(['before']))
    server.pause()
    send(link, ['meanwhile'])
    await until(() => expect(a.errors.some(({ message }) => message.includes("hasn't answered"))).toBe(true))
    server.goOn()
    send(link, ['after'])
    await until(() => expect(b.got).toEqual(['before', 'meanwhile', 'after']))
  })

  it('go on after Redis has refused what they sent', async () => {
    const { a, b, link } = await pair()
    await until(() => expect(a.wire.isOpen).toBe(true))
    const redis = new Redis(server.url)
    await redis.config('SET', 'maxmemory', '1')
    send(link, ['refused at first'])
    await until(() => expect(a.errors.length).toBeGreaterThan(0))
    await redis.config('SET', 'maxmemory', '0')
    await until(() => expect(b.got).toEqual(['refused at first']))
    expect(String(a.errors[0])).toMatch(/OOM|EXECABORT/)
    redis.disconnect()
  })

  it('survive that all connections are cut, time and again', async () => {
    const { a, b, link } = await pair()
    const redis = new Redis(server.url)
    for (let round = 0; round < 10; round += 1) {
      send(link, texts(50, round * 50))
      if (round % 2 === 0) await until(() => expect(b.got.length).toBeGreaterThan(round * 50))
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    }
    await until(() => expect(b.got).toHaveLength(500))
    expect(b.got).toEqual(texts(500))
    // One reader each, as at the beginning.
    await until(async () => {
      const clients = String(await redis.call('CLIENT', 'LIST'))
      expect(clients.match(/cmd=blpop/g)).toHaveLength(2)
    })
    expect([...a.ends, ...b.ends]).toEqual([])
    redis.disconnect()
  })

  it('hold no process, unless they are told to (D30)', async () => {
    for (const url of [server.url, 'redis://127.0.0.1:1']) {
      const idle = run('idle', url)
      expect(await idle.line()).toBe('opened')
      expect(await idle.exited).toEqual([0, null])
    }
    const held = run('held', server.url)
    expect(await held.line()).toBe('opened')
    // Its program says so after the others would have ended.
    expect(await held.line()).toBe('still here')
    held.child.kill('SIGKILL')
    await held.exited
  })
})

it('a wire by Redis without ioredis says what to install', async () => {
  const missing = run('missing', 'redis://127.0.0.1:1')
  expect(await missing.line()).toMatch(/npm install bullmq ioredis$/)
  expect(await missing.exited).toEqual([0, null])
})

const program = fileURLToPath(new URL('../../fixtures/redis-wire-idle.ts', import.meta.url))

/** A process that has a wire and nothing else. */
function run(
  how: string,
  url: string,
): { child: ChildProcess; line(): Promise<unknown>; exited: Promise<unknown> } {
  const child = spawn(process.execPath, ['--import', 'tsx', program, how, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = on(createInterface(child.stdout), 'line')
  return {
    child,
    line: async () => ((await lines.next()).value as unknown[] | undefined)?.[0],
    exited: once(child, 'exit'),
  }
}
