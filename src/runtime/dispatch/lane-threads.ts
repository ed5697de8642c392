// The threads that lanes are opened in: a pool, made when the first one is needed, and the modules that its spare threads load
// ahead of need.

import type { OpenService } from '../../threads/port-line.js'
import type { PoolOptions } from '../../threads/pool.js'
import { makeThreads, serviceIn, type Threads } from '../../threads/threads.js'

/** How many modules a spare thread loads ahead of need, at most: those that were used last for the first time. */
const PRELOADED = 32

/** What the threads of one runtime are made of. */
export interface LaneThreadsOptions extends PoolOptions {
  readonly epochOffset: number
}

/** The threads of one runtime. */
export class LaneThreads {
  readonly #options: LaneThreadsOptions
  readonly #onStartError: (error: Error) => void
  /** Those of which actions have been sent to threads. */
  readonly #modules = new Set<string>()
  #pool: Threads | undefined

  /** `onStartError`: a thread died before it could take a lane. */
  constructor(options: LaneThreadsOptions, onStartError: (error: Error) => void) {
    this.#options = options
    this.#onStartError = onStartError
  }

  /** How many threads there are, those without a lane included. */
  get size(): number {
    return this.#pool?.size ?? 0
  }

  /** Whether a thread that has nothing to do may be ended. */
  get hasMoreThanMinimum(): boolean {
    return this.#pool?.hasMoreThanMinimum === true
  }

  /** Actions of this module are sent to threads. */
  noteModule(url: string): void {
    this.#modules.add(url)
  }

  /** What serves the other end of a lane's port, in a thread. Throws where there can't be threads at all. */
  service(): OpenService {
    const { epochOffset, ...options } = this.#options
    this.#pool ??= makeThreads(options, this.#onStartError)
    return serviceIn(this.#pool, epochOffset)
  }

  /** Keeps so many spare threads warm, so that the capacity of killed ones is back at once. */
  keepSpares(count: number): void {
    this.#pool?.keepSpares(count, this.#lastModules)
  }

  /** Starts those that are always kept. Throws where Node refuses to make one. */
  keepMinimum(): void {
    this.#pool?.keepMinimum(this.#lastModules)
  }

  /** Ends a thread that has no lane. */
  end(thread: number): void {
    this.#pool?.end(thread)
  }

  /** Ends every thread and waits for their exits. */
  async close(): Promise<void> {
    await this.#pool?.close()
  }

  get #lastModules(): readonly string[] {
    return [...this.#modules].slice(-PRELOADED)
  }
}
