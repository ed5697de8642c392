// Actions in the threads of another process, by a real Redis.

import {
  double,
  givesMoved,
  measured,
  measuredHalf,
  movesAll,
  openGate,
  total,
  tracedHalf,
  whereabouts,
} from '#fixtures/cluster/actions.js'
import { transfer, type Services } from 'heddle'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

describe.skipIf(!hasRedis)(`actions on another machine${redisNote}`, () => {
  it('run in a thread of a host, as do their children, and none is started here', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ threads: 2, name: 'one' })
    const { cluster, runtime } = fixture.connect()
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    await expect(runtime.run(total, [1, 2, 3])).resolves.toBe(12)
    expect(runtime.stats().threads).toBe(0)
    const [host, ...others] = await cluster.hosts()
    expect(others).toEqual([])
    expect(host).toMatchObject({
      name: 'one',
      builds: ['heddle@0.1.0'],
      compatible: true,
      threads: 2,
      labels: [],
      draining: false,
    })
  })

  it('wait for a host for as long as there is none, without a request that nobody wants any more (D17)', async () => {
    await using fixture = await ClusterFixture.start()
    const { cluster, runtime } = fixture.connect()
    const waiting = runtime.run(whereabouts)
    await expect.poll(() => cluster.stats().lanes.wanted).toBe(1)
    expect(waiting.phase).toBe('queued')
    const worker = await fixture.worker()
    await expect(waiting).resolves.toBe(worker.pid)
    await expect.poll(() => cluster.stats().lanes).toEqual({ wanted: 0, starting: 0, open: 0 })
  })

  it('report, and are aborted and killed there (S2, S6)', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const { runtime } = fixture.connect()
    const waiting = fixture.run(runtime, 'waiting', 'wait')
    await firstReport(waiting)
    waiting.cancel('enough')
    await expect(waiting.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(await fixture.has('waiting', 'aborted')).toBe(true)
    const ignoring = fixture.run(runtime, 'ignoring', 'ignore')
    await firstReport(ignoring)
    ignoring.cancel('enough')
    await expect(ignoring.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    await expect(runtime.run(double, 4)).resolves.toBe(8)
  })

  it('keep what they send marked to be moved, and the app does: it is copied (D7)', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    const lengths = { of: (bytes: Uint8Array) => bytes.byteLength }
    const { runtime } = fixture.connect({}, { services: { lengths } as unknown as Services })
    const bytes = transfer(new Uint8Array(8))
    await expect(runtime.run(measured, bytes)).resolves.toEqual([8, worker.pid])
    expect(bytes).toHaveLength(8)
    await expect(runtime.run(givesMoved)).resolves.toHaveLength(8)
    await expect(runtime.run(movesAll)).resolves.toEqual([8, 8, 8, 8, 8, 8, 8])
  })

  it('whose input is marked to be moved begin on another lane, if they had not begun on one that is lost (D7)', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    const { runtime } = fixture.connect()
    const computing = runtime.run(tracedHalf, fixture.traced('computing', 'ignore'))
    await firstReport(computing)
    const waiting = runtime.run(measuredHalf, transfer(new Uint8Array(8)))
    await expect.poll(() => runtime.stats().lanes.some(({ inFlight }) => inFlight === 2)).toBe(true)
    computing.cancel()
    await expect(computing.settled()).resolves.toMatchObject({ how: 'forced' })
    await expect(waiting).resolves.toEqual([8, worker.pid])
  })

  it('say where they are lost, when they end their thread', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    await expect(fixture.run(runtime, 'exiting', 'exit').settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'exited', host: 'one' },
    })
  })

  it('hold the process of their app for as long as they live, and no longer (D30)', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const owner = await fixture.owner()
    owner.send(fixture.traced('one', 'gate'))
    await expect.poll(() => fixture.has('one', 'started')).toBe(true)
    owner.send('leave')
    openGate(fixture.folder.path('.'), 'one')
    await expect(owner.exit()).resolves.toBe(0)
    expect(await fixture.has('one', 'returned')).toBe(true)
  })

  it('go to a host that starts when the app has asked a Redis that was away', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.redis.kill()
    const { cluster, runtime } = fixture.connect()
    const waiting = runtime.run(whereabouts)
    await expect(cluster.hosts()).rejects.toThrow(/Redis hasn't answered/)
    expect(waiting.phase).toBe('queued')
    await fixture.redis.start()
    const worker = await fixture.worker()
    await expect(waiting).resolves.toBe(worker.pid)
  })
})
