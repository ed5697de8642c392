// A cluster of processes: a redis-server, hosts and owners, all of this machine, and a folder in which their bodies leave traces.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { traced, tracedTwice, type Traced } from '#fixtures/cluster/actions.js'
import {
  createRuntime,
  type CallOptions,
  type Run,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
} from 'heddle'
import {
  connectCluster,
  type Cluster,
  type ClusterOptions,
  type ConnectOptions,
  type WorkerOptions,
} from 'heddle/cluster'
import { Redis } from 'ioredis'
import { isTerminal } from '../../src/protocol/outcome.js'
import type { EventRecorder } from './event-recorder.js'
import { RedisServer } from './redis-server.js'
import { createTemporaryFolder, type TemporaryFolder } from './temporary-folder.js'

const FIXTURES = new URL('../../build/test/fixtures/cluster/', import.meta.url)

/** A lease for those that are to be lost, in milliseconds: short, and yet a busy machine is heard within it. */
export const SHORT: { readonly leaseMs: number } = { leaseMs: 6000 }
/** One by which nobody is lost, however busy the machine is. */
const LONG_MS = 120_000

/** What a body has left behind. */
export interface Trace {
  readonly word: string
  readonly at: number
}

/** One process. */
export class ClusterProcess {
  readonly process: ChildProcess
  /** What it has told. */
  readonly told: unknown[] = []

  constructor(file: string, options: object) {
    this.process = fork(fileURLToPath(new URL(file, FIXTURES)), [JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    })
    this.process.on('message', (message) => this.told.push(message))
    this.process.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
  }

  stderr = ''

  get pid(): number {
    return this.process.pid as number
  }

  async ready(): Promise<this> {
    if (this.told.length === 0) {
      await Promise.race([once(this.process, 'message'), once(this.process, 'exit')])
    }
    if (this.process.exitCode !== null) throw new Error(`it has ended: ${this.stderr}`)
    return this
  }

  send(message: Traced | string): void {
    this.process.send(message)
  }

  /** Kills it, and gives when it was gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { process: child } = this
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  freeze(): void {
    this.process.kill('SIGSTOP')
  }

  goOn(): void {
    this.process.kill('SIGCONT')
  }

  /** Its exit code, when it ends by itself. */
  async exit(): Promise<number | null> {
    const { process: child } = this
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }
}

/** An owner in this process. */
export interface Owner {
  readonly cluster: Cluster
  readonly runtime: Runtime
}

/** All of it; what is left is killed at the end. */
export class ClusterFixture implements AsyncDisposable {
  readonly redis: RedisServer
  readonly folder: TemporaryFolder
  readonly #processes: ClusterProcess[] = []
  readonly #owners: Owner[] = []
  readonly #leaseMs: number

  private constructor(redis: RedisServer, folder: TemporaryFolder, leaseMs: number) {
    this.#leaseMs = leaseMs
    this.redis = redis
    this.folder = folder
  }

  static async start({ leaseMs = LONG_MS } = {}): Promise<ClusterFixture> {
    return new ClusterFixture(await RedisServer.start(), await createTemporaryFolder(), leaseMs)
  }

  get options(): ClusterOptions {
    return { redis: this.redis.url, secret: 'sixteen bytes or more', leaseMs: this.#leaseMs }
  }

  /** A host that is ready, with one thread unless it is given more. */
  worker(options: Partial<WorkerOptions> = {}): Promise<ClusterProcess> {
    return this.#start('worker.js', { ...this.options, threads: 1, ...options })
  }

  /** An owner in a process of its own, all of whose actions go elsewhere. */
  owner(options: Partial<ConnectOptions> = {}): Promise<ClusterProcess> {
    return this.#start('owner.js', { ...this.options, ...options })
  }

  /** An owner in this one, all of whose actions go elsewhere. */
  connect(options: Partial<ConnectOptions> = {}, runtimeOptions: RuntimeOptions = {}): Owner {
    const cluster = connectCluster({ ...this.options, on: 'cluster', ...options })
    const owner = { cluster, runtime: createRuntime({ threads: 1, cluster, ...runtimeOptions }) }
    this.#owners.push(owner)
    return owner
  }

  traced(name: string, how: Traced['how']): Traced {
    return { folder: this.folder.path('.'), name, how }
  }

  /** Runs a traced body, by that name; or one that may run twice, or with such options. */
  run(
    runtime: Runtime,
    name: string,
    how: Traced['how'],
    kind?: 'retried' | Pick<CallOptions, 'on'>,
  ): Run<string> {
    const options = typeof kind === 'object' ? kind : {}
    return runtime.run(kind === 'retried' ? tracedTwice : traced, this.traced(name, how), {
      name,
      ...options,
    })
  }

  /** The processes that a body has started in. */
  async pids(name: string): Promise<readonly number[]> {
    const text = await readFile(this.folder.path(name), 'utf8').catch(() => '')
    return [...text.matchAll(/^started (\d+)/gm)].map(([, pid]) => Number(pid))
  }

  /** How many threads are asked for, and not offered. */
  async requests(): Promise<number> {
    const redis = new Redis(this.redis.url)
    try {
      const keys = await redis.keys('heddle:lanes.*:prioritized')
      const counts = await Promise.all(keys.map((key) => redis.zcard(key)))
      return counts.reduce((sum, count) => sum + count, 0)
    } finally {
      redis.disconnect()
    }
  }

  /** A while in which something that is frozen would be missed. */
  rest(): Promise<void> {
    return sleep(500)
  }

  /** What a body has left behind so far. */
  async traces(name: string): Promise<readonly Trace[]> {
    const text = await readFile(this.folder.path(name), 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [word = '', ...rest] = line.split(' ')
        return { word, at: Number(rest.at(-1)) }
      })
  }

  /** Whether it has left such a trace. */
  async has(name: string, word: string): Promise<boolean> {
    return (await this.traces(name)).some((trace) => trace.word === word)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#processes) {
      one.goOn()
      await one.kill()
    }
    for (const { cluster, runtime } of this.#owners) {
      const closing = runtime.close({ graceMs: 0 })
      await cluster.close()
      await closing
    }
    await this.redis.kill()
    await this.folder[Symbol.asyncDispose]()
  }

  #start(file: string, options: object): Promise<ClusterProcess> {
    const started = new ClusterProcess(file, options)
    this.#processes.push(started)
    return started.ready()
  }
}

/** Resolves when the body has reported. */
export async function firstReport(run: Run): Promise<void> {
  for await (const _ of run.reports()) return
}

/** The ends of a run's actions that have been told. */
export function ends(recorder: EventRecorder, { run }: Run): readonly RuntimeEvent[] {
  return recorder.events.filter(
    (event) => event.type === 'phase' && event.run === run && isTerminal(event.phase),
  )
}
