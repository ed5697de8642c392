// Named resources of hosts: actions that need them go where they are, and no more at a time than there are.

import { heldGpu, whereabouts } from '#fixtures/cluster/actions.js'
import { describe, it } from 'vitest'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

describe.skipIf(!hasRedis)(`resources of hosts${redisNote}`, { concurrent: true }, () => {
  it('are where their actions go, and each holds its own, whichever app has asked', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'plain', threads: 4 })
    const { pid } = await fixture.worker({ name: 'equipped', threads: 4, resources: { gpu: 2 } })
    const [a, b] = [fixture.connect(), fixture.connect()]
    await expect
      .poll(async () => (await a.cluster.hosts()).map(({ resources }) => resources))
      .toEqual(expect.arrayContaining([{}, { gpu: 2 }]))
    await expect(a.runtime.run(heldGpu)).resolves.toEqual([pid, { gpu: [0] }])
    const first = fixture.run(a.runtime, 'first', 'gate', 'gpu')
    const second = fixture.run(b.runtime, 'second', 'gate', 'gpu')
    await Promise.all([firstReport(first), firstReport(second)])
    const third = fixture.run(b.runtime, 'third', 'gate', 'gpu')
    // What needs none goes on meanwhile.
    await b.runtime.run(whereabouts)
    expect(third.phase).toBe('queued')
    fixture.open('second')
    await firstReport(third)
    fixture.open('third')
    fixture.open('first')
    await Promise.all([first, second, third])
    for (const name of ['first', 'second', 'third']) expect(await fixture.pids(name)).toEqual([pid])
  })

  it('are held while a child is waited for, which gets the only thread (D10)', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ resources: { gpu: 1 } })
    const { cluster, runtime } = fixture.connect()
    const parent = fixture.run(runtime, 'parent', 'park', 'gpu')
    await expect.poll(() => fixture.has('parent-child', 'started')).toBe(true)
    const other = fixture.run(runtime, 'other', 'gate', 'gpu')
    await expect.poll(() => cluster.stats().lanes.wanted).toBe(1)
    expect(other.phase).toBe('queued')
    fixture.open('parent-child')
    fixture.open('other')
    await Promise.all([parent, other])
  })

  it('are waited for by who needs more than is free, and passed over by hosts that have fewer', async ({
    expect,
  }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'small', resources: { gpu: 1 }, threads: 2 })
    const { runtime } = fixture.connect()
    const both = fixture.run(runtime, 'both', 'gate', 'gpus')
    await expect(runtime.run(heldGpu)).resolves.toMatchObject([expect.any(Number), { gpu: [0] }])
    expect(both.phase).toBe('queued')
    const { pid } = await fixture.worker({ name: 'large', resources: { gpu: 2 }, threads: 2 })
    await firstReport(both)
    fixture.open('both')
    await both
    expect(await fixture.pids('both')).toEqual([pid])
  })

  it("of the app are taken by what may run here; what it hasn't is asked for elsewhere, and that is said", async ({
    expect,
  }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'plain' })
    const equipped = fixture.connect({ on: 'anywhere' }, { resources: { gpu: 1 } })
    await expect(equipped.runtime.run(heldGpu)).resolves.toEqual([process.pid, { gpu: [0] }])
    const { runtime } = fixture.connect({ on: 'anywhere' })
    const recorder = new EventRecorder(runtime)
    const waiting = runtime.run(heldGpu)
    await expect
      .poll(() => recorder.events.flatMap((event) => (event.type === 'log' ? [event.message] : [])))
      .toEqual([expect.stringContaining('has resources { gpu: 1 }: plain has no resources')])
    const { pid } = await fixture.worker({ name: 'equipped', resources: { gpu: 1 } })
    await expect(waiting).resolves.toEqual([pid, { gpu: [0] }])
  })
})
