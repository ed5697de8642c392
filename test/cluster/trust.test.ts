// Who isn't to be believed: those without the secret, of another build, and whoever writes into Redis himself (2.4).

import { randomBytes } from 'node:crypto'
import { double } from '#fixtures/cluster/actions.js'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { queueOf } from '../../src/cluster/build.js'
import { newInstance, Seal, writeFrame, type Frame } from '../../src/cluster/link/frame.js'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const QUEUE = queueOf('heddle@0.1.0', undefined)

/** What is in a list of instances' keys. */
async function instanceOf(redis: Redis, kind: 'owner' | 'host'): Promise<string> {
  const [key = ''] = await redis.keys(`heddle:${kind}:*`)
  return key.split(':').at(-1) as string
}

describe.skipIf(!hasRedis)(`a host${redisNote}`, () => {
  it('is not used by an app with another secret, which says why', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'one' })
    const { cluster, runtime } = fixture.connect({ secret: 'another one of sixteen bytes' })
    const run = runtime.run(double, 4)
    await expect.poll(() => cluster.stats().refused).toBeGreaterThan(0)
    await expect(cluster.hosts()).resolves.toMatchObject([
      { compatible: false, why: expect.stringContaining('secret') as string },
    ])
    expect(run.phase).toBe('queued')
    const known = fixture.connect()
    await expect(known.runtime.run(double, 4)).resolves.toBe(8)
    expect(run.phase).toBe('queued')
  })

  it('is used by apps with either secret, while one replaces the other', async () => {
    await using fixture = await ClusterFixture.start()
    const [old, fresh] = ['the old secret, 16 bytes', 'the new secret, 16 bytes']
    await fixture.worker({ secret: [fresh, old] })
    for (const secret of [[fresh], [old, fresh]]) {
      const { runtime } = fixture.connect({ secret })
      await expect(runtime.run(double, 4)).resolves.toBe(8)
      await runtime.close()
    }
  })

  it('is not used by an app of another build, which sees it', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ build: 'theirs' })
    const { cluster, runtime } = fixture.connect({ build: 'ours' })
    const run = runtime.run(double, 4)
    await expect.poll(() => fixture.requests()).toBe(1)
    await expect
      .poll(() => cluster.hosts())
      .toMatchObject([{ compatible: false, why: 'it serves theirs; this app asks for ours' }])
    expect(run.phase).toBe('queued')
    await fixture.worker({ build: 'ours' })
    await expect(run).resolves.toBe(8)
  })

  it('passes over jobs that are nobody’s', async () => {
    await using fixture = await ClusterFixture.start()
    const queue = new Queue(QUEUE, { connection: { url: fixture.redis.url }, prefix: 'heddle' })
    for (const data of [null, 'x', { owner: '../x', lane: 1 }, { owner: newInstance(), lane: 1 }]) {
      await queue.add('lane', data, { priority: 1 })
    }
    await fixture.worker()
    const { runtime } = fixture.connect()
    await expect(runtime.run(double, 4)).resolves.toBe(8)
    await queue.close()
  })
})

describe.skipIf(!hasRedis)(`an app${redisNote}`, () => {
  it('refuses frames that are not sealed by the secret, and goes on', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const { cluster, runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'wait')
    await firstReport(run)
    const redis = new Redis(fixture.redis.url)
    const [owner, host] = [await instanceOf(redis, 'owner'), await instanceOf(redis, 'host')]
    const forged: Frame = {
      from: host,
      fromLink: 1,
      to: owner,
      toLink: 0,
      seq: 1,
      ack: 0,
      isBeat: false,
      isOver: true,
      sentAt: 1e9,
      heardSentAt: Number.NaN,
      heardMs: 0,
      epochOffset: 0,
      leaseMs: 1000,
      messages: [],
    }
    const before = cluster.stats().refused
    const frames = [
      randomBytes(200),
      Buffer.alloc(1024 * 1024),
      Buffer.from(writeFrame(forged, new Seal([]))),
      Buffer.from(writeFrame(forged, new Seal(['another one of sixteen bytes']))),
    ]
    for (const inbox of [owner, host]) await redis.rpush(`heddle:in:${inbox}`, ...frames)
    redis.disconnect()
    await expect.poll(() => cluster.stats().refused).toBe(before + frames.length)
    expect(run.phase).toBe('running')
    run.cancel()
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
  })
})
