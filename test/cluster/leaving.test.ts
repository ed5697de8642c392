// Hosts that are told to leave (D29), and lanes that take nothing new.

import { double, openGate, whereabouts } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

describe.skipIf(!hasRedis)(`a host that leaves${redisNote}`, () => {
  it('takes nothing new, lets what runs end, and cuts nothing off', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ name: 'one' })
    const { cluster, runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    worker.send('drain')
    await expect.poll(async () => (await cluster.hosts())[0]?.draining).toBe(true)
    const next = runtime.run(whereabouts)
    const other = await fixture.worker({ name: 'two' })
    await expect(next).resolves.toBe(other.pid)
    expect(run.phase).toBe('running')
    openGate(fixture.folder.path('.'), 'running')
    await expect(run).resolves.toBe('running')
    await expect(worker.exit()).resolves.toBe(0)
    expect((await cluster.hosts()).map(({ name }) => name)).toEqual(['two'])
  })

  it('aborts what has not ended in time: that is lost, and not counted where it may run twice', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ name: 'one', drainMs: 0 })
    const { runtime } = fixture.connect({ maxLanes: 2 })
    const run = fixture.run(runtime, 'again', 'gate', 'retried')
    await firstReport(run)
    worker.send('drain')
    await expect(worker.exit()).resolves.toBe(1)
    expect(await fixture.has('again', 'aborted')).toBe(true)
    const other = await fixture.worker({ name: 'two' })
    await expect.poll(async () => (await fixture.pids('again')).at(-1)).toBe(other.pid)
    openGate(fixture.folder.path('.'), 'again')
    await expect(run).resolves.toBe('again')
  })

  it('says of what it cuts off, and what may not run twice, that it has left', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ name: 'one', drainMs: 0 })
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'once', 'wait')
    await firstReport(run)
    worker.send('drain')
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-drained', host: 'one' },
    })
    await expect(worker.exit()).resolves.toBe(1)
  })

  it('gives back what has not begun: another host does it, and nothing is counted', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect({ maxLanes: 2 })
    await fixture.hold('modules')
    const loading = fixture.run(runtime, 'loading', 'gate', 'held')
    await expect.poll(() => fixture.isReached('modules')).toBe(true)
    worker.send('drain')
    await fixture.letGo('modules')
    const other = await fixture.worker({ name: 'two' })
    fixture.open('loading')
    await expect(loading).resolves.toBe('loading')
    expect(await fixture.pids('loading')).toHaveLength(1)
    expect(loading.actions()[0]).toMatchObject({ attempt: 1 })
    await expect(worker.exit()).resolves.toBe(0)
    await expect(runtime.run(whereabouts)).resolves.toBe(other.pid)
  })

  it('loses nothing of very much that is on its way', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ name: 'one' })
    await fixture.worker({ name: 'two' })
    const { runtime } = fixture.connect()
    await runtime.run(double, 0)
    const runs = Array.from({ length: 3000 }, (_, n) => runtime.run(double, n))
    await runs[500]
    worker.send('drain')
    await expect(Promise.all(runs)).resolves.toEqual(runs.map((_, n) => 2 * n))
    expect(runs.every((run) => run.actions()[0]?.attempt === 1)).toBe(true)
    await expect(worker.exit()).resolves.toBe(0)
  })

  it('ends at once when nothing of it is lent', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    worker.send('drain')
    await expect(worker.exit()).resolves.toBe(0)
  })
})

describe.skipIf(!hasRedis)(`what waits for a child on a lane that takes nothing new${redisNote}`, () => {
  it('gets it, also where the host has one thread, and the app may have one (D10)', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const { runtime } = fixture.connect({ maxLanes: 1 })
    const [stubborn, parent] = [
      fixture.run(runtime, 'stubborn', 'linger', 'half'),
      fixture.run(runtime, 'parent', 'later', 'half'),
    ]
    await Promise.all([firstReport(stubborn), firstReport(parent)])
    stubborn.cancel()
    await expect(stubborn.settled()).resolves.toMatchObject({ status: 'aborted', how: 'abandoned' })
    fixture.open('parent')
    await expect.poll(() => fixture.has('parent-child', 'started')).toBe(true)
    fixture.open('parent-child')
    await expect(parent).resolves.toBe('parent')
  })
})
