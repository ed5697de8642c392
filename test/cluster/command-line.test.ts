// `heddle worker` and `heddle hosts`.

import { fileURLToPath } from 'node:url'
import { heapLimits, openGate, whereabouts } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { startFile, type Program } from '../support/program.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const MAIN = new URL('../../dist/src/cli/main.js', import.meta.url)
const ACTIONS = fileURLToPath(new URL('../../build/test/fixtures/cluster/actions.js', import.meta.url))

function command(fixture: ClusterFixture, ...args: readonly string[]): Program {
  const { redis, secret } = fixture.options as { readonly redis: string; readonly secret: string }
  return startFile(MAIN, { args, env: { REDIS_URL: redis, HEDDLE_SECRET: secret } })
}

describe.skipIf(!hasRedis)(`heddle worker${redisNote}`, () => {
  it('lends threads until SIGTERM, lets what runs end, and exits with 0', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = command(fixture, 'worker', ACTIONS, '--threads', '1', '--name', 'one', '--lease', '2m')
    await worker.warns('one')
    const { runtime } = fixture.connect()
    await expect(runtime.run(whereabouts)).resolves.toBe(worker.child.pid)
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    worker.child.kill('SIGTERM')
    await worker.warns('stopping: 1 threads are lent')
    openGate(fixture.folder.path('.'), 'running')
    await expect(run).resolves.toBe('running')
    await expect(worker.ended).resolves.toMatchObject({ code: 0 })
  })

  it('ends at once on a second SIGTERM, and says by its exit code that something was cut off', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = command(fixture, 'worker', ACTIONS, '--threads', '1', '--name', 'one')
    await worker.warns('one')
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'ignore')
    await firstReport(run)
    const settled = run.settled()
    worker.child.kill('SIGTERM')
    await worker.warns('stopping')
    worker.child.kill('SIGTERM')
    await expect(worker.ended).resolves.toMatchObject({ code: 1 })
    await expect(settled).resolves.toMatchObject({ status: 'failed', error: { loss: 'host-drained' } })
  })

  it('bounds all of the heap of its threads', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = command(fixture, 'worker', ACTIONS, '--threads', '1', '--name', 'one', '--heap', '80')
    await worker.warns('one')
    const { runtime } = fixture.connect()
    await expect(runtime.run(heapLimits)).resolves.toEqual([16, 64])
    worker.child.kill('SIGTERM')
    await worker.ended
  })

  it('says what is wrong with how it is called', async () => {
    await using fixture = await ClusterFixture.start()
    const { redis } = fixture.options as { readonly redis: string }
    for (const [args, words] of [
      [[ACTIONS, '--lease', '1s'], 'leaseMs'],
      [[ACTIONS, '--labels', 'GPU'], 'labels'],
      [['./nowhere.js'], 'there is no module'],
      [[ACTIONS, '--redis', redis.replace('127.0.0.1', 'redis.internal'), '--prefix', 'P'], 'prefix'],
    ] as const) {
      const { code, stderr } = await command(fixture, 'worker', ...args).ended
      expect(stderr).toContain(words)
      expect(code).toBe(2)
    }
  })
})

describe.skipIf(!hasRedis)(`heddle hosts${redisNote}`, () => {
  it('lists who is there', async () => {
    await using fixture = await ClusterFixture.start()
    await expect(command(fixture, 'hosts').ended).resolves.toMatchObject({
      code: 0,
      stderr: expect.stringContaining('no worker is there') as string,
    })
    await fixture.worker({ name: 'one', labels: ['gpu'], threads: 3 })
    await expect
      .poll(async () => (await command(fixture, 'hosts').ended).stdout)
      .toMatch(/one .* heddle@0\.1\.0 +0\/3 +gpu +0 .*ready/)
    const { stdout } = await command(fixture, 'hosts', '--json').ended
    expect(JSON.parse(stdout)).toMatchObject({ name: 'one', threads: 3, compatible: true })
  })
})
