// The threads of a simulated world: they start late, or not at all; serve lanes by the real host; are killed, some only once
// a native call returns; and die of themselves. It behaves as the pool does that runs on Piscina.

import { EventEmitter } from 'node:events'
import type { Worker } from 'node:worker_threads'
import type { LaneOpening } from '../../actors/inside/entry.js'
import { isAnOwnAbort } from '../../actors/inside/body/own-aborts.js'
import { runningBody } from '../../actors/inside/body/body.js'
import { currentBody } from '../../actors/inside/body/current-body.js'
import { throwerOf } from '../../actors/inside/body/microtasks.js'
import { Host } from '../../actors/inside/host.js'
import { linkByPort } from '../../actors/inside/port-link.js'
import { Counter } from '../../src/protocol/claims.js'
import { createClock } from '../../src/protocol/clock.js'
import { world } from '../../src/protocol/world.js'
import type { PoolOptions, ResidentTask } from '../../src/threads/pool.js'
import type { Threads } from '../../src/threads/threads.js'
import type { SimulatedPort } from './ports.js'
import { OS_THREAD_BASE, type Simulator } from './simulator.js'
import type { SimulatedThread } from './thread.js'

/** What befalls threads, by chance. */
export interface Fates {
  /** How likely a thread dies while it starts. */
  readonly failToStart: number
  /** How likely one that has taken a lane dies at some later point, in the midst of what it does. */
  readonly dieLater: number
  /** Whether the system tells how long threads wait for a processor. */
  readonly isMeasured: boolean
}

interface Task {
  readonly opening: LaneOpening
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class SimulatedWorker extends EventEmitter {
  threadId: number

  constructor(threadId: number) {
    super()
    this.threadId = threadId
  }
}

type State = 'starting' | 'up' | 'killed' | 'gone'

interface Member {
  readonly thread: SimulatedThread
  readonly worker: SimulatedWorker
  state: State
  task: Task | undefined
  host: Host | undefined
  /** It warms up: it can't take a lane meanwhile. */
  isWarming: boolean
  mayExit: boolean
  freeSince: number
  whenGone: (() => void)[]
}

/** The thread that serves a host, for what its code does to it. */
const members = new WeakMap<SimulatedThread, Member>()

/** Whether a thread serves a lane. */
export function servesLane(thread: SimulatedThread): boolean {
  return members.get(thread)?.host !== undefined
}

/** `process.exit` in the thread whose code is running. */
export function exitThread(sim: Simulator, exitCode: number): void {
  const member = members.get(sim.current)
  if (member === undefined || sim.current.isDead) return
  member.host?.announceEndOfThread(currentBody.getStore())
  sim.current.die(sim, exitCode)
}

/** What nobody has caught in a thread: as the entry of a real one takes it. */
export function takeUncaught(
  sim: Simulator,
  thread: SimulatedThread,
  kind: 'unhandledRejection' | 'uncaughtException',
  thrown: unknown,
): void {
  if (thread.isDead || isAnOwnAbort(thrown)) return
  const body = throwerOf(thrown) ?? runningBody()
  if (body !== undefined) {
    if (body.isLive) body.fail(thrown)
    return
  }
  const member = members.get(thread)
  member?.host?.announceEndOfThread(currentBody.getStore())
  lastError.set(thread, thrown)
  thread.die(sim, 1)
}

const lastError = new WeakMap<SimulatedThread, unknown>()

/** The threads of one runtime. */
export class SimulatedThreads implements Threads {
  /** How many have been killed, started and lost, for those who count. */
  readonly seen = { started: 0, failedToStart: 0, killed: 0, died: 0, killedLate: 0 }
  readonly #sim: Simulator
  /** The thread that makes them. */
  readonly #main: SimulatedThread
  readonly #options: PoolOptions
  readonly #fates: Fates
  readonly #onStartError: (error: Error) => void
  readonly #members = new Set<Member>()
  #closed = false

  constructor(sim: Simulator, options: PoolOptions, fates: Fates, onStartError: (error: Error) => void) {
    this.#sim = sim
    this.#main = sim.current
    this.#options = options
    this.#fates = fates
    this.#onStartError = onStartError
  }

  get size(): number {
    return this.#members.size
  }

  get hasMoreThanMinimum(): boolean {
    return this.size > this.#options.minThreads
  }

  run(opening: LaneOpening): ResidentTask {
    if (this.#closed) throw new Error('the pool is closed')
    const free = [...this.#members].filter(({ task, isWarming }) => task === undefined && !isWarming)
    const member = free.find(({ state }) => state === 'up') ?? free[0] ?? this.#start([])
    let task: Task | undefined
    const ended = new Promise<void>((resolve, reject) => {
      task = { opening, resolve, reject }
    })
    member.task = task
    // Its port is on its way to the thread.
    ;(opening.port as unknown as SimulatedPort).leave()
    if (member.state === 'up') this.#give(member)
    const over = (): void => this.#freed(member)
    ended.then(over, over)
    return {
      ended,
      kill: () => {
        if (!this.#members.has(member) || member.task !== task) return undefined
        this.#kill(member)
        task?.reject(Object.assign(new Error('The task has been aborted'), { name: 'AbortError' }))
        return member.worker as unknown as Worker
      },
    }
  }

  hold(thread: number, holdsProcess: boolean): boolean {
    const member = this.#memberOf(thread)
    if (member === undefined || member.state !== 'up') return false
    this.held.delete(thread)
    if (holdsProcess) this.held.add(thread)
    return true
  }

  /** Threads that hold the process. */
  readonly held = new Set<number>()

  worker(thread: number): Worker | undefined {
    return this.#memberOf(thread)?.worker as unknown as Worker | undefined
  }

  keepSpares(count: number, modules: readonly string[]): void {
    if (this.#closed) return
    const free = [...this.#members].filter(({ task }) => task === undefined).length
    for (let missing = count - free; missing > 0; missing -= 1) this.#start(modules)
  }

  keepMinimum(modules: readonly string[]): void {
    if (this.#closed) return
    while (this.size < this.#options.minThreads) this.#start(modules)
  }

  end(thread: number): boolean {
    const member = this.#memberOf(thread)
    if (this.#closed || member === undefined || member.task !== undefined || !this.hasMoreThanMinimum)
      return false
    if (member.state !== 'up' || member.isWarming) return false
    this.#kill(member)
    return true
  }

  async close(): Promise<void> {
    this.#closed = true
    const exits = [...this.#members].map(
      (member) => new Promise<void>((resolve) => member.whenGone.push(resolve)),
    )
    for (const member of [...this.#members]) this.#kill(member)
    await Promise.all(exits)
  }

  #memberOf(thread: number): Member | undefined {
    for (const member of this.#members) if (member.thread.id === thread) return member
    return undefined
  }

  #start(modules: readonly string[]): Member {
    const sim = this.#sim
    const { random } = sim
    const thread = sim.addThread(this.#main)
    // What its process was about to start when it was killed.
    if (this.#main.isDead) thread.forget()
    for (const url of modules) thread.imported.add(url)
    const member: Member = {
      thread,
      worker: new SimulatedWorker(thread.id),
      state: 'starting',
      task: undefined,
      host: undefined,
      isWarming: false,
      mayExit: false,
      freeSince: sim.now,
      whenGone: [],
    }
    members.set(thread, member)
    this.#members.add(member)
    this.seen.started += 1
    this.held.add(thread.id)
    thread.slowness = random.chance(0.05) ? 20 : 1
    thread.onDeath = (exitCode) => this.#died(member, exitCode)
    const startMs = random.chance(0.02) ? random.next() * 2000 : 2 + random.next() * 60
    const fails = random.chance(this.#fates.failToStart)
    sim.at(thread, sim.now + startMs, () => {
      if (fails) {
        this.seen.failedToStart += 1
        if (random.chance(0.5)) lastError.set(thread, new Error('a module that is loaded first throws'))
        thread.die(sim, 1)
      } else {
        // The word that it is ready is on its way to the main thread.
        sim.at(this.#main, sim.now + random.next() * 0.5, () => this.#cameUp(member))
      }
    })
    return member
  }

  #cameUp(member: Member): void {
    member.mayExit = true
    if (member.state !== 'starting') return
    member.state = 'up'
    member.freeSince = this.#sim.now
    if (member.task === undefined) this.held.delete(member.thread.id)
    else this.#give(member)
    this.#endIdleLater(member)
  }

  /** The thread takes a lane, by the real host. */
  #give(member: Member): void {
    const sim = this.#sim
    const { thread, task } = member
    if (task === undefined) return
    this.held.add(thread.id)
    sim.at(thread, sim.now + sim.random.next() * 0.3, () => {
      const { port, counter, epochOffset } = task.opening
      const simulated = port as unknown as SimulatedPort
      simulated.receiveBy(thread)
      if (this.#fates.isMeasured) world.store(counter, Counter.osThread, OS_THREAD_BASE + thread.id)
      if (sim.random.chance(this.#fates.dieLater)) thread.effectsLeft = 2 + sim.random.below(200)
      member.host = new Host({
        link: linkByPort(port, counter),
        now: createClock(epochOffset),
        thread: thread.id,
        onClose: () => {
          member.host = undefined
          simulated.close()
          if (thread.isDead) return
          sim.at(this.#main, sim.now + sim.random.next() * 0.3, () => {
            if (member.task !== task) return
            member.task = undefined
            task.resolve()
          })
        },
      })
    })
  }

  #freed(member: Member): void {
    member.freeSince = this.#sim.now
    if (member.task === undefined && member.state === 'up') this.held.delete(member.thread.id)
    this.#endIdleLater(member)
  }

  #endIdleLater(member: Member): void {
    const { idleTimeoutMs } = this.#options
    if (idleTimeoutMs > 2 ** 31 - 1) return
    const sim = this.#sim
    sim.at(this.#main, sim.now + idleTimeoutMs, () => {
      if (member.task === undefined && sim.now - member.freeSince >= idleTimeoutMs) this.end(member.thread.id)
    })
  }

  /** It goes on for a moment; for longer while a native call keeps it. */
  #kill(member: Member): void {
    const sim = this.#sim
    const { thread } = member
    this.seen.killed += 1
    member.state = 'killed'
    member.mayExit = true
    this.#members.delete(member)
    if (thread.isDead) return
    thread.wasKilled = true
    const { blocked } = thread
    const isNative = blocked?.isNative === true
    if (isNative) this.seen.killedLate += 1
    thread.effectsLeft = 1 + sim.random.below(6)
    const at = isNative ? blocked.until : sim.now + sim.random.next() * 2
    // By the system: whatever the thread does.
    sim.at(this.#main, at, () => thread.die(sim, 1))
  }

  /** Its exit is told on the main thread, behind all that it has said. */
  #died(member: Member, exitCode: number): void {
    const sim = this.#sim
    const { thread, worker } = member
    const error = lastError.get(thread)
    if (member.state !== 'killed') this.seen.died += 1
    let at = sim.now + 0.1 + sim.random.next() * 4
    const wasKilled = (): boolean => member.state === 'killed'
    const lose = (why: unknown): void => {
      this.#members.delete(member)
      // It may have been given one since: its end wasn't known yet.
      const { task } = member
      if (task === undefined) return
      member.task = undefined
      task?.reject(why)
    }
    if (error !== undefined && !wasKilled()) {
      sim.at(this.#main, at, () => {
        member.mayExit = true
        const hadTask = member.task !== undefined
        const isKnown = this.#members.has(member)
        lose(error)
        if (!hadTask && isKnown && !this.#closed) this.#onStartError(error as Error)
        if (worker.listenerCount('error') > 0) worker.emit('error', error)
      })
      at += sim.random.next() * 2
    }
    sim.at(this.#main, at, () => {
      const isKnown = this.#members.has(member)
      member.state = 'gone'
      this.held.delete(thread.id)
      lose(new Error(`worker exited with code: ${exitCode}`))
      worker.threadId = -1
      worker.emit('exit', exitCode)
      if (isKnown && !this.#closed && !member.mayExit)
        this.#onStartError(new Error(`the thread exited with code ${exitCode} while it started`))
      for (const resolve of member.whenGone.splice(0)) resolve()
    })
  }
}
