// Hosts, owners and a Redis that do nothing for a while, and then go on as if nothing had been (zombies).

import { whereabouts } from '#fixtures/cluster/actions.js'
import type { ToldEnd } from '#fixtures/cluster/owner.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ClusterFixture, ends, firstReport, SHORT, type ClusterProcess } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote, RedisServer } from '../support/redis-server.js'

const LOST = { status: 'failed', error: { code: 'ThreadLostError', loss: 'host-lost', host: 'one' } }
const TOLD_LOST = { status: 'failed', loss: 'host-lost', ends: 1 }

let shared: RedisServer

beforeAll(async () => {
  if (hasRedis) shared = await RedisServer.start()
})
afterAll(() => shared?.kill())

describe.skipIf(!hasRedis)(`a host that is frozen${redisNote}`, { concurrent: true }, () => {
  it('for less than a quarter of the lease: what runs there goes on', async ({ expect }) => {
    await using fixture = await ClusterFixture.start({ redis: shared })
    const worker = await fixture.worker()
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    worker.freeze()
    fixture.open('running')
    await fixture.rest()
    worker.goOn()
    await expect(run).resolves.toBe('running')
  })

  it('for more than half of it: it aborts what runs there as it wakes, which is lost', async ({ expect }) => {
    await using fixture = await ClusterFixture.start({ ...SHORT, redis: shared })
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    worker.freeze()
    await sleep(0.6 * fixture.leaseMs)
    worker.goOn()
    await expect(run.settled()).resolves.toMatchObject(LOST)
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
    expect(await fixture.has('running', 'returned')).toBe(false)
  })

  it('for longer: what ran there is lost once, stops when the host wakes, and the host serves again', async ({
    expect,
  }) => {
    await using fixture = await ClusterFixture.start({ ...SHORT, redis: shared })
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'zombie', 'ignore')
    await firstReport(run)
    worker.freeze()
    await expect(run.settled()).resolves.toMatchObject(LOST)
    worker.goOn()
    // It has one thread: it can only be had when the zombie is dead.
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    const before = await fixture.traces('zombie')
    await runtime.run(whereabouts)
    expect(await fixture.traces('zombie')).toHaveLength(before.length)
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
  })
})

/** What is said where a test fails. */
function scene({ process, stderr }: ClusterProcess, frozenAt: number): string {
  const { exitCode, signalCode } = process
  return `frozen at ${frozenAt}, now ${Date.now()}; the host ended with ${exitCode ?? signalCode}: ${stderr}`
}

describe.skipIf(!hasRedis)(`an owner that is frozen${redisNote}`, { concurrent: true }, () => {
  it('for less than half of the lease: what runs for it goes on', async ({ expect }) => {
    await using fixture = await ClusterFixture.start({ redis: shared })
    await fixture.worker()
    const owner = await fixture.owner()
    owner.send(fixture.traced('running', 'gate'))
    await expect.poll(() => fixture.has('running', 'started')).toBe(true)
    owner.freeze()
    fixture.open('running')
    await expect.poll(() => fixture.has('running', 'returned')).toBe(true)
    owner.goOn()
    await expect(owner.hears<ToldEnd>('ended')).resolves.toMatchObject({ status: 'succeeded', ends: 1 })
  })

  it.for([
    ['more than half of it', 0.6],
    ['longer than all of it', 1.3],
  ] as const)(
    'for %s: what runs for it is aborted, and it is told once that this is lost',
    async ([, share], { expect }) => {
      await using fixture = await ClusterFixture.start({ leaseMs: 20_000, redis: shared })
      const worker = await fixture.worker({ name: 'one' })
      const owner = await fixture.owner()
      owner.send(fixture.traced('running', 'gate'))
      await expect.poll(() => fixture.has('running', 'started')).toBe(true)
      const frozenAt = Date.now()
      owner.freeze()
      await sleep(share * fixture.leaseMs)
      owner.goOn()
      await expect(owner.hears<ToldEnd>('ended')).resolves.toMatchObject(TOLD_LOST)
      const traces = await fixture.traces('running')
      // A machine that starts many processes at once was seen to give a host no turn from then until the kill: who has none isn't told.
      const goesOn = traces.filter(({ at }) => at > frozenAt + 0.5 * fixture.leaseMs + 1000)
      if (!traces.some(({ word }) => word === 'aborted')) expect(goesOn, scene(worker, frozenAt)).toEqual([])
      expect(await fixture.lastTrace('running')).toBeLessThan(frozenAt + fixture.leaseMs)
      const { runtime } = fixture.connect()
      await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    },
  )
})

describe.skipIf(!hasRedis)(`a Redis that is frozen${redisNote}`, { concurrent: true }, () => {
  it('for less than half of the lease: nothing has happened', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    fixture.redis.pause()
    fixture.open('running')
    await expect.poll(() => fixture.has('running', 'returned')).toBe(true)
    fixture.redis.goOn()
    await expect(run).resolves.toBe('running')
  })

  it('for longer than all of it: what ran is lost, and had stopped', async ({ expect }) => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ name: 'one' })
    const { runtime } = fixture.connect()
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'running', 'ignore')
    await firstReport(run)
    fixture.redis.pause()
    await expect(run.settled()).resolves.toMatchObject(LOST)
    const stopped = await fixture.traces('running')
    fixture.redis.goOn()
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    expect(await fixture.traces('running')).toHaveLength(stopped.length)
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
  })
})
