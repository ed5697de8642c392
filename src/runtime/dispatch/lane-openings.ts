// Opens the lanes of this process: in threads, as many as there may be, and in the app's own; and what follows where that can't be
// done.

import type { LaneLoad, LaneRole } from '../../scheduling/lane-load.js'
import type { Lane } from '../../threads/lane.js'
import type { OpenLine } from '../../threads/lane-line.js'
import type { PoolOptions } from '../../threads/pool.js'
import { lineByPort } from '../../threads/port-line.js'
import type { Action } from '../tree/action.js'
import { LaneThreads } from './lane-threads.js'
import { LocalLane, type LocalLaneOptions } from './local-lane.js'
import { mayStartLater, StartFailures, warnOfIdleCrash } from './start-failures.js'

/** How many shared threads there may be: another one serves new actions while the first doesn't answer (S6). */
export const SHARED_THREADS = 2

/** What the lanes of this process are made of. */
export interface OpeningsOptions {
  /** Threads for actions with a cpu share; 0: everything runs in the app's own thread. */
  readonly threads: number
  /** So many are started with the first action, and kept. */
  readonly minThreads: number
  /** How long a thread without work is kept, in milliseconds. */
  readonly idleTimeoutMs: number
  readonly pool: Omit<PoolOptions, 'maxThreads' | 'minThreads' | 'idleTimeoutMs'>
  readonly epochOffset: number
}

/** What is needed of whoever has the lanes. */
export interface OpenedFleet {
  /** Those of this process that aren't gone. */
  lanes(): Iterable<Lane<Action>>
  create(role: LaneRole, open: OpenLine): Lane<Action>
  /** Makes a lane known to whoever places actions. */
  addLane(load: LaneLoad<Action>): void
  /** No thread can be started: what waits for one fails. */
  cannotStart(error: unknown): void
  /** A lane may be opened that couldn't be before. */
  schedule(): void
}

/** Opens lanes. */
export class LaneOpenings {
  readonly threads: LaneThreads
  readonly local: LocalLane
  readonly #options: OpeningsOptions
  readonly #fleet: OpenedFleet
  readonly #startFailures = new StartFailures()
  /** A thread has come up, and none has failed to since: those that are always kept can be started. */
  #keepsMinimum = false
  #closed = false

  constructor(options: OpeningsOptions, local: LocalLaneOptions, fleet: OpenedFleet) {
    this.#options = options
    this.#fleet = fleet
    const { threads, minThreads, idleTimeoutMs, pool, epochOffset } = options
    this.threads = new LaneThreads(
      { ...pool, maxThreads: mostThreads(threads), minThreads, idleTimeoutMs, epochOffset },
      (error) => this.#onStartError(error),
    )
    this.local = new LocalLane(local)
  }

  /** Whether a thread is missing only for the moment. */
  get isWaiting(): boolean {
    return this.#startFailures.isWaiting
  }

  /** Whether one more lane may be opened now. */
  canOpen(role: 'cpu' | 'shared'): boolean {
    if (this.#closed || this.#startFailures.isWaiting) return false
    const { threads } = this.#options
    // The one lane of the app's own thread takes everything; opening it is all there is to open.
    if (threads === 0) return this.local.open === undefined
    const most = role === 'cpu' ? threads : SHARED_THREADS
    let taking = 0
    let living = 0
    for (const { load } of this.#fleet.lanes()) {
      living += 1
      if (load.role === role && load.accepting) taking += 1
    }
    // Those that are killed in a native call live on until it returns: there mustn't be ever more of them.
    return taking < most && living < mostThreads(threads)
  }

  /** Opens one more lane; `undefined` where there can't be one now. */
  open(role: 'cpu' | 'shared'): LaneLoad<Action> | undefined {
    if (!this.canOpen(role)) return undefined
    if (this.#options.threads === 0) return this.openLocal()
    try {
      return this.#fleet.create(role, lineByPort(this.threads.service())).load
    } catch (error) {
      // What the threads are started with is wrong: Node says so at once.
      this.#cannotStart(error)
      return undefined
    }
  }

  /** Opens all lanes that there may be, and aren't there. */
  openAll(): void {
    for (const role of ['shared', 'cpu'] as const) {
      const isMissing = (): boolean =>
        role === 'cpu' ||
        ![...this.#fleet.lanes()].some(({ load }) => load.role !== 'cpu' && load.accepting && !load.silent)
      while (isMissing() && this.canOpen(role)) {
        const load = this.open(role)
        if (load === undefined) break
        this.#fleet.addLane(load)
      }
    }
  }

  /** The lane of the app's own thread, opened where it isn't. */
  openLocal(): LaneLoad<Action> {
    const known = this.local.open
    if (known !== undefined) return known.load
    const isOnly = this.#options.threads === 0
    const { load } = this.local.create((open) => this.#fleet.create(isOnly ? 'all' : 'local', open))
    if (isOnly) this.#fleet.addLane(load)
    return load
  }

  /** Starts those threads that are always kept, once one has come up. */
  keepMinimum(): void {
    if (!this.#keepsMinimum || this.#closed || this.#startFailures.isWaiting) return
    try {
      this.threads.keepMinimum()
    } catch {
      // The next lane that can't be opened says for whom.
      this.#keepsMinimum = false
    }
  }

  /** A lane of this process has come up. */
  cameUp(lane: Lane<Action>): void {
    // That of the app's own thread says nothing of the others.
    if (!lane.canBeKilled) return
    this.#startFailures.reset()
    this.#keepsMinimum = this.#options.minThreads > 0
  }

  /** A thread has died before its lane came up. */
  startFailed(error: unknown): void {
    const mayTry = !this.#closed && mayStartLater(error)
    if (!mayTry || !this.#startFailures.note(() => this.#fleet.schedule())) this.#cannotStart(error)
  }

  /** Opens nothing more. */
  stop(): void {
    this.#closed = true
    this.#startFailures.reset()
  }

  #onStartError(error: Error): void {
    for (const { thread, canBeKilled, life } of this.#fleet.lanes()) {
      // One that is being killed waits for the exit of its own.
      if (thread !== undefined || !canBeKilled || life.state === 'terminating') continue
      life.failToStart(error)
      return
    }
    this.#keepsMinimum = false
    warnOfIdleCrash(error)
  }

  #cannotStart(error: unknown): void {
    this.#startFailures.reset()
    this.#fleet.cannotStart(error)
  }
}

/**
 * How many threads there may be at a time. More than are used: of those with an abandoned body, or in a native call, the
 * capacity is given back at once. Not without a limit: Piscina may start as many as it is allowed.
 */
function mostThreads(threads: number): number {
  return 4 * threads + 16
}
