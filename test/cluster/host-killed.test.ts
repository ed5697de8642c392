// What comes of an action whose host is killed, at each point of its life: exactly one end, and the truth about it.

import { openGate, whereabouts } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, ends, firstReport, SHORT } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const HOST_LOST = {
  status: 'failed',
  error: { code: 'ThreadLostError', loss: 'host-lost', host: 'one' },
} as const

describe.skipIf(!hasRedis)(`a host that is killed${redisNote}`, () => {
  it('while it runs a body: that is lost, and had stopped by then; the next one goes to another host', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'running', 'wait')
    await firstReport(run)
    await worker.kill()
    const outcome = await run.settled()
    expect(outcome).toMatchObject(HOST_LOST)
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
    const other = await fixture.worker({ name: 'two' })
    await expect(runtime.run(whereabouts)).resolves.toBe(other.pid)
  })

  it('while it runs a body that may run twice: another host does it again, and it counts (D12)', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'again', 'gate', 'retried')
    await firstReport(run)
    await worker.kill()
    const other = await fixture.worker({ name: 'two' })
    await expect.poll(async () => (await fixture.pids('again')).at(-1)).toBe(other.pid)
    openGate(fixture.folder.path('.'), 'again')
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded' })
    expect(run.actions()[0]).toMatchObject({ attempt: 2 })
  })

  it('while a parent is parked there: it is lost, and its child with it', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const { runtime } = fixture.connect()
    const worker = await fixture.worker({ name: 'one', threads: 2 })
    const run = fixture.run(runtime, 'parent', 'park')
    await expect.poll(() => fixture.has('parent-child', 'started')).toBe(true)
    const recorder = new EventRecorder(runtime)
    await worker.kill()
    await expect(run.settled()).resolves.toMatchObject(HOST_LOST)
    await expect.poll(() => ends(recorder, run)).toHaveLength(2)
  })

  it('while a body cleans up after an abort: it counts as aborted, and not cooperatively', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'cleaning', 'ignore')
    await firstReport(run)
    run.cancel('enough', { graceMs: 60_000 })
    await expect.poll(() => run.phase).toBe('aborting')
    await worker.kill()
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
  })

  it('when a body has ended, and could not be told: it is lost (D11)', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'untold', 'gate')
    await firstReport(run)
    await fixture.redis.kill()
    openGate(fixture.folder.path('.'), 'untold')
    await expect.poll(() => fixture.has('untold', 'returned')).toBe(true)
    await worker.kill()
    await fixture.redis.start()
    await expect(run.settled()).resolves.toMatchObject(HOST_LOST)
  })

  it('when it has been asked for a thread and has not offered one: another host is asked', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ name: 'one' })
    worker.freeze()
    const { runtime } = fixture.connect()
    const run = runtime.run(whereabouts)
    await worker.kill()
    const other = await fixture.worker({ name: 'two' })
    await expect(run).resolves.toBe(other.pid)
  })
})
