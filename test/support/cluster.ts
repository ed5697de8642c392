// A cluster of processes: a redis-server, hosts and owners, all of this machine, and a folder in which their bodies leave traces.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  openGate,
  traced,
  tracedGpu,
  tracedGpus,
  tracedHalf,
  tracedTwice,
  type Traced,
} from '#fixtures/cluster/actions.js'
import { held } from '#fixtures/cluster/held.js'
import type { OwnerMessage } from '#fixtures/cluster/owner.js'
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

/** The option of a host by which its threads may be held. */
export const HOLD_THREAD: { readonly execArgv: readonly string[] } = {
  execArgv: ['--import', new URL('hold-thread.js', FIXTURES).href],
}

const KINDS = { retried: tracedTwice, held, half: tracedHalf, gpu: tracedGpu, gpus: tracedGpus } as const

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

  constructor(file: string, options: object, folder: string) {
    this.process = fork(fileURLToPath(new URL(file, FIXTURES)), [JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      // Where what holds its modules and threads is.
      env: { ...process.env, HEDDLE_TEST_FOLDER: folder },
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

  send(message: OwnerMessage | 'drain' | 'close'): void {
    this.process.send(message)
  }

  /** The last thing that it has told which has such a key, as soon as there is one. */
  async hears<Told extends object>(key: keyof Told & string): Promise<Told> {
    for (;;) {
      const found = this.told.findLast(
        (one): one is Told => typeof one === 'object' && one !== null && key in one,
      )
      if (found !== undefined) return found
      await once(this.process, 'message')
    }
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

/** What a cluster is made of. */
export interface ClusterFixtureOptions {
  readonly leaseMs?: number
  /** One that others use, too, and that lives longer. Default: its own. */
  readonly redis?: RedisServer | undefined
}

let fixtures = 0

/** All of it; what is left is killed at the end. */
export class ClusterFixture implements AsyncDisposable {
  readonly redis: RedisServer
  readonly folder: TemporaryFolder
  /** What the keys of all of it begin with in Redis. */
  readonly prefix: string
  readonly #processes: ClusterProcess[] = []
  readonly #owners: Owner[] = []
  readonly leaseMs: number
  readonly #isRedisShared: boolean

  private constructor(redis: RedisServer, folder: TemporaryFolder, options: ClusterFixtureOptions) {
    this.leaseMs = options.leaseMs ?? LONG_MS
    this.#isRedisShared = options.redis !== undefined
    fixtures += 1
    this.prefix = this.#isRedisShared ? `heddle-${fixtures}` : 'heddle'
    this.redis = redis
    this.folder = folder
  }

  static async start(options: ClusterFixtureOptions = {}): Promise<ClusterFixture> {
    const redis = options.redis ?? (await RedisServer.start())
    return new ClusterFixture(redis, await createTemporaryFolder(), options)
  }

  get options(): ClusterOptions {
    const { redis, prefix } = this
    return { redis: redis.url, prefix, secret: 'sixteen bytes or more', leaseMs: this.leaseMs }
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

  /** Runs a traced body, by that name; or one that may run twice, whose module waits, that holds half a thread, or that needs a GPU, or two, or with such options. */
  run(
    runtime: Runtime,
    name: string,
    how: Traced['how'],
    kind?: keyof typeof KINDS | Pick<CallOptions, 'on'>,
  ): Run<string> {
    const options = typeof kind === 'object' ? kind : {}
    const definition = typeof kind === 'string' ? KINDS[kind] : traced
    return runtime.run(definition, this.traced(name, how), { name, ...options })
  }

  /** From now on, threads of hosts don't come up (where those preload `HOLD_THREAD`), or a module isn't loaded there. */
  async hold(what: 'threads' | 'modules'): Promise<void> {
    await writeFile(this.folder.path(`${what}.held`), '')
  }

  /** Whether a module is being loaded that is held. */
  isReached(what: 'modules'): boolean {
    return existsSync(this.folder.path(`${what}.reached`))
  }

  /** They do again. */
  async letGo(what: 'threads' | 'modules'): Promise<void> {
    await rm(this.folder.path(`${what}.held`))
  }

  /** Opens the gate of a traced body. */
  open(name: string): void {
    openGate(this.folder.path('.'), name)
  }

  /** When a body has left its last trace, in epoch milliseconds; 0 if it has left none. */
  async lastTrace(name: string): Promise<number> {
    return (await this.traces(name)).at(-1)?.at ?? 0
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
      const keys = await redis.keys(`${this.prefix}:lanes.*:prioritized`)
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
    await Promise.all(
      this.#processes.map((one) => {
        one.goOn()
        return one.kill()
      }),
    )
    for (const { cluster, runtime } of this.#owners) {
      const closing = runtime.close({ graceMs: 0 })
      await cluster.close()
      await closing
    }
    if (!this.#isRedisShared) await this.redis.kill()
    await this.folder[Symbol.asyncDispose]()
  }

  #start(file: string, options: object): Promise<ClusterProcess> {
    const started = new ClusterProcess(file, options, this.folder.path('.'))
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
