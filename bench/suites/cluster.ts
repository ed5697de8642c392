// What does it cost to run an action on another machine? Two hosts with a thread each, beside BullMQ as its users write it, a job
// for each action: in two processes of its workers, and in a worker thread of each. All of it is on one machine, with a Redis of its
// own: no network, and all of them share its cores.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { Queue, QueueEvents } from 'bullmq'
import { createRuntime, type ActionDefinition, type Runtime } from 'heddle'
import { connectCluster } from 'heddle/cluster'
import { hasRedis, startRedis } from '../../examples/11-cluster/redis-server.js'
import { all } from '../candidates.js'
import { lingering, machineClock, noOp, noticesByEvent, noticesByPoll } from '../cluster/actions.js'
import { kill, startProcess } from '../cluster/processes.js'
import { measure, rowsOf, type Candidate, type Group } from '../measure.js'
import { unlessQuick } from '../quick.js'
import { atLeastTimes, atMost, rowOf, type Suite } from '../suite.js'

const HOSTS = 2
const CLUSTER = 'heddle: threads of hosts'
const LOCAL = 'heddle: threads here'
const BESIDE = 'heddle: threads here, with a cluster'
const JOB = 'BullMQ: a job per action'
const SANDBOXED = 'BullMQ: a job per action, in worker threads'
const AWAITING = 'awaiting body'
const COMPUTING = 'computing body'
/** The shortest that there may be. */
const LEASE_MS = 2000
const LOSSES = unlessQuick(5)

export const cluster: Suite = {
  name: 'cluster',
  question: 'What does an action on another machine cost, beside a job of BullMQ for each?',
  async run() {
    if (!hasRedis()) throw new Error('this suite needs a redis-server: apt-get install redis-server')
    const redis = await startRedis()
    try {
      const cost = await measureCost(redis.url)
      const aborts = await measureAborts(redis.url)
      const loss = await measureLoss(redis.url)
      const [bulk, alone, ...locals] = cost as [Group, Group, ...Group[]]
      return {
        groups: [...cost, ...aborts, loss],
        goals: [
          atLeastTimes(bulk, CLUSTER, JOB, 5),
          atMost(`${alone.title}, p50`, rowOf(alone, CLUSTER).p50, 1.5, 'ms'),
          atLeastTimes(alone, CLUSTER, JOB, 4),
          ...locals.map((group) => atLeastTimes(group, BESIDE, LOCAL, 0.98)),
          ...aborts.map((group, at) =>
            atMost(`${group.title}, p50`, rowOf(group, CLUSTER).p50, at === 0 ? 2 : 6, 'ms'),
          ),
          atMost(`${loss.title}, the slowest`, rowOf(loss, CLUSTER).high, LEASE_MS + 1000, 'ms'),
        ],
      }
    } finally {
      redis.child.kill('SIGKILL')
    }
  },
}

/** In bulk and one at a time; and the same in threads here, with and without a cluster. */
async function measureCost(redis: string): Promise<Group[]> {
  const hosts = await startHosts(redis)
  const far = connectCluster({ redis, on: 'cluster', maxLanes: HOSTS })
  const near = connectCluster({ redis, on: 'here' })
  const remote = createRuntime({ threads: 1, retain: 0, cluster: far })
  const local = createRuntime({ threads: HOSTS, retain: 0 })
  const beside = createRuntime({ threads: HOSTS, retain: 0, cluster: near })
  const jobs = await startJobs(redis, 'jobs', [])
  const sandboxed = await startJobs(redis, 'sandboxed-jobs', ['sandboxed'])
  const ways: readonly Many[] = [
    { ...jobs, name: JOB, kind: 'peer', count: unlessQuick(5000, 100) },
    { ...sandboxed, name: SANDBOXED, kind: 'peer', count: unlessQuick(2000, 100) },
    runs(CLUSTER, 'heddle', remote),
  ]
  const locals = [runs(LOCAL, 'floor', local), runs(BESIDE, 'heddle', beside)]
  const bulk = (title: string, rounds: number, many: readonly Many[]): Promise<Group> =>
    measure({ title, unit: 'µs each', rate: 'k/s', rounds, warmUps: 1, scale: 1000 }, many.map(inBulk))
  const alone = (title: string, rounds: number, many: readonly Many[]): Promise<Group> =>
    measure({ title, unit: 'ms', rounds, iterations: 200 }, many.map(oneByOne))
  try {
    return [
      await bulk('no-ops at once', 3, ways),
      await alone('one no-op at a time', 4, ways),
      await bulk('no-ops at once, here', 10, locals),
      await alone('one no-op at a time, here', 10, locals),
    ]
  } finally {
    await jobs.close()
    await sandboxed.close()
    for (const runtime of [remote, local, beside]) await runtime.close()
    await far.close()
    await near.close()
    await Promise.all(hosts.map(kill))
  }
}

/** A way to have one done, or so many at once. */
interface Many {
  readonly name: string
  readonly kind: Candidate['kind']
  readonly count: number
  readonly one: () => PromiseLike<unknown>
  /** Where that isn't the same as each by itself. */
  readonly many?: (count: number) => PromiseLike<unknown>
}

function runs(name: string, kind: Candidate['kind'], runtime: Runtime): Many {
  return { name, kind, count: unlessQuick(10_000, 100), one: () => runtime.run(noOp) }
}

function inBulk({ name, kind, count, one, many = (all_) => all(all_, one) }: Many): Candidate {
  return {
    name,
    kind,
    async run() {
      const start = performance.now()
      await many(count)
      return (performance.now() - start) / count
    },
  }
}

function oneByOne({ name, kind, one }: Many): Candidate {
  return {
    name,
    kind,
    async run() {
      await one()
    },
  }
}

/** A queue of BullMQ, with workers in processes of their own. */
async function startJobs(
  url: string,
  name: string,
  args: readonly string[],
): Promise<Pick<Many, 'one' | 'many'> & { close(): Promise<void> }> {
  const workers = await Promise.all(
    Array.from({ length: HOSTS }, () => startProcess('job-worker', [url, name, ...args])),
  )
  const connection = { url, maxRetriesPerRequest: null }
  // By default, it forgets events of which nobody has heard yet where there are very many.
  const queue = new Queue(name, { connection, streams: { events: { maxLen: 1_000_000 } } })
  queue.setMaxListeners(0)
  const events = new QueueEvents(name, { connection })
  await events.waitUntilReady()
  events.setMaxListeners(0)
  return {
    one: async () => (await queue.add('noOp', {})).waitUntilFinished(events),
    async many(count) {
      const added = await queue.addBulk(Array.from({ length: count }, () => ({ name: 'noOp', data: {} })))
      await Promise.all(added.map((job) => job.waitUntilFinished(events)))
    },
    async close() {
      await events.close()
      await queue.close()
      await Promise.all(workers.map(kill))
    },
  }
}

/** From the request until the body sees it: one that awaits, and one that computes. */
async function measureAborts(redis: string): Promise<Group[]> {
  const hosts = await startHosts(redis)
  const far = connectCluster({ redis, on: 'cluster', maxLanes: HOSTS })
  const remote = createRuntime({ threads: 1, retain: 0, cluster: far })
  const local = createRuntime({ threads: HOSTS, retain: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'heddle-bench-'))
  const file = join(folder, 'seen')
  const group = (body: string, definition: ActionDefinition<string, void>): Promise<Group> =>
    measure(
      { title: `abort → the body sees it, ${body}`, unit: 'ms', rounds: 4, iterations: 50, alternate: true },
      [
        { name: LOCAL, kind: 'floor', run: () => seenAfter(local, definition, file) },
        { name: CLUSTER, kind: 'heddle', run: () => seenAfter(remote, definition, file) },
      ],
    )
  try {
    return [await group(AWAITING, noticesByEvent), await group(COMPUTING, noticesByPoll)]
  } finally {
    await remote.close()
    await local.close()
    await far.close()
    await Promise.all(hosts.map(kill))
    await rm(folder, { recursive: true })
  }
}

async function seenAfter(
  runtime: Runtime,
  definition: ActionDefinition<string, void>,
  file: string,
): Promise<number> {
  const run = runtime.run(definition, file)
  for await (const _ of run.reports()) break
  await new Promise((resolve) => setTimeout(resolve, 2))
  const start = machineClock()
  run.cancel('enough')
  const { status } = await run.settled()
  if (status !== 'aborted') throw new Error(`it ${status}`)
  return Number(await readFile(file, 'utf8')) - start
}

/** From the death of a host until what ran there runs on another one. */
async function measureLoss(redis: string): Promise<Group> {
  const options = { redis, leaseMs: LEASE_MS, prefix: 'heddle-loss' }
  const far = connectCluster({ ...options, on: 'cluster', maxLanes: HOSTS })
  const runtime = createRuntime({ threads: 1, retain: 0, cluster: far })
  let hosts = await startHosts(redis, options)
  const rounds: number[][] = []
  try {
    for (let loss = 0; loss < LOSSES; loss += 1) {
      const run = runtime.run(lingering)
      let lostAt: number | undefined
      for await (const pid of run.reports()) {
        if (lostAt !== undefined) {
          rounds.push([performance.now() - lostAt])
          break
        }
        const host = hosts.find((one) => one.pid === pid) as ChildProcess
        lostAt = performance.now()
        await kill(host)
        hosts = hosts.filter((one) => one !== host)
      }
      run.cancel('enough')
      await run.settled()
      hosts.push(await startProcess('host', [JSON.stringify(options)]))
    }
  } finally {
    await runtime.close()
    await far.close()
    await Promise.all(hosts.map(kill))
  }
  return {
    title: `a host is killed → its action starts on another one, lease of ${LEASE_MS} ms`,
    unit: 'ms',
    rows: rowsOf([{ name: CLUSTER, kind: 'heddle', rounds }]),
  }
}

function startHosts(redis: string, options: object = {}): Promise<ChildProcess[]> {
  return Promise.all(
    Array.from({ length: HOSTS }, () => startProcess('host', [JSON.stringify({ redis, ...options })])),
  )
}
