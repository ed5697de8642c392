// A network that fails between a host or an owner and Redis, as TCP fails: nothing is lost while the lease holds, nothing happens
// twice, and past the lease what ran is lost on both sides.

import { double, tracedHalf, whereabouts } from '#fixtures/cluster/actions.js'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ClusterFixture, ends, firstReport, SHORT } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote, RedisServer } from '../support/redis-server.js'
import { TcpProxy, type Direction } from '../support/tcp-proxy.js'

const LOST = { status: 'failed', error: { code: 'ThreadLostError', loss: 'host-lost', host: 'one' } }
const SIDES = ['the host', 'the owner'] as const
type Side = (typeof SIDES)[number]

let shared: RedisServer

beforeAll(async () => {
  if (hasRedis) shared = await RedisServer.start()
})
afterAll(() => shared?.kill())

/** A host `one` and an owner, of which one reaches Redis by a way that fails. */
async function over(side: Side, leases: { readonly leaseMs?: number } = {}) {
  const fixture = await ClusterFixture.start({ ...leases, redis: shared })
  const wire = await TcpProxy.start(shared.port)
  const by = { redis: wire.url }
  const worker = await fixture.worker({ name: 'one', ...(side === 'the host' && by) })
  const { cluster, runtime } = fixture.connect(side === 'the owner' ? by : {})
  const recorder = new EventRecorder(runtime)
  return {
    fixture,
    wire,
    worker,
    cluster,
    runtime,
    recorder,
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]()
      await wire[Symbol.asyncDispose]()
    },
  }
}

describe.skipIf(!hasRedis)(`a network${redisNote}`, { concurrent: true }, () => {
  it.for(SIDES)(
    'that drops connections of %s again and again: each action ends once, and well',
    async (side, { expect }) => {
      await using scene = await over(side)
      const { fixture, wire, runtime, recorder } = scene
      const run = fixture.run(runtime, 'running', 'gate')
      await firstReport(run)
      fixture.open('running')
      const runs = Array.from({ length: 200 }, (_, n) => runtime.run(double, n))
      for (let cuts = 0; cuts < 10; cuts += 1) {
        wire.cut()
        await fixture.rest()
        runs.push(runtime.run(double, 200 + cuts))
      }
      await expect(Promise.all(runs)).resolves.toEqual(runs.map((_, n) => 2 * n))
      await expect(run).resolves.toBe('running')
      for (const one of [run, ...runs]) await expect.poll(() => ends(recorder, one)).toHaveLength(1)
    },
  )

  it.for(SIDES)(
    'to which %s can’t connect for a while: what it has begun goes on, and is told later',
    async (side, { expect }) => {
      await using scene = await over(side)
      const { fixture, wire, runtime, recorder } = scene
      const run = fixture.run(runtime, 'running', 'gate')
      await firstReport(run)
      wire.down(true)
      fixture.open('running')
      await expect.poll(() => fixture.has('running', 'returned')).toBe(true)
      await fixture.rest()
      expect(run.phase).toBe('running')
      wire.down(false)
      await expect(run).resolves.toBe('running')
      await expect.poll(() => ends(recorder, run)).toHaveLength(1)
    },
  )

  it.for(SIDES)(
    'that loses the other end of connections of %s, and doesn’t say so: it finds out, and goes on',
    async (side, { expect }) => {
      await using scene = await over(side)
      const { cluster, fixture, wire, runtime, recorder } = scene
      const run = fixture.run(runtime, 'running', 'gate')
      await firstReport(run)
      wire.halfOpen()
      fixture.open('running')
      await expect(run).resolves.toBe('running')
      await expect.poll(() => ends(recorder, run)).toHaveLength(1)
      // By another thread, for which the other connections are needed.
      await expect.poll(() => cluster.stats().lanes.open).toBe(0)
      wire.halfOpen()
      await expect(runtime.run(double, 4)).resolves.toBe(8)
    },
  )

  it.for(SIDES)(
    'that takes 50 ms each way to %s: all goes as ever, and the round trip is told',
    async (side, { expect }) => {
      await using scene = await over(side)
      const { cluster, fixture, wire, runtime } = scene
      wire.delay(50)
      const run = fixture.run(runtime, 'waiting', 'wait')
      await firstReport(run)
      run.cancel('enough')
      await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
      await expect(Promise.all([1, 2, 3].map((n) => runtime.run(double, n)))).resolves.toEqual([2, 4, 6])
      const [host] = await cluster.hosts()
      expect(host?.rttMs).toBeGreaterThanOrEqual(100)
    },
  )

  it.for(
    SIDES.flatMap((side) => (['up', 'down'] as const).map((way): readonly [Side, Direction] => [side, way])),
  )(
    'that stalls all that %s sends or hears (%s), for longer than the lease: what ran is lost, and had stopped',
    async ([side, way], { expect }) => {
      await using scene = await over(side, SHORT)
      const { fixture, wire, worker, runtime, recorder } = scene
      const run = fixture.run(runtime, 'running', 'ignore')
      await firstReport(run)
      wire.set({ [way]: 'stall' })
      await expect(run.settled()).resolves.toMatchObject(LOST)
      const stopped = await fixture.traces('running')
      wire.set('pass')
      await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
      expect(await fixture.traces('running')).toHaveLength(stopped.length)
      await expect.poll(() => ends(recorder, run)).toHaveLength(1)
    },
  )

  it.for(SIDES)('that stalls all of %s for a while: nothing has happened', async (side, { expect }) => {
    await using scene = await over(side)
    const { fixture, wire, runtime, recorder } = scene
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    wire.set('stall')
    fixture.open('running')
    await expect.poll(() => fixture.has('running', 'returned')).toBe(true)
    await fixture.rest()
    wire.set('pass')
    await expect(run).resolves.toBe('running')
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
  })

  it('that is slower with an abort than with the word that its thread is gone: nothing is started again', async ({
    expect,
  }) => {
    await using scene = await over('the host')
    const { fixture, wire, worker } = scene
    const { runtime } = fixture.connect({ maxLanes: 1 })
    const heard = new EventRecorder(runtime)
    const other = await fixture.worker({ name: 'two' })
    other.freeze()
    const computing = runtime.run(tracedHalf, fixture.traced('computing', 'ignore'))
    await expect.poll(() => fixture.has('computing', 'tick')).toBe(true)
    // It is sent to the same thread, which doesn't look.
    const waiting = runtime.run(tracedHalf, fixture.traced('waiting', 'gate'))
    await fixture.rest()
    wire.set({ down: 'stall' })
    waiting.cancel('enough', { graceMs: 60_000 })
    worker.send('close')
    await expect(computing.settled()).resolves.toMatchObject({ error: { loss: 'host-drained' } })
    other.goOn()
    await expect(waiting.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    await expect.poll(() => ends(heard, waiting)).toHaveLength(1)
    await expect(runtime.run(whereabouts)).resolves.toBe(other.pid)
    expect(await fixture.pids('waiting')).toEqual([])
  })
})
