// What an owner leaves behind that is killed: nothing of its runs' goes on, and its threads are there for others (D27).

import { whereabouts } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, SHORT } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

describe.skipIf(!hasRedis)(`an owner that is killed${redisNote}`, () => {
  it('while a body waits on a host: that is aborted there, and its thread serves another owner', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker()
    const owner = await fixture.owner()
    owner.send(fixture.traced('waiting', 'wait'))
    await expect.poll(() => fixture.has('waiting', 'started')).toBe(true)
    await owner.kill()
    await expect.poll(() => fixture.has('waiting', 'aborted')).toBe(true)
    const { runtime } = fixture.connect()
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
  })

  it('while a body computes and hears nothing: its thread is killed', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker()
    const owner = await fixture.owner()
    owner.send(fixture.traced('computing', 'ignore'))
    await expect.poll(() => fixture.has('computing', 'tick')).toBe(true)
    await owner.kill()
    const { runtime } = fixture.connect()
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    const before = await fixture.traces('computing')
    await runtime.run(whereabouts)
    expect(await fixture.traces('computing')).toHaveLength(before.length)
  })

  it('while a parent is parked and its child runs: both end', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    await fixture.worker({ threads: 2 })
    const owner = await fixture.owner()
    owner.send(fixture.traced('parent', 'park'))
    await expect.poll(() => fixture.has('parent-child', 'started')).toBe(true)
    await owner.kill()
    await expect.poll(() => fixture.has('parent', 'aborted')).toBe(true)
    await expect.poll(() => fixture.has('parent-child', 'aborted')).toBe(true)
  })

  it('while it waits for a host: the host that starts then passes its requests over', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const owner = await fixture.owner()
    for (const name of ['a', 'b', 'c', 'd']) owner.send(fixture.traced(name, 'wait'))
    const { cluster, runtime } = fixture.connect()
    await expect.poll(() => fixture.requests()).toBeGreaterThanOrEqual(1)
    await owner.kill()
    const worker = await fixture.worker()
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
    expect(cluster.stats().lanes.open).toBe(1)
    expect(await fixture.has('a', 'started')).toBe(false)
  })
})
