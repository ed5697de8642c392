// The lanes of a runtime: opened when there is work, closed when there is none, replaced when a thread is lost. Joins
// the pure scheduler with the threads.

import { holdCurrentBody } from '../../actors/inside/current-body.js'
import { Host } from '../../actors/inside/host.js'
import { LOCAL_URL, type LocalBodies } from '../local-bodies.js'
import { ClaimState } from '../protocol/claims.js'
import { createClock } from '../protocol/clock.js'
import { ThreadLostError } from '../protocol/errors.js'
import type { ToRuntime } from '../protocol/messages.js'
import type { LaneLoad } from '../scheduling/scheduler.js'
import { Scheduler } from '../scheduling/scheduler.js'
import {
  Lane,
  type FurtherParts,
  type LaneLoss,
  type LaneOwner,
  type LaneService,
  type OpenService,
} from '../threads/lane.js'
import { ThreadPool, type PoolOptions } from '../threads/pool.js'
import type { ActionNode } from './action-node.js'
import type { Killing } from './cancellation.js'
import type { Dispatch } from './dispatch.js'
import { StartFailures } from './start-failures.js'
import type { Supervisor } from './supervisor.js'

const NONE: readonly object[] = []

/** How many modules a spare thread loads ahead of need, at most: those that were used last for the first time. */
const PRELOADED = 32

/** How many shared threads there may be: another one serves new actions while the first doesn't answer (S6). */
const SHARED_THREADS = 2

/** What the lanes are made of. */
export interface LanesOptions {
  /** Threads for actions with a cpu share; 0: everything runs in the app's own thread. */
  readonly threads: number
  readonly pool: Omit<PoolOptions, 'maxThreads'>
  readonly epochOffset: number
  readonly localBodies: LocalBodies
}

/** One lane, as `runtime.stats()` shows it. */
export interface LaneStats {
  /** `undefined` while it starts. */
  readonly thread: number | undefined
  readonly role: string
  readonly state: string
  readonly inFlight: number
  /** Sum of the cpu shares held. */
  readonly held: number
  /** How long the loop of a shared thread hasn't answered, in milliseconds; 0 while it does. */
  readonly silentMs: number
  /** How long ago it was killed, in milliseconds, where its thread hasn't exited yet: a native call delays that; else 0. */
  readonly exitPendingMs: number
}

/** All lanes of one runtime. */
export class Lanes implements Dispatch, LaneOwner<ActionNode>, Killing {
  readonly #options: LanesOptions
  readonly #supervisor: () => Supervisor
  readonly #scheduler: Scheduler<ActionNode>
  readonly #lanes = new Map<LaneLoad<ActionNode>, Lane<ActionNode>>()
  /** The guilty, by the lane that was killed for them or that they have ended. */
  readonly #guilty = new Map<Lane<ActionNode>, Set<ActionNode>>()
  /** Whose actions have been sent to threads. */
  readonly #modules = new Set<string>()
  #pool: ThreadPool | undefined
  #local: Lane<ActionNode> | undefined
  #localHost: Host | undefined
  #scheduled = false
  readonly #startFailures = new StartFailures()
  #closed = false
  #whenGone: (() => void)[] = []

  constructor(options: LanesOptions, supervisor: () => Supervisor) {
    this.#options = options
    this.#supervisor = supervisor
    this.#scheduler = new Scheduler<ActionNode>({
      open: (role) => this.#open(role),
      offer: (load, node) => this.#offer(load, node),
      takeBack: (load, node) => this.#takeBack(load, node),
    })
  }

  get queued(): number {
    return this.#scheduler.queued
  }

  /** How many threads there are, those without a lane included. */
  get threads(): number {
    return this.#pool?.size ?? 0
  }

  /** Where each lane stands. */
  states(): LaneStats[] {
    return [...this.#lanes.values()].map((lane) => ({
      thread: lane.thread,
      role: lane.load.role,
      state: lane.state,
      inFlight: lane.load.inFlight,
      held: lane.load.held,
      silentMs: lane.silentMs,
      exitPendingMs: lane.exitPendingMs,
    }))
  }

  /** Bodies that were given up while their code may still run. */
  get abandoned(): number {
    let count = 0
    for (const lane of this.#lanes.values()) count += lane.abandoned
    return count
  }

  enqueue(node: ActionNode): void {
    this.#scheduler.enqueue(node)
  }

  dequeue(node: ActionNode): boolean {
    return this.#scheduler.dequeue(node)
  }

  startLocally(node: ActionNode): void {
    const lane = this.#openLocal()
    this.#scheduler.assign(lane.load, node)
  }

  ended(node: ActionNode, busyMs: number | undefined, branched: boolean): void {
    this.#scheduler.ended(node, busyMs, branched)
  }

  started(node: ActionNode): void {
    this.#scheduler.started(node)
  }

  parked(node: ActionNode): void {
    this.#scheduler.parked(node)
  }

  resumed(node: ActionNode): void {
    this.#scheduler.resumed(node)
  }

  corrected(node: ActionNode, cpu: number): void {
    this.#scheduler.corrected(node, cpu)
  }

  withdrawn(node: ActionNode): void {
    this.#scheduler.withdraw(node)
  }

  abandonedOn(node: ActionNode): void {
    this.#scheduler.abandoned(node)
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      this.place()
      for (const lane of this.#lanes.values()) this.#tidy(lane)
    })
  }

  place(): void {
    if (!this.#scheduler.place()) setImmediate(() => this.schedule())
  }

  /** Looks for threads that don't start what they were sent. */
  checkStalled(now: number): void {
    for (const lane of this.#lanes.values()) lane.checkStalled(now)
  }

  /** Handles what has arrived from the lanes but not been delivered. */
  drain(): void {
    // What a body in this very thread has done is known at once.
    this.#localHost?.outbox.flush()
    for (const lane of this.#lanes.values()) lane.drain()
  }

  received(lane: Lane<ActionNode>, message: ToRuntime, node: ActionNode | undefined): void {
    if (message.type === 'hello') {
      this.#startFailures.reset()
      // Seen to have started by their claim words, ahead of this.
      for (const item of lane.items()) if (item.startedAt !== undefined) item.thread ??= message.thread
      return
    }
    if (message.type === 'endsThread') this.#blame(lane, node)
    else if (message.type === 'define') this.#supervisor().defined(lane, message)
    else if (node !== undefined) this.#supervisor().received(lane, node, message)
  }

  receivedAll(): void {
    this.schedule()
  }

  notSent(_lane: Lane<ActionNode>, node: ActionNode, error: unknown): void {
    this.#supervisor().notSent(node, error)
    this.schedule()
  }

  fellSilent(lane: Lane<ActionNode>): void {
    const unparked = [...lane.items()].filter((node) => lane.claim(node) === ClaimState.running)
    this.#supervisor().blockedBy(unparked, lane.thread, lane.silentMs)
    // What hasn't started there goes to another one.
    lane.load.silent = true
    this.#takeBackUnstarted(lane)
    this.schedule()
  }

  answersAgain(lane: Lane<ActionNode>): void {
    lane.load.silent = false
    this.schedule()
  }

  exitIsLate(lane: Lane<ActionNode>): void {
    this.#supervisor().exitIsLate([...lane.items()], lane.thread, lane.exitPendingMs)
  }

  gone(lane: Lane<ActionNode>, loss: LaneLoss | undefined): void {
    this.#lanes.delete(lane.load)
    this.#scheduler.removeLane(lane.load)
    if (this.#local === lane) {
      this.#local = undefined
      this.#localHost = undefined
    }
    const guilty = this.#guilty.get(lane) ?? (loss?.killed === true ? NOBODY : undefined)
    this.#guilty.delete(lane)
    const lost: ActionNode[] = []
    const items = [...lane.items()]
    const isIdle = items.length === 0
    for (const node of items) {
      if (lane.takeBack(node) && !isInputGone(node)) this.#requeue(node)
      else lost.push(node)
    }
    for (const node of lost) this.#supervisor().threadLost(node, loss ?? UNEXPECTED_END, guilty)
    if (isIdle && loss?.killed === false && !loss.whileStarting) warnOfIdleCrash(loss.error)
    if (loss?.whileStarting === true && !loss.killed) this.#startFailed(loss.error)
    // The next kill finds a spare, too.
    if (loss?.killed === true && !this.#closed) this.expectKill()
    this.schedule()
    if (this.#lanes.size > 0) return
    const waiters = this.#whenGone
    this.#whenGone = []
    for (const resolve of waiters) resolve()
  }

  kill(lane: Lane<ActionNode>, guilty: ActionNode): void {
    this.#blame(lane, guilty)
    this.#vacate(lane)
    lane.kill()
    this.schedule()
  }

  retire(lane: Lane<ActionNode>): void {
    this.#vacate(lane)
    this.#tidy(lane)
    this.schedule()
  }

  /** Force is near: a spare thread is kept warm, so that a killed one's capacity is back at once. */
  expectKill(): void {
    this.#pool?.keepSpare([...this.#modules].slice(-PRELOADED))
  }

  /** Ends every thread and waits for their exits. */
  async close(): Promise<void> {
    this.#closed = true
    this.#startFailures.reset()
    for (const lane of this.#lanes.values()) {
      if (lane.abandoned > 0 && lane.canBeKilled) lane.kill()
      else lane.close()
    }
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => this.#whenGone.push(resolve))
    await this.#pool?.close()
  }

  /** It is for that one, if it is known, that the thread is lost. */
  #blame(lane: Lane<ActionNode>, node: ActionNode | undefined): void {
    let guilty = this.#guilty.get(lane)
    if (guilty === undefined) this.#guilty.set(lane, (guilty = new Set()))
    if (node !== undefined) guilty.add(node)
  }

  /** Takes back what hasn't started on a lane that takes nothing new. */
  #vacate(lane: Lane<ActionNode>): void {
    lane.load.accepting = false
    this.#takeBackUnstarted(lane)
  }

  #takeBackUnstarted(lane: Lane<ActionNode>): void {
    for (const node of [...lane.items()]) {
      if (!isInputGone(node) && lane.takeBack(node)) this.#requeue(node)
    }
  }

  #requeue(node: ActionNode): void {
    this.#supervisor().takenBack(node)
    this.#scheduler.withdraw(node)
    // Local bodies have only the one thread, and never leave it.
    if (node.definition.url === LOCAL_URL) this.startLocally(node)
    else this.#scheduler.enqueue(node)
  }

  #tidy(lane: Lane<ActionNode>): void {
    if (lane.load.inFlight > 0) return
    if (lane.abandoned > 0 && lane.canBeKilled) lane.kill()
    else lane.restWhenIdle()
  }

  #open(role: 'cpu' | 'shared'): LaneLoad<ActionNode> | undefined {
    if (this.#closed || this.#startFailures.isWaiting) return undefined
    if (this.#options.threads === 0) {
      // The one lane of the app's own thread takes everything; opening it is all there is to open.
      return this.#local?.load.accepting === true ? undefined : this.#openLocal().load
    }
    let open = 0
    for (const { load } of this.#lanes.values()) if (load.role === role && load.accepting) open += 1
    const { threads } = this.#options
    if (open >= (role === 'cpu' ? threads : SHARED_THREADS)) return undefined
    // Those that are killed in a native call live on until it returns: there mustn't be ever more of them.
    if (this.#lanes.size >= mostThreads(threads)) return undefined
    try {
      const lane: Lane<ActionNode> = new Lane<ActionNode>(role, this, this.#inThread())
      this.#lanes.set(lane.load, lane)
      return lane.load
    } catch (error) {
      // What the threads are started with is wrong: Node says so at once.
      this.#cannotStart(error)
      return undefined
    }
  }

  #inThread(): OpenService {
    const { pool: poolOptions, threads, epochOffset } = this.#options
    this.#pool ??= new ThreadPool({ ...poolOptions, maxThreads: mostThreads(threads) }, (error) =>
      this.#onPoolError(error),
    )
    const pool = this.#pool
    return (port, counter): LaneService => {
      const task = pool.run({ port, counter, epochOffset })
      return {
        ended: task.ended,
        kill: () => task.kill(),
        worker: (thread) => pool.worker(thread),
        hold: (thread, holdsProcess) => pool.hold(thread, holdsProcess),
      }
    }
  }

  #openLocal(): Lane<ActionNode> {
    if (this.#local !== undefined && this.#local.load.accepting) return this.#local
    const { threads, epochOffset } = this.#options
    const open: OpenService = (port, counter) => ({
      ended: new Promise<void>((resolve) => {
        const letGo = holdCurrentBody()
        const host = new Host({
          port,
          counter,
          now: createClock(epochOffset),
          thread: 0,
          localBodies: this.#options.localBodies,
          onClose() {
            letGo()
            port.close()
            resolve()
          },
        })
        this.#localHost = host
      }),
    })
    const lane: Lane<ActionNode> = new Lane<ActionNode>(threads === 0 ? 'all' : 'local', this, open)
    this.#local = lane
    this.#lanes.set(lane.load, lane)
    if (threads === 0) this.#scheduler.addLane(lane.load)
    return lane
  }

  #offer(load: LaneLoad<ActionNode>, node: ActionNode): void {
    const lane = this.#lanes.get(load) as Lane<ActionNode>
    const { definition, run, id, input } = node
    if (!definition.wasSent) {
      definition.wasSent = true
      if (definition.url !== LOCAL_URL) this.#modules.add(definition.url)
    }
    // An input that may be needed again is copied.
    const transfers = definition.options.retries.limit === 0 ? node.transfers : NONE
    lane.start(node, definition, { run: run.name, id, input }, furtherParts(node, transfers), transfers)
    this.#supervisor().sent(node, lane)
  }

  #takeBack(load: LaneLoad<ActionNode>, node: ActionNode): boolean {
    if (isInputGone(node)) return false
    if (this.#lanes.get(load)?.takeBack(node) !== true) return false
    this.#supervisor().takenBack(node)
    return true
  }

  #onPoolError(error: Error): void {
    for (const lane of this.#lanes.values()) {
      if (lane.thread === undefined && lane.canBeKilled) {
        lane.failToStart(error)
        return
      }
    }
    warnOfIdleCrash(error)
  }

  #startFailed(error: unknown): void {
    if (!this.#closed && this.#startFailures.note(() => this.schedule())) return
    this.#cannotStart(error)
  }

  #cannotStart(error: unknown): void {
    this.#startFailures.reset()
    for (const node of this.#scheduler.takeAll()) {
      // That one settles by its abort.
      if (node.isWithdrawn) continue
      this.#supervisor().refused(
        node,
        new ThreadLostError(
          `no thread could be started for action ${node.id} '${node.name}': ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}. ` +
            'Look at execArgv, env, resourceLimits and what --import or --require load',
          { loss: 'failed-to-start', run: node.run.name, action: node.id, cause: error },
        ),
      )
    }
  }
}

/**
 * How many threads there may be at a time. More than are used: of those with an abandoned body, or in a native call, the
 * capacity is given back at once. Not without a limit: Piscina may start as many as it is allowed.
 */
function mostThreads(threads: number): number {
  return 4 * threads + 16
}

/** A thread on which no action lived has died: of something that one has left behind. */
function warnOfIdleCrash(error: unknown): void {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`an idle thread crashed: ${what}`, 'HeddleWarning')
}

const NOBODY: ReadonlySet<ActionNode> = new Set()

const UNEXPECTED_END: LaneLoss = { killed: false, whileStarting: false }

/** What was moved to a thread can't be sent to another. */
function isInputGone(node: ActionNode): boolean {
  return node.transfers.length > 0 && node.definition.options.retries.limit === 0
}

/** What few starts say besides; `undefined` where there is nothing: a spread for each was felt. */
function furtherParts(node: ActionNode, transfers: readonly object[]): FurtherParts | undefined {
  const { definition, run, name, attempt, cpu, lastIndex } = node
  const parent = node.parent === node.spawner ? undefined : node.parent?.id
  const isPlain =
    name === definition.name &&
    parent === undefined &&
    attempt === 1 &&
    cpu === 1 &&
    transfers.length === 0 &&
    lastIndex === 0 &&
    run.inspect === undefined
  if (isPlain) return undefined
  return {
    ...(name !== definition.name && { name }),
    ...(parent !== undefined && { parent }),
    ...(attempt > 1 && { attempt }),
    ...(cpu !== 1 && { cpu }),
    ...(transfers.length > 0 && { transfer: transfers }),
    ...(lastIndex > 0 && { spawned: lastIndex }),
    ...(run.inspect && { inspected: true }),
  }
}
