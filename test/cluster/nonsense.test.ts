// Apps that have the secret, and say what makes no sense: a host gives them up, and goes on for all others (D8).

import { serialize } from 'node:v8'
import { double } from '#fixtures/cluster/actions.js'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { describe, it } from 'vitest'
import { queueOf } from '../../src/cluster/build.js'
import { newInstance, Seal, type LinkMessage } from '../../src/cluster/link/frame.js'
import { Links } from '../../src/cluster/link/links.js'
import { RedisWire } from '../../src/cluster/link/redis-wire.js'
import { worldClock } from '../../src/cluster/link/wire.js'
import { decodeLaneMessage, encodeLaneMessage, type FromLane } from '../../src/cluster/lane-messages.js'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const QUEUE = queueOf('heddle@0.1.0', undefined)
const TAKE = encodeLaneMessage(1, { type: 'take', epochMs: 0, turn: 1 }, Infinity)

/** What an app says once it is offered a lane. */
const NONSENSE: { readonly [name: string]: readonly LinkMessage[] } = {
  'a head that is none': [[Buffer.from('nonsense')]],
  'a head that is something else': [[serialize(null)]],
  'a head without a message': [[serialize([1, undefined])]],
  'a message without tickets': [TAKE, [serialize([1, { type: 'takeBack' }])]],
}

/** Asks for a lane, and says that; resolves when its host has given it up. */
async function sayTo(
  { redis, prefix, options }: ClusterFixture,
  words: readonly LinkMessage[],
): Promise<void> {
  const instance = newInstance()
  const client = new Redis(redis.url)
  const wire = new RedisWire({ redis: redis.url, prefix, instance, clock: worldClock, onError: () => {} })
  const queue = new Queue(QUEUE, { connection: { url: redis.url }, prefix })
  let resolveGone = (): void => {}
  const gone = new Promise<void>((resolve) => (resolveGone = resolve))
  const links = new Links({
    instance,
    wire,
    clock: worldClock,
    seal: new Seal([options.secret as string]),
    leaseMs: 60_000,
    maxBufferedBytes: Infinity,
    accept: () => (link) => ({
      onMessage(message) {
        const { type } = decodeLaneMessage<FromLane>(message, Infinity).message
        if (type === 'offer') for (const word of words) link.send(word)
        if (type === 'gone') resolveGone()
      },
      onEnd: () => resolveGone(),
    }),
    warn: () => {},
  })
  await wire.open()
  await client.set(`${prefix}:owner:${instance}`, '1')
  await queue.add('lane', { owner: instance, lane: 1 }, { priority: 1 })
  await gone
  links.close()
  wire.close()
  client.disconnect()
  await queue.close()
}

describe.skipIf(!hasRedis)(`a host${redisNote}`, () => {
  it.for(Object.entries(NONSENSE))(
    'gives up who says %s, and serves the others',
    async ([, words], { expect }) => {
      await using fixture = await ClusterFixture.start()
      const worker = await fixture.worker({ threads: 2 })
      const { runtime } = fixture.connect()
      const run = fixture.run(runtime, 'running', 'gate')
      await firstReport(run)
      await sayTo(fixture, words)
      expect(worker.stderr).toContain('what it says makes no sense')
      await expect(runtime.run(double, 4)).resolves.toBe(8)
      fixture.open('running')
      await expect(run).resolves.toBe('running')
    },
  )
})
