// Hosts that do nothing for a while, and then go on as if nothing had been (zombies).

import { openGate, whereabouts } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, ends, firstReport, SHORT } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

describe.skipIf(!hasRedis)(`a host that is frozen${redisNote}`, () => {
  it('for less than the lease: what runs there goes on', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    worker.freeze()
    openGate(fixture.folder.path('.'), 'running')
    await fixture.rest()
    worker.goOn()
    await expect(run).resolves.toBe('running')
  })

  it('for longer: what ran there is lost once, stops when the host wakes, and the host serves again', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'zombie', 'ignore')
    await firstReport(run)
    worker.freeze()
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-lost', host: 'one' },
    })
    worker.goOn()
    // It has one thread: it can only be had when the zombie is dead.
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    const before = await fixture.traces('zombie')
    await runtime.run(whereabouts)
    expect(await fixture.traces('zombie')).toHaveLength(before.length)
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
  })
})
