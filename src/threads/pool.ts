// The threads themselves: Piscina makes, watches, limits, replaces and kills them. The only file that knows it.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { MessagePort, ResourceLimits, Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import type { LaneOpening } from '../../actors/inside/entry.js'
import { LONGEST_TIMER_MS } from '../options.js'
import { THREAD_MARK } from '../is-action-thread.js'
import { packageRoot } from '../package-root.js'
import { world } from '../protocol/world.js'
import { threadExecArgv } from './thread-exec-argv.js'

/** How soon at most it is tried again to end a thread, in milliseconds. */
const AGAIN_MS = 100

/** Not found as this module is loaded: in a bundle of CommonJS there is no URL to find it by, and the app should hear why. */
function findEntry(): URL {
  const root = packageRoot()
  if (root === undefined) throw new BundledError('its modules have no URL')
  const entry = new URL('dist/actors/inside/pool-entry.cjs', root)
  if (!existsSync(entry)) throw new BundledError(`there is no ${fileURLToPath(entry)}`)
  return entry
}

/** The name of the task that gets a thread ready. */
const WARM_UP = 'warmUp'

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
  /** So many are never ended for having no work. */
  readonly minThreads: number
  /** How long a thread without a lane is kept, in milliseconds. */
  readonly idleTimeoutMs: number
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

/** The files that threads load aren't where this one is: a bundler has put it into another one. */
export class BundledError extends Error {
  override readonly name = 'BundledError'

  constructor(what: string, options?: ErrorOptions) {
    super(
      `heddle seems to be bundled into the app (${what}): its threads load files of its own, so it must stay outside. ` +
        "Declare 'heddle' as external (esbuild --external:heddle, rollup and webpack 'externals', Vite 'ssr.external', Next.js 'serverExternalPackages'), and install it beside the bundle",
      options,
    )
  }
}

/** What is known of a task of Piscina's. */
interface Task {
  readonly kind: 'lane' | 'warmUp'
  readonly controller: AbortController
}

function requirePiscina(): { readonly Piscina: typeof Piscina } {
  try {
    return createRequire(import.meta.url)('piscina') as { Piscina: typeof Piscina }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'MODULE_NOT_FOUND') throw error
    throw new BundledError("there is no 'piscina' beside it", { cause: error })
  }
}

/** Threads that serve lanes. Starts none before it is asked to. */
export class ThreadPool {
  readonly #piscina: Piscina
  /** By which Piscina shows what it chooses a thread for. */
  readonly #taskKey: typeof Piscina.queueOptionsSymbol
  readonly #onStartError: (error: Error) => void
  readonly #watched = new WeakSet<Worker>()
  /** Threads of which it is no news that they exit: they have been up, are being killed, or it was told. */
  readonly #mayExit = new WeakSet<Worker>()
  /** Those that are up, by thread id. */
  readonly #byThread = new Map<number, PiscinaWorker>()
  #closed = false
  #busy = 0
  /** Whom the next task is for: any thread, a new one, or the one of that id. */
  #wanted: 'any' | 'new' | number = 'any'
  /** What no thread has taken yet: lanes, and what spare threads are got ready by. */
  readonly #waiting = new Set<Task>()
  /** Threads that are being got ready, by id. */
  readonly #warming = new Set<number>()
  readonly #minThreads: number
  readonly #idleTimeoutMs: number
  /** Since when those that are up have had nothing to do, by thread id. */
  readonly #freeSince = new Map<number, number>()
  #idleTimer: NodeJS.Timeout | undefined

  /** `onStartError`: a thread died before it could take a task. */
  constructor(options: PoolOptions, onStartError: (error: Error) => void) {
    this.#onStartError = onStartError
    this.#minThreads = options.minThreads
    this.#idleTimeoutMs = options.idleTimeoutMs
    const entry = findEntry()
    // Loaded here and not by an import, so that the threads, which import this package too, don't load it.
    const { Piscina: PiscinaClass } = requirePiscina()
    this.#taskKey = PiscinaClass.queueOptionsSymbol
    this.#piscina = new PiscinaClass({
      filename: fileURLToPath(entry),
      minThreads: 0,
      maxThreads: options.maxThreads,
      // Which thread may go, and when, is known here.
      idleTimeout: Infinity,
      // `sync` would freeze an idle thread's loop, and with it what a body left behind.
      atomics: 'disabled',
      recordTiming: false,
      workerData: { [THREAD_MARK]: true },
      loadBalancer: (task, workers) => this.#place(Reflect.get(task, this.#taskKey) as Task | null, workers),
      ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
      ...(options.env && { env: { ...options.env } }),
      ...threadExecArgv(options.execArgv),
    })
    // Not once it is closed, when no lane is left: a spare thread's answer that arrives with the end of the last lane is
    // delivered behind that, by when Piscina has given up the task, and calls it unexpected.
    this.#piscina.on('error', (error: Error) => {
      if (!this.#closed) onStartError(error)
    })
    this.#piscina.on('workerCreate', (worker: PiscinaWorker) => {
      this.#byThread.set(worker.id, worker)
      // It may find nothing to do; what there is, it is given in this step.
      queueMicrotask(this.#endIdle)
    })
  }

  /** Gives a lane to a free thread, or starts one. */
  run(opening: LaneOpening): ResidentTask {
    if (this.#closed) throw new Error('the pool is closed')
    const controller = new AbortController()
    const task: Task = { kind: 'lane', controller }
    const ended = this.#withoutNewThread(
      () => this.#post(opening, task, { transferList: [opening.port] }) as Promise<void>,
    )
    this.#busy += 1
    this.#watchStarts()
    let isBusy = true
    const free = (): void => {
      if (!isBusy) return
      isBusy = false
      this.#busy -= 1
      this.#endIdle()
    }
    ended.then(free, free)
    return {
      ended,
      kill: () => {
        const before = new Set(this.#piscina.threads)
        controller.abort()
        for (const worker of this.#piscina.threads) before.delete(worker)
        const [killed] = before
        if (killed !== undefined) {
          this.#mayExit.add(killed)
          this.#byThread.delete(killed.threadId)
        }
        // In this step: what replaces it may be got ready in the same one.
        free()
        return killed
      },
    }
  }

  #post(
    value: object,
    task: Task,
    options: { name?: string; transferList?: [MessagePort] },
  ): Promise<unknown> {
    this.#waiting.add(task)
    const { signal } = task.controller
    const ended = this.#piscina.run({ ...value, [this.#taskKey]: task }, { ...options, signal })
    const over = (): void => void this.#waiting.delete(task)
    ended.then(over, over)
    return ended
  }

  /**
   * Gives a lane to Piscina, which starts a thread for each task that it can't place at once. Where none is free, and one is
   * starting that is to be a spare, the lane waits for that: another one would only hold it up.
   */
  #withoutNewThread<Value>(give: () => Value): Value {
    const isFree = [...this.#byThread.values()].some(
      ({ id, currentUsage }) => currentUsage === 0 || this.#warming.has(id),
    )
    const waiting = [...this.#waiting]
    const lanes = waiting.filter(({ kind }) => kind === 'lane').length
    const warmUp = waiting.find(({ kind }) => kind === 'warmUp')
    if (isFree || warmUp === undefined || this.size - this.#byThread.size <= lanes) return give()
    this.#waiting.delete(warmUp)
    warmUp.controller.abort()
    const { options } = this.#piscina
    const { maxThreads } = options
    options.maxThreads = this.size
    try {
      return give()
    } finally {
      options.maxThreads = maxThreads
    }
  }

  /** The thread for a task, if there is one. */
  #place<Any extends PiscinaWorker>(task: Task | null, workers: readonly Any[]): Any | null {
    const chosen = this.#choose(task?.kind, workers)
    if (chosen === null || task === null) return chosen
    this.#waiting.delete(task)
    // One lane takes a thread that is being got ready, and no other one does.
    if (task.kind === 'warmUp') this.#warming.add(chosen.id)
    else this.#warming.delete(chosen.id)
    return chosen
  }

  /**
   * A free thread, one that is up if there is any; for a lane also one that is just being got ready. Piscina's own choice may
   * be one that is starting: when a spare thread has just become ready, a lane would wait another tenth of a second.
   */
  #choose<Any extends PiscinaWorker>(kind: Task['kind'] | undefined, workers: readonly Any[]): Any | null {
    if (this.#wanted === 'new') return null
    if (this.#wanted !== 'any') return workers.find(({ id }) => id === this.#wanted) ?? null
    const free = workers.filter(({ currentUsage }) => currentUsage === 0)
    const isUp = ({ id }: Any): boolean => this.#byThread.has(id)
    const warming = kind === 'lane' ? workers.find(({ id }) => this.#warming.has(id)) : undefined
    return free.find(isUp) ?? warming ?? free[0] ?? null
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
   * Starts threads until so many are without a lane, and has them load these modules: what follows a kill waits neither for a
   * thread to start nor for its actions to be loaded.
   */
  keepSpares(count: number, modules: readonly string[]): void {
    if (this.#closed) return
    // If it fails, so will the next lane, which can say for whom; also where Node refuses to make a thread at all.
    try {
      this.#start(count - (this.size - this.#busy), modules)
    } catch {}
  }

  /** Starts threads until there are as many as are always kept. Throws where Node refuses to make one. */
  keepMinimum(modules: readonly string[]): void {
    if (!this.#closed) this.#start(this.#minThreads - this.size, modules)
  }

  #start(count: number, modules: readonly string[]): void {
    for (let missing = count; missing > 0; missing -= 1) {
      this.#wanted = 'new'
      try {
        this.#warmUp(modules)
      } finally {
        this.#wanted = 'any'
      }
    }
  }

  #warmUp(modules: readonly string[]): void {
    const task: Task = { kind: 'warmUp', controller: new AbortController() }
    const over = (): void => this.#endIdle()
    this.#post({ modules }, task, { name: WARM_UP }).then((thread) => {
      this.#warming.delete(thread as number)
      over()
    }, over)
    this.#watchStarts()
  }

  /** Whether a thread that has nothing to do may be ended. */
  get hasMoreThanMinimum(): boolean {
    return this.size > this.#minThreads
  }

  /** Ends a thread that has no lane. `false`: it has one, or there are no more than are kept. */
  end(thread: number): boolean {
    const worker = this.#byThread.get(thread)
    // A task that can't be given to that one at once would go to another, or start one.
    const isFree = worker?.currentUsage === 0 && this.#piscina.queueSize === 0
    if (this.#closed || !isFree || !this.hasMoreThanMinimum) return false
    const controller = new AbortController()
    const exiting = this.worker(thread)
    this.#wanted = thread
    try {
      this.#piscina.run({ modules: [] }, { name: WARM_UP, signal: controller.signal }).catch(() => {})
    } finally {
      this.#wanted = 'any'
    }
    if (exiting !== undefined) this.#mayExit.add(exiting)
    this.#byThread.delete(thread)
    controller.abort()
    return true
  }

  /** Ends those that have had nothing to do for long enough, and looks again when the next one's time is up. */
  readonly #endIdle = (): void => {
    if (this.#closed || this.#idleTimeoutMs > LONGEST_TIMER_MS) return
    world.clearTimeout(this.#idleTimer)
    const now = world.now()
    let next = Infinity
    for (const [thread, { currentUsage }] of this.#byThread) {
      const since = this.#freeSince.get(thread)
      if (currentUsage > 0) this.#freeSince.delete(thread)
      else if (since === undefined) this.#freeSince.set(thread, now)
      else if (now - since >= this.#idleTimeoutMs && this.end(thread)) this.#freeSince.delete(thread)
      const left = (this.#freeSince.get(thread) ?? Infinity) + this.#idleTimeoutMs - now
      if (left > 0) next = Math.min(next, left)
      // It couldn't be ended just now; one that is kept isn't looked at over and over.
      else if (this.hasMoreThanMinimum) next = Math.min(next, Math.max(this.#idleTimeoutMs, AGAIN_MS))
    }
    if (next === Infinity) return
    this.#idleTimer = world.setTimeout(this.#endIdle, Math.ceil(next))
    this.#idleTimer.unref()
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
        this.#warming.delete(threadId)
        this.#freeSince.delete(threadId)
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
    world.clearTimeout(this.#idleTimer)
    // A task whose thread couldn't even be created stays in Piscina's queue, and nobody has its promise: destroying the
    // pool would reject that, unhandled.
    if (this.#piscina.threads.length === 0) return
    await this.#piscina.destroy()
  }
}
