// What an operator sees of other machines: counts, metrics, the API, and the command line.

import { openGate } from '#fixtures/cluster/actions.js'
import { createClient, type TraceFile } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { createCommandLine } from '../support/command-line.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

/** The value of a metric; `undefined` where it has none. */
async function metric(text: Promise<string>, name: string): Promise<number | undefined> {
  const line = (await text).split('\n').find((one) => one.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length))
}

describe.skipIf(!hasRedis)(`other machines${redisNote}`, () => {
  it('are counted, with the threads that are missing, in statistics and metrics', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'one' })
    const { cluster, runtime } = fixture.connect()
    const value = (name: string): Promise<number | undefined> =>
      metric(runtime.metrics(), `heddle_cluster_${name}`)
    // Nobody who only looks connects.
    expect(await value('hosts{compatible="true"}')).toBeUndefined()
    expect(await value('lanes{state="wanted",label="any"}')).toBe(0)
    expect(await value('rtt_seconds')).toBeUndefined()
    const first = fixture.run(runtime, 'first', 'gate')
    await firstReport(first)
    const second = fixture.run(runtime, 'second', 'gate')
    await expect.poll(() => runtime.stats().cluster?.lanes).toEqual({ wanted: 1, starting: 0, open: 1 })
    expect(runtime.stats().cluster).toEqual(cluster.stats())
    expect(runtime.stats()).toMatchObject({ cluster: { hosts: 1, refused: 0 } })
    const states = runtime.stats().lanes.map(({ state, host }) => [state, host])
    expect(states).toEqual([
      ['open', 'one'],
      ['wanted', undefined],
    ])
    expect(await value('lanes{state="wanted",label="any"}')).toBe(1)
    expect(await value('lanes{state="open",label="any"}')).toBe(1)
    expect(await value('hosts{compatible="true"}')).toBe(1)
    expect(await value('hosts{compatible="false"}')).toBe(0)
    await expect.poll(() => value('rtt_seconds')).toBeGreaterThan(0)
    expect(await value('buffered_bytes')).toBeGreaterThanOrEqual(0)
    expect(await value('frames_refused_total')).toBe(0)
    for (const name of ['first', 'second']) openGate(fixture.folder.path('.'), name)
    await Promise.all([first, second])
    await expect.poll(() => value('lanes{state="wanted",label="any"}')).toBe(0)
  })

  it('have their labels in the metrics, also when nothing is wanted of them any more', async () => {
    await using fixture = await ClusterFixture.start()
    const { runtime } = fixture.connect()
    const wanted = (label: string): Promise<number | undefined> =>
      metric(runtime.metrics(), `heddle_cluster_lanes{state="wanted",label="${label}"}`)
    const run = fixture.run(runtime, 'waiting', 'gate', { on: { label: 'gpu' } })
    await expect.poll(() => wanted('gpu')).toBe(1)
    expect(await wanted('any')).toBe(0)
    run.cancel()
    await run.settled()
    await expect.poll(() => wanted('gpu')).toBe(0)
  })

  it('are told by the control server, with what of them is lent, and each action with its own', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'one', threads: 2, labels: ['gpu'] })
    const { runtime } = fixture.connect()
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    const server = await runtime.serve({ discoverable: false })
    const client = createClient({ url: server.url, token: server.readToken })
    await expect
      .poll(async () => (await client.hosts()).items)
      .toMatchObject([
        {
          name: 'one',
          builds: ['heddle@0.1.0'],
          compatible: true,
          threads: 2,
          busy: 1,
          owners: 1,
          labels: ['gpu'],
          draining: false,
          rttMs: expect.any(Number) as number,
          lanes: 1,
          inFlight: 1,
        },
      ])
    const [host] = (await client.hosts()).items
    const hostInstance = host?.instance
    const stats = await client.stats()
    expect(stats.cluster).toMatchObject({ hosts: 1, lanes: { open: 1 } })
    const action = await client.action('running', 'a0')
    expect(action).toMatchObject({ host: 'one', hostInstance, rttMs: expect.any(Number) as number })
    expect(await client.run('running')).toMatchObject({
      threads: [],
      hosts: [{ host: 'one', hostInstance, threads: [action.thread] }],
    })
    const { traceEvents } = (await client.trace('running')) as TraceFile
    expect(traceEvents).toContainEqual({
      ph: 'M',
      name: 'process_name',
      pid: 2,
      tid: 0,
      args: { name: 'host one' },
    })
    openGate(fixture.folder.path('.'), 'running')
    await run
  })

  it('are not known while Redis is away, which is said', async () => {
    await using fixture = await ClusterFixture.start()
    const { runtime } = fixture.connect()
    await fixture.redis.kill()
    const server = await runtime.serve({ discoverable: false })
    const client = createClient({ url: server.url, token: server.token })
    await expect(client.hosts()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/aren't known: Redis hasn't answered/) as string,
    })
    expect(await runtime.metrics()).not.toContain('heddle_cluster_hosts{')
  })

  it('are shown by heddle ps, get and hosts', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'one', threads: 2 })
    const { runtime } = fixture.connect()
    await using terminal = await createCommandLine()
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    await runtime.serve({ folder: terminal.folder })
    const { stdout: processes } = await terminal.run('ps')
    expect(processes).toMatch(/PID +PROCESS +UP +HOST +RUN/)
    expect(processes).toMatch(/ 1 +running +/)
    const { stdout: actions } = await terminal.run('get', 'action', 'running')
    expect(actions).toMatch(/THREAD +HOST/)
    expect(actions).toMatch(/^a0 +traced .* one /m)
    expect((await terminal.run('get', 'action', 'running', 'a0')).stdout).toMatch(
      /in thread \d+ of host one \(round trip \d+(\.\d)? ms\)/,
    )
    expect((await terminal.run('get', 'run', 'running')).stdout).toMatch(
      /hosts +one \([0-9a-f]{8}\): thread \d+/,
    )
    const { redis, secret } = fixture.options as { readonly redis: string; readonly secret: string }
    await expect
      .poll(async () => (await terminal.runWith({ REDIS_URL: redis, HEDDLE_SECRET: secret }, 'hosts')).stdout)
      .toMatch(/NAME .*OWNERS +RTT .*\n *one .* 1\/2 .* 1 +\d+(\.\d)? ms .*ready/)
    openGate(fixture.folder.path('.'), 'running')
    await run
  })
})
