// Hosts that are told to leave (D29), and threads that several apps want (D18).

import { openGate, whereabouts } from '#fixtures/cluster/actions.js'
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

  it('ends at once when nothing of it is lent', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    worker.send('drain')
    await expect(worker.exit()).resolves.toBe(0)
  })
})

describe.skipIf(!hasRedis)(`the one thread of a host${redisNote}`, () => {
  it('goes from one app to another and back, though neither ever rests', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const turns: string[] = []
    const apps = ['a', 'b'].map((name) => ({ name, ...fixture.connect({ maxLanes: 1 }) }))
    const isOver = (): boolean => turns.length >= 4
    await Promise.all(
      apps.map(async ({ name, runtime }) => {
        while (!isOver()) {
          await runtime.run(whereabouts)
          if (turns.at(-1) !== name) turns.push(name)
        }
      }),
    )
    expect(turns.slice(0, 4).join('')).toMatch(/^(?:abab|baba)$/)
  })
})
