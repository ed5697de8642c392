// What may run elsewhere, and can't: it stays here, is refused, or waits, and that is said.

import { measured, openGate, whereabouts } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

describe.skipIf(!hasRedis)(`what can't run elsewhere${redisNote}`, () => {
  it("stays here where it may, if its input can't travel or is too large, and is refused otherwise (D7)", async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    const { runtime } = fixture.connect({ on: 'anywhere', maxValueBytes: 4096 })
    const here = fixture.run(runtime, 'here', 'gate', { on: 'here' })
    await firstReport(here)
    const shared = new Uint8Array(new SharedArrayBuffer(3))
    const large = new Uint8Array(5000)
    // The thread here has work, so these are tried elsewhere.
    await expect(runtime.run(measured, large.subarray(0, 7))).resolves.toEqual([7, worker.pid])
    const waiting = [runtime.run(measured, shared), runtime.run(measured, large)]
    for (const [index, words] of [
      [0, /SharedArrayBuffer/],
      [1, /5\d\d\d bytes.*4096/],
    ] as const) {
      const refused = runtime.run(measured, [shared, large][index] as Uint8Array, { on: 'cluster' })
      const { error } = (await refused.settled()) as { error: Error & { cause?: Error } }
      expect(error).toMatchObject({ code: 'NotCloneableError' })
      expect(error.message).toMatch(words)
    }
    expect(waiting.map(({ phase }) => phase)).toEqual(['queued', 'queued'])
    openGate(fixture.folder.path('.'), 'here')
    await here
    await expect(Promise.all(waiting)).resolves.toEqual([
      [3, process.pid],
      [5000, process.pid],
    ])
  })

  it('waits while nobody serves it, which each run is told once, and who is there (D6)', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'one' })
    const { cluster, runtime } = fixture.connect({ build: 'blue' })
    const recorder = new EventRecorder(runtime)
    const first = runtime.run(whereabouts, undefined, { name: 'first' })
    const labelled = runtime.run(whereabouts, undefined, { name: 'labelled', on: { label: 'gpu' } })
    const told = (run: string): readonly string[] =>
      recorder.events.flatMap((event) =>
        event.type === 'log' && event.run === run ? [`${event.level} ${event.id} ${event.message}`] : [],
      )
    const waits = 'What is to run elsewhere waits until then'
    await expect
      .poll(() => told('first'))
      .toEqual([`warn a0 no worker serves blue: one serves heddle@0.1.0. ${waits}`])
    await expect
      .poll(() => told('labelled'))
      .toEqual([`warn a0 no worker serves blue with the label 'gpu': one serves heddle@0.1.0. ${waits}`])
    expect(await cluster.hosts()).toMatchObject([
      { name: 'one', compatible: false, why: 'it serves heddle@0.1.0; this app asks for blue' },
    ])
    // A run that comes later is told, too, and nobody again.
    const second = runtime.run(whereabouts, undefined, { name: 'second' })
    await expect.poll(() => told('second')).toHaveLength(1)
    expect(told('first')).toHaveLength(1)
    const worker = await fixture.worker({ name: 'two', build: 'blue' })
    await expect(Promise.all([first, second])).resolves.toEqual([worker.pid, worker.pid])
    labelled.cancel()
    await labelled.settled()
  })

  it('is lost, fails or is refused once the cluster is closed, each with the way out; where it may run here, it does', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker()
    const { cluster, runtime } = fixture.connect({ maxLanes: 1 })
    const running = fixture.run(runtime, 'running', 'gate')
    await firstReport(running)
    const waiting = runtime.run(whereabouts)
    // They fail before anybody waits for them.
    const ends = Promise.all([running.settled(), waiting.settled()])
    await expect.poll(async () => (await cluster.hosts()).length).toBe(1)
    await cluster.close()
    const closed = 'its cluster is closed: close it after the runtimes that use it'
    await expect(ends).resolves.toMatchObject([
      { status: 'failed', error: { loss: 'host-lost' } },
      {
        status: 'failed',
        error: { loss: 'failed-to-start', message: expect.stringContaining(closed) as string },
      },
    ])
    await expect(runtime.run(whereabouts)).rejects.toThrow(closed)
    await expect(runtime.run(whereabouts, undefined, { on: 'anywhere' })).resolves.toBe(process.pid)
    await expect(cluster.hosts()).rejects.toThrow('the cluster is closed')
  })
})
