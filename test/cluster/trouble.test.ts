// A Redis that is full, refuses what it is asked, or wants TLS: what is said of it, and that work goes on once it is mended.

import { double } from '#fixtures/cluster/actions.js'
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ClusterFixture, ends, firstReport } from '../support/cluster.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, makeCertificate, redisNote, RedisServer, whyNoTls } from '../support/redis-server.js'
import { createTemporaryFolder } from '../support/temporary-folder.js'

/** The user that the documentation gives a cluster. */
const RIGHTS =
  'resetchannels ~heddle:* +@all -@admin -@dangerous +info +client|setname +client|list +client|id +client|kill'

/** What this process has been warned of. */
let warnings: string[] = []
const noteWarning = ({ message }: Error): void => void warnings.push(message)

beforeEach(() => {
  warnings = []
  process.on('warning', noteWarning)
})
afterEach(() => {
  process.off('warning', noteWarning)
})

/** Has an administrator say something to Redis. */
async function administer(redis: RedisServer, ...words: readonly [string, ...string[]]): Promise<void> {
  const administrator = new Redis(redis.url)
  try {
    const [command, ...args] = words
    await administrator.call(command, ...args)
  } finally {
    administrator.disconnect()
  }
}

describe.skipIf(!hasRedis)(`a Redis that is full${redisNote}`, () => {
  it('is told of, with the way out; when it has room again, all goes on, and nothing is lost', async () => {
    await using fixture = await ClusterFixture.start()
    const worker = await fixture.worker()
    const { runtime } = fixture.connect({ maxLanes: 2 })
    const recorder = new EventRecorder(runtime)
    const run = fixture.run(runtime, 'running', 'gate')
    await firstReport(run)
    await administer(fixture.redis, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await administer(fixture.redis, 'CONFIG', 'SET', 'maxmemory', '1')
    fixture.open('running')
    const queued = [1, 2, 3].map((n) => runtime.run(double, n))
    await expect.poll(() => fixture.has('running', 'returned')).toBe(true)
    const told = new RegExp(`Redis at 127\\.0\\.0\\.1:${fixture.redis.port} can't be used: OOM .*maxmemory`)
    await expect.poll(() => warnings.join('\n')).toMatch(told)
    await expect.poll(() => worker.stderr).toMatch(told)
    expect(run.phase).toBe('running')
    await administer(fixture.redis, 'CONFIG', 'SET', 'maxmemory', '0')
    await expect(run).resolves.toBe('running')
    await expect(Promise.all(queued)).resolves.toEqual([2, 4, 6])
    await expect.poll(() => ends(recorder, run)).toHaveLength(1)
  })
})

describe.skipIf(!hasRedis)(`a Redis that wants to know who one is${redisNote}`, () => {
  it.for([
    ['a wrong password', RIGHTS, 'cluster:wrong', /WRONGPASS .*user and password/],
    [
      'no right to the keys',
      RIGHTS.replace('heddle', 'others'),
      'cluster:secret',
      /NOPERM .*ACL SETUSER .* ~heddle:\* /,
    ],
    ['no right to write', `${RIGHTS} -@write`, 'cluster:secret', /NOPERM .*ACL SETUSER /],
    ['no right to run scripts', `${RIGHTS} -@scripting`, 'cluster:secret', /NOPERM .*eval.*ACL SETUSER /],
  ] as const)(
    '%s: both sides say what, where, and the way out, and go on once it is mended',
    async ([, rights, user, told]) => {
      await using fixture = await ClusterFixture.start()
      await administer(fixture.redis, 'ACL', 'SETUSER', 'cluster', 'on', '>secret', ...rights.split(' '))
      const redis = fixture.redis.url.replace('//', `//${user}@`)
      const worker = await fixture.worker({ redis })
      const { runtime } = fixture.connect({ redis })
      const run = runtime.run(double, 4)
      const where = `Redis at 127.0.0.1:${fixture.redis.port} can't be used`
      await expect.poll(() => warnings.filter((one) => one.includes(where)).join('\n')).toMatch(told)
      await expect.poll(() => worker.stderr).toMatch(told)
      expect(worker.stderr).toContain(where)
      expect([...warnings, worker.stderr].join('\n')).not.toContain('secret@')
      expect(run.phase).toBe('queued')
      const password = user.split(':')[1] as string
      await administer(fixture.redis, 'ACL', 'SETUSER', 'cluster', 'reset')
      await administer(fixture.redis, 'ACL', 'SETUSER', 'cluster', 'on', `>${password}`, ...RIGHTS.split(' '))
      await expect(run).resolves.toBe(8)
    },
  )

  it('is asked no more than the documented rights allow', async () => {
    await using fixture = await ClusterFixture.start()
    await administer(fixture.redis, 'ACL', 'SETUSER', 'cluster', 'on', '>secret', ...RIGHTS.split(' '))
    const redis = fixture.redis.url.replace('//', '//cluster:secret@')
    const worker = await fixture.worker({ redis })
    const { cluster, runtime } = fixture.connect({ redis })
    await expect(runtime.run(double, 4)).resolves.toBe(8)
    expect(await cluster.hosts()).toHaveLength(1)
    expect(warnings).toEqual([])
    expect(worker.stderr).toBe('')
  })

  it('says so when hosts are asked for', async () => {
    await using fixture = await ClusterFixture.start()
    await administer(fixture.redis, 'ACL', 'SETUSER', 'cluster', 'on', '>secret', '~others:*', '+@all')
    const { cluster } = fixture.connect({ redis: fixture.redis.url.replace('//', '//cluster:secret@') })
    await expect(cluster.hosts()).rejects.toThrow(
      /Redis at 127\.0\.0\.1:\d+ can't be used: NOPERM .*ACL SETUSER/,
    )
  })
})

const noTls = whyNoTls()

describe.skipIf(noTls !== undefined)(`a Redis by TLS${noTls ?? ''}`, () => {
  it('is used where its certificate is known, and told of where it is not', async () => {
    await using folder = await createTemporaryFolder()
    const certificate = makeCertificate(folder.path('.'))
    const server = await RedisServer.start(certificate)
    try {
      await using fixture = await ClusterFixture.start({ redis: server })
      const url = `rediss://127.0.0.1:${server.tlsPort}`
      const stranger = fixture.connect({ redis: url })
      const waiting = stranger.runtime.run(double, 4)
      await expect
        .poll(() => warnings.join('\n'))
        .toMatch(
          new RegExp(
            `Redis at 127\\.0\\.0\\.1:${server.tlsPort} can't be used: self.signed certificate.*tls: \\{ ca \\}`,
          ),
        )
      expect(waiting.phase).toBe('queued')
      const redis = {
        host: '127.0.0.1',
        port: server.tlsPort,
        tls: { ca: readFileSync(certificate.certificateFile, 'utf8') },
      }
      const worker = await fixture.worker({ redis })
      const { runtime } = fixture.connect({ redis })
      const run = fixture.run(runtime, 'running', 'wait')
      await firstReport(run)
      run.cancel('enough')
      await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
      await expect(runtime.run(double, 4)).resolves.toBe(8)
      expect(worker.stderr).toBe('')
    } finally {
      await server.kill()
    }
  })

  it('is told of where the port speaks none', async () => {
    await using fixture = await ClusterFixture.start()
    const { runtime } = fixture.connect({ redis: fixture.redis.url.replace('redis:', 'rediss:') })
    void runtime.run(double, 4).settled()
    await expect
      .poll(() => warnings.join('\n'))
      .toMatch(/Redis at .* can't be used: .*redis:\/\/ where it speaks none/)
  })
})
