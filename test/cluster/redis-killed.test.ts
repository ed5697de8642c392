// Redis may go, and come back empty: it holds nothing that can't be lost (D28).

import { double, openGate } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, ends, firstReport, SHORT } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

describe.skipIf(!hasRedis)(`a Redis that is killed${redisNote}`, () => {
  it('and is back, empty, within the lease: nothing has happened', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ threads: 2 })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    await fixture.redis.kill()
    openGate(fixture.folder.path('.'), 'running')
    await expect.poll(() => fixture.has('running', 'returned')).toBe(true)
    const queued = Array.from({ length: 20 }, (_, n) => runtime.run(double, n))
    await fixture.redis.start()
    await expect(run).resolves.toBe('running')
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
    await expect(Promise.all(queued)).resolves.toHaveLength(20)
  })

  it('and is back after the lease: what ran is lost, and what comes then finds the host again', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'wait')
    await firstReport(run)
    await fixture.redis.kill()
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-lost', host: 'one' },
    })
    expect(await fixture.has('running', 'aborted')).toBe(true)
    await fixture.redis.start()
    await expect(runtime.run(double, 4)).resolves.toBe(8)
  })

  it('while a thread is wanted: it is asked for again', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const { cluster, runtime } = fixture.connect()
    const run = runtime.run(double, 4)
    await expect.poll(() => cluster.stats().lanes.wanted).toBe(1)
    await expect.poll(() => fixture.requests()).toBe(1)
    await fixture.redis.kill()
    await fixture.redis.start()
    await fixture.worker()
    await expect(run).resolves.toBe(8)
  })
})
