// What a host serves, what it loads for that, and what stays the app's.

import { checkedTwice, isApp, openGate, traced, whereabouts } from '#fixtures/cluster/actions.js'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport, SHORT } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const LITTLE = new URL('../../build/test/fixtures/cluster/little.js', import.meta.url).href

describe.skipIf(!hasRedis)(`what a host serves${redisNote}`, () => {
  it('is what its modules define: another action goes back, uncounted, and to a host that has it (D2)', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'less', actions: [LITTLE] })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(whereabouts)
    const told = (): string =>
      recorder.events.flatMap((event) => (event.type === 'log' ? [event.message] : [])).join()
    await expect.poll(told).toContain('less refuses')
    expect(run.phase).toBe('queued')
    const worker = await fixture.worker({ name: 'more' })
    await expect(run).resolves.toBe(worker.pid)
    expect(run.actions()).toMatchObject([{ attempt: 1, host: 'more' }])
    expect(recorder.events.filter(({ type }) => type === 'retry')).toEqual([])
  })

  it('is loaded for its actions alone, and not as an app (D3)', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const { runtime } = fixture.connect()
    await expect(runtime.run(isApp)).resolves.toBe(false)
  })

  it('has its schemas checked there, and its options kept by the app (D4)', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    const { runtime } = fixture.connect()
    const run = runtime.run(checkedTwice, 0)
    await expect(run).resolves.toEqual([worker.pid, worker.pid, 2])
    const late = runtime.run(traced, fixture.traced('late', 'gate'), { timeout: 500 })
    await expect(late.settled()).resolves.toMatchObject({ status: 'timedOut', error: { limitMs: 500 } })
  })

  it('goes on where the queue has lost the lock of its lane (D21)', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    await fixture.worker()
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'gated', 'gate')
    await firstReport(run)
    const redis = new Redis(fixture.redis.url)
    const until = Date.now() + 2 * fixture.leaseMs
    let locks = 0
    while (Date.now() < until) {
      const keys = await redis.keys('*:lock')
      if (keys.length > 0) locks += await redis.del(keys)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    redis.disconnect()
    expect(locks).toBeGreaterThan(0)
    expect(run.phase).toBe('running')
    openGate(fixture.folder.path('.'), 'gated')
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded' })
    expect(run.actions()).toMatchObject([{ attempt: 1 }])
  })
})
