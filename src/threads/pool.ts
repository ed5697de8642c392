// The threads themselves: Piscina makes, watches, limits, replaces and kills them. The only file that knows it.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { ResourceLimits, Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import type { LaneOpening } from '../../actors/inside/entry.js'
import { THREAD_MARK } from '../is-action-thread.js'

const ENTRY = new URL('../../actors/inside/pool-entry.cjs', import.meta.url)

/** How long a thread without a lane is kept, in milliseconds. */
const IDLE_THREAD_MS = 60_000

/** What Piscina tells of its workers. */
interface PiscinaWorker {
  readonly id: number
  /** How many tasks it has. */
  readonly currentUsage: number
  readonly [key: symbol]: unknown
}

function canBeHeld(value: unknown): value is { ref(): unknown; unref(): unknown } {
  if (typeof value !== 'object' || value === null) return false
  const { ref, unref } = value as { ref?: unknown; unref?: unknown }
  return typeof ref === 'function' && typeof unref === 'function'
}

/** What all threads of a pool are started with. */
export interface PoolOptions {
  readonly maxThreads: number
  readonly resourceLimits?: ResourceLimits
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
}

/** A thread's resident task. */
export interface ResidentTask {
  /** Resolves when the host has closed its lane; rejects when the thread is lost. */
  readonly ended: Promise<void>
  /** Kills the thread; gives the worker whose `exit` is to be awaited, if it had one yet. */
  kill(): Worker | undefined
}

/** Threads that serve lanes. Starts none before it is asked to. */
export class ThreadPool {
  readonly #piscina: Piscina
  readonly #onStartError: (error: Error) => void
  readonly #watched = new WeakSet<Worker>()
  /** Threads of which it is no news that they exit: they have been up, are being killed, or it was told. */
  readonly #mayExit = new WeakSet<Worker>()
  /** Those that are up, by thread id. */
  readonly #byThread = new Map<number, PiscinaWorker>()
  #closed = false
  #busy = 0

  /** `onStartError`: a thread died before it could take a task. */
  constructor(options: PoolOptions, onStartError: (error: Error) => void) {
    this.#onStartError = onStartError
    // Loaded here and not by an import, so that the threads, which import this package too, don't load it.
    const { Piscina: PiscinaClass } = createRequire(import.meta.url)('piscina') as { Piscina: typeof Piscina }
    this.#piscina = new PiscinaClass({
      filename: fileURLToPath(ENTRY),
      minThreads: 0,
      maxThreads: options.maxThreads,
      idleTimeout: IDLE_THREAD_MS,
      // `sync` would freeze an idle thread's loop, and with it what a body left behind.
      atomics: 'disabled',
      recordTiming: false,
      workerData: { [THREAD_MARK]: true },
      loadBalancer: (_task, workers) => this.#choose(workers),
      ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
      ...(options.env && { env: { ...options.env } }),
      ...(options.execArgv && { execArgv: [...options.execArgv] }),
    })
    this.#piscina.on('error', onStartError)
    this.#piscina.on('workerCreate', (worker: PiscinaWorker) => void this.#byThread.set(worker.id, worker))
  }

  /** Gives a lane to a free thread, or starts one. */
  run(opening: LaneOpening): ResidentTask {
    if (this.#closed) throw new Error('the pool is closed')
    const controller = new AbortController()
    const ended = this.#piscina.run(opening, {
      transferList: [opening.port],
      signal: controller.signal,
    }) as Promise<void>
    this.#busy += 1
    this.#watchStarts()
    const free = (): void => void (this.#busy -= 1)
    ended.then(free, free)
    return {
      ended,
      kill: () => {
        const before = new Set(this.#piscina.threads)
        controller.abort()
        for (const worker of this.#piscina.threads) before.delete(worker)
        const [killed] = before
        if (killed !== undefined) this.#mayExit.add(killed)
        return killed
      },
    }
  }

  /**
   * A free thread, one that is up if there is any. Piscina's own choice may be one that is starting: when a spare thread has
   * just become ready, a lane would wait another tenth of a second.
   */
  #choose<Any extends PiscinaWorker>(workers: readonly Any[]): Any | null {
    const free = workers.filter(({ currentUsage }) => currentUsage === 0)
    return free.find(({ id }) => this.#byThread.has(id)) ?? free[0] ?? null
  }

  /**
   * Whether the process stays alive for that thread. Piscina keeps it alive as long as a thread has a task, by a port that
   * is its own: found here by the symbol under which it shows it. `false`: it isn't found, and nothing has changed.
   */
  hold(thread: number, holdsProcess: boolean): boolean {
    const worker = this.#byThread.get(thread)
    if (worker === undefined) return false
    const [key] = Object.getOwnPropertySymbols(worker)
    const port = key === undefined ? undefined : worker[key]
    if (!canBeHeld(port)) return false
    if (holdsProcess) port.ref()
    else port.unref()
    return true
  }

  /** The worker with that thread id. */
  worker(thread: number): Worker | undefined {
    return this.#piscina.threads.find((worker) => worker.threadId === thread)
  }

  /**
   * Starts a thread, unless there is one without a lane, and has it load these modules: what follows a kill waits neither
   * for a thread to start nor for its actions to be loaded.
   */
  keepSpare(modules: readonly string[]): void {
    if (this.#closed || this.#piscina.threads.length > this.#busy) return
    // If it fails, so will the next lane, which can say for whom.
    try {
      this.#piscina.run(modules, { name: 'warmUp' }).catch(() => {})
      this.#watchStarts()
    } catch {
      // The same, where Node refuses to make a thread at all.
    }
  }

  /** Piscina tells of threads that throw while they start, and not of those that just exit: the task waits for ever. */
  #watchStarts(): void {
    for (const worker of this.#piscina.threads) {
      if (this.#watched.has(worker)) continue
      this.#watched.add(worker)
      const { threadId } = worker
      const mayExit = (): void => void this.#mayExit.add(worker)
      // The first message says that it is ready.
      worker.once('message', mayExit)
      worker.once('error', mayExit)
      worker.once('exit', (exitCode) => {
        this.#byThread.delete(threadId)
        if (!this.#closed && !this.#mayExit.has(worker))
          this.#onStartError(new Error(`the thread exited with code ${exitCode} while it started`))
      })
    }
  }

  /** How many threads there are, those without a lane included. */
  get size(): number {
    return this.#piscina.threads.length
  }

  /** Ends every thread and waits for their exits. */
  async close(): Promise<void> {
    this.#closed = true
    // A task whose thread couldn't even be created stays in Piscina's queue, and nobody has its promise: destroying the
    // pool would reject that, unhandled.
    if (this.#piscina.threads.length === 0) return
    await this.#piscina.destroy()
  }
}
