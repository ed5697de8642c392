// Several hosts of this machine, and a Redis of their own: any of them may be killed, and another one takes its place.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ConnectOptions, WorkerOptions } from 'heddle/cluster'
import { startRedis } from '../../../examples/11-cluster/redis-server.js'

/** What a host says of itself. */
export interface HostMemory {
  readonly heapUsed: number
  readonly rss: number
  /** How many of its threads are lent. */
  readonly lanes: number
}

/** What a farm is made of. */
export interface FarmOptions {
  readonly hosts: number
  readonly threads: number
  readonly leaseMs: number
  /** The module of what they serve. */
  readonly module: URL
}

/** Hosts, each at its place. */
export class Farm implements AsyncDisposable {
  readonly #redis: Awaited<ReturnType<typeof startRedis>>
  readonly #options: FarmOptions
  readonly #hosts: (ChildProcess | undefined)[] = []

  private constructor(redis: Awaited<ReturnType<typeof startRedis>>, options: FarmOptions) {
    this.#redis = redis
    this.#options = options
  }

  static async start(options: FarmOptions): Promise<Farm> {
    const farm = new Farm(await startRedis(), options)
    await Promise.all(Array.from({ length: options.hosts }, (_, place) => farm.#start(place)))
    return farm
  }

  get url(): string {
    return this.#redis.url
  }

  /** The options of an owner. */
  get connect(): ConnectOptions {
    const { hosts, threads, leaseMs } = this.#options
    return { redis: this.url, leaseMs, on: 'cluster', maxLanes: hosts * threads }
  }

  /** Kills one, and starts another one in its place. */
  async replace(place: number): Promise<void> {
    const host = this.#hosts[place]
    if (host === undefined) return
    this.#hosts[place] = undefined
    await kill(host)
    await this.#start(place)
  }

  /** What all of them hold. */
  async memory(): Promise<HostMemory[]> {
    return Promise.all(
      this.#hosts
        .filter((host) => host !== undefined)
        .map(async (host) => {
          host.send('memory')
          const [answer] = (await once(host, 'message')) as [HostMemory]
          return answer
        }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts) if (host !== undefined) await kill(host)
    await kill(this.#redis.child)
  }

  async #start(place: number): Promise<void> {
    const { threads, leaseMs, module } = this.#options
    const options: WorkerOptions = {
      redis: this.url,
      threads,
      leaseMs,
      actions: [module.href],
      name: `host-${place}`,
    }
    const file = fileURLToPath(new URL('host.js', import.meta.url))
    const host = fork(file, [JSON.stringify(options)], { execArgv: [] })
    await Promise.race([once(host, 'message'), once(host, 'exit')])
    if (host.exitCode !== null) throw new Error(`a host has ended with exit code ${host.exitCode}`)
    this.#hosts[place] = host
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
