// Commands on hosts: programs that a worker starts, and that end with it, or with whoever wanted them.

import { script } from '#fixtures/commands.js'
import { whereabouts } from '#fixtures/cluster/actions.js'
import { isRunning, parentOf } from '#fixtures/processes.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport, SHORT } from '../support/cluster.js'
import { reported } from '../support/events.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const ACTIONS = ['commands.js', 'cluster/actions.js'].map(
  (file) => new URL(`../../build/test/fixtures/${file}`, import.meta.url).href,
)
const STUBBORN = 'trap "" TERM; echo "[$$,$PPID]"; while :; do sleep 0.01; done'

const on = 'cluster'

describe.skipIf(!hasRedis || process.platform !== 'linux')(`a command on a host${redisNote}`, () => {
  it("is a program of the worker's, beside what runs in all of its threads", async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ actions: ACTIONS, threads: 1 })
    const { cluster, runtime } = fixture.connect()
    const busy = fixture.run(runtime, 'busy', 'wait')
    await firstReport(busy)
    const program = runtime.run(script, { SCRIPT: STUBBORN }, { on, graceMs: 100 })
    const other = runtime.run(script, { SCRIPT: 'echo \'"other"\'' }, { on })
    await expect(other).resolves.toBe('other')
    await reported(program)
    const [pid, supervisor] = program.lastReport as [number, number]
    expect(parentOf(supervisor)).toBe(worker.pid)
    await expect.poll(async () => (await cluster.hosts())[0]).toMatchObject({ threads: 1, busy: 1 })
    program.cancel('enough')
    await expect(program.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    expect(isRunning(pid)).toBe(false)
    busy.cancel()
    await busy.settled()
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.pid)
  })

  it('ends with the worker, and is lost with it (D12)', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const worker = await fixture.worker({ actions: ACTIONS })
    const { runtime } = fixture.connect()
    const program = runtime.run(script, { SCRIPT: 'echo "[$$]"; sleep 300 & wait' }, { on })
    await reported(program)
    const [pid] = program.lastReport as [number]
    const settled = program.settled()
    await worker.kill()
    await expect.poll(() => isRunning(pid)).toBe(false)
    await expect(settled).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-lost' },
    })
  })

  it('is ended by a worker that leaves, once it has had its time (D29)', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker({ actions: ACTIONS, drainMs: 100 })
    const { runtime } = fixture.connect()
    const program = runtime.run(script, { SCRIPT: STUBBORN }, { on })
    await reported(program)
    const [pid] = program.lastReport as [number, number]
    const settled = program.settled()
    worker.send('drain')
    await expect(worker.exit()).resolves.toBe(1)
    expect(isRunning(pid)).toBe(false)
    await expect(settled).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-drained' },
    })
  })
})
