// A world in one process and one real thread: virtual time, and threads whose turns are given by chance. Each step is one
// turn of the loop of one thread (a timer, an immediate, a message), with the ticks and microtasks that follow from it.

import type { MessagePort } from 'node:worker_threads'
import { currentBody } from '../../actors/inside/body/current-body.js'
import { useWorld, type World } from '../../src/protocol/world.js'
import type { Random } from '../soak/random.js'
import { SimulatedPort } from './ports.js'
import { SimulatedThread, turnOf, type Kernel, type MachineClock, type Turn } from './thread.js'

/** When each simulation begins, in epoch milliseconds: whatever day it is. */
export const EPOCH = 1_700_000_000_000

/** Node's own: runs ticks and microtasks, and tells of rejections that nobody has handled, within the call. */
const runMicrotasks = Reflect.get(process, '_tickCallback') as () => void

/** A step that takes longer holds up all others, as no thread of a real machine does. */
const LONG_STEP_MS = 100

/** How a thread's loop goes. */
export interface Pace {
  /** How long each look at the clock takes, in milliseconds: what code costs here. */
  readonly costMs: number
  /** How likely a turn is followed by a while in which the thread gets no processor. */
  readonly stallChance: number
  /** How long that lasts at most, in milliseconds. */
  readonly stallMs: number
}

/** A virtual world. */
export class Simulator implements Kernel {
  /** Milliseconds since its beginning. */
  now = 0
  steps = 0
  readonly random: Random
  readonly main: SimulatedThread
  readonly threads: SimulatedThread[] = []
  /** The main threads of apps that nobody looks into. */
  readonly others = new Set<SimulatedThread>()
  /** The one whose code is running. */
  current: SimulatedThread
  /** Told of what nobody has caught. */
  onUncaught: (
    thread: SimulatedThread,
    kind: 'unhandledRejection' | 'uncaughtException',
    thrown: unknown,
  ) => void = () => {}
  /** Told of each turn, where somebody traces. */
  onTurn: ((thread: SimulatedThread, what: string) => void) | undefined
  readonly pace: Pace
  /** When a single step was last over that took so long that others may be late for it: nobody else had a turn meanwhile. */
  heldUntil = 0
  /** How long steps have taken, all in all; and when the last one began. */
  #stepsMs = 0
  #beganAt = Infinity
  #sequence = 0
  readonly #ready: SimulatedThread[] = []

  constructor(random: Random, pace: Pace) {
    this.random = random
    this.pace = pace
    this.main = this.addThread()
    this.current = this.main
  }

  /** `of`: the main thread of its process, or the clock of a machine on which it is the first. */
  addThread(of?: SimulatedThread | MachineClock): SimulatedThread {
    const thread = new SimulatedThread(this.threads.length, of)
    this.threads.push(thread)
    return thread
  }

  /** Whether the code that is running is that of an app that nobody looks into. */
  get isOthers(): boolean {
    return this.others.has(this.current)
  }

  /** A number that is higher with each call: what comes at the same time comes in this order. */
  next(): number {
    this.#sequence += 1
    return this.#sequence
  }

  /** Something from outside comes to a thread. */
  at(thread: SimulatedThread, time: number, call: () => void): void {
    thread.arrivals.add({ at: time, sequence: this.next(), turn: turnOf(call), isHolding: true })
  }

  /**
   * The code that is running computes for so long: its thread takes nothing meanwhile. `isNative`: nor can it be killed.
   */
  compute(ms: number, isNative = false): Promise<void> {
    const thread = this.current
    if (thread.isDead) return new Promise(() => {})
    thread.computedMs += ms
    const until = Math.max(this.now, thread.blocked?.until ?? 0) + ms
    return new Promise((resolve) => {
      thread.blocked = { until, isNative, goOn: turnOf(resolve), before: thread.blocked }
    })
  }

  /** How long the thread whose code is running, and the app's own, have computed or waited for a processor, all in all. */
  heldUpMs(): number {
    const { main, current, now } = this
    return main.computedMs + main.waitedMs(now) + current.computedMs + current.waitedMs(now)
  }

  /** How long it was somebody's turn, all in all, so that nobody else could have one. */
  turnsMs(): number {
    return this.#stepsMs + Math.max(0, this.now - this.#beganAt)
  }

  /** Does one step; `false` if nothing will ever happen again, or not by that time. */
  step(until = Infinity): boolean {
    const thread = this.#choose(until)
    if (thread === undefined) return false
    this.steps += 1
    this.current = thread
    const { blocked } = thread
    this.#beganAt = this.now
    if (blocked !== undefined) {
      thread.blocked = blocked.before
      this.onTurn?.(thread, 'has computed')
      this.#run(thread, blocked.goOn)
    } else {
      this.#takeTurn(thread)
    }
    this.#drain(thread)
    const stepMs = this.now - this.#beganAt
    this.#stepsMs += stepMs
    this.#beganAt = Infinity
    if (stepMs > LONG_STEP_MS) this.heldUntil = this.now
    this.#stall(thread)
    this.current = this.main
    return true
  }

  /** Runs something as the code of a thread, with all that follows from it at once. */
  within(thread: SimulatedThread, call: () => void): void {
    this.current = thread
    this.#run(thread, turnOf(call))
    this.#drain(thread)
    this.current = this.main
  }

  /** The world as the code that is running sees it. */
  world(): World {
    return {
      now: () => this.#look(),
      sharedNow: () => this.#look(),
      epochNow: () => EPOCH + this.current.clock.skewMs + this.#look(),
      setTimeout: (fire, ms) => this.current.setTimer(this, fire, ms, false) as never,
      clearTimeout: (timer) => this.current.clearTimer(timer),
      setInterval: (fire, ms) => this.current.setTimer(this, fire, ms, true) as never,
      clearInterval: (timer) => this.current.clearTimer(timer),
      setImmediate: (fire) => this.current.setImmediate(fire) as never,
      clearImmediate: (immediate) => this.current.clearImmediate(immediate),
      nextTick: (fire) => this.current.nextTick(fire),
      random: () => this.random.next(),
      randomHex: (bytes) =>
        Array.from({ length: bytes }, () => this.random.below(256).toString(16).padStart(2, '0')).join(''),
      createChannel: () => this.#createChannel(),
      receiveMessageOnPort: (port) => (port as unknown as SimulatedPort).take(),
      load: (words, at) => Atomics.load(words, at),
      store: (words, at, value) => (this.effect() ? Atomics.store(words, at, value) : value),
      add: (words, at, value) => (this.effect() ? Atomics.add(words, at, value) : Atomics.load(words, at)),
      compareExchange: (words, at, expected, value) =>
        this.effect() ? Atomics.compareExchange(words, at, expected, value) : Atomics.load(words, at),
      importModule: (url) => this.#importModule(url),
      readSystemFile: (path) => this.#systemFile(path),
      processors: () => [],
      isConsoleWritten: () => true,
    }
  }

  /** Puts this world in place of Node's; gives what ends that. */
  enter(): () => void {
    const leaveWorld = useWorld(this.world())
    const onRejection = (reason: unknown): void => this.onUncaught(this.current, 'unhandledRejection', reason)
    const onException = (error: unknown): void => this.onUncaught(this.current, 'uncaughtException', error)
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onException)
    return () => {
      for (const thread of this.threads) {
        thread.forget()
        thread.onDeath = undefined
        this.within(thread, () => {
          for (const port of thread.lost) port.release()
        })
      }
      process.off('unhandledRejection', onRejection)
      process.off('uncaughtException', onException)
      leaveWorld()
    }
  }

  /**
   * The code that is running is about to change something outside of its thread; `false`: it is dead, and doesn't. Each is
   * a point at which a thread may die.
   */
  effect(): boolean {
    const thread = this.current
    if (thread.isDead) return false
    if (thread.effectsLeft === undefined) return true
    thread.effectsLeft -= 1
    if (thread.effectsLeft > 0) return true
    thread.effectsLeft = undefined
    thread.die(this, 1)
    return false
  }

  #createChannel(): { readonly port1: MessagePort; readonly port2: MessagePort } {
    const port1 = new SimulatedPort(this, this.current)
    const port2 = new SimulatedPort(this, this.current)
    port1.join(port2)
    return { port1: port1 as unknown as MessagePort, port2: port2 as unknown as MessagePort }
  }

  #look(): number {
    const { slowness, clock } = this.current
    this.now += this.pace.costMs * slowness
    return this.now * clock.rate
  }

  /** Whose turn is next: any of those that could go on now; if there is none, time passes. */
  #choose(until: number): SimulatedThread | undefined {
    const ready = this.#ready
    ready.length = 0
    let next = Infinity
    for (const thread of this.threads) {
      if (thread.isDead) continue
      const at = thread.nextAt(this.now)
      if (at <= this.now) ready.push(thread)
      else if (at < next) next = at
    }
    if (ready.length === 0) {
      if (next === Infinity || next > until) return undefined
      this.now = next
      return this.#choose(until)
    }
    // Between two turns, some time passes everywhere.
    this.now += this.random.next() * 0.02
    return ready.length === 1 ? ready[0] : this.random.pick(ready)
  }

  #takeTurn(thread: SimulatedThread): void {
    const turn = thread.takeTurn(this)
    if (turn === undefined) return
    this.onTurn?.(thread, turn.what)
    if (turn.turn !== undefined) this.#run(thread, turn.turn)
    else turn.port?.deliver()
  }

  #run(thread: SimulatedThread, { call, context }: Turn): void {
    try {
      currentBody.run(context as NonNullable<typeof context>, call)
    } catch (error) {
      this.onUncaught(thread, 'uncaughtException', error)
    }
  }

  /** Ticks and microtasks, as Node runs them after each callback; ticks not while a body computes. */
  #drain(thread: SimulatedThread): void {
    do {
      if (thread.blocked === undefined) {
        for (let tick = thread.takeTick(); tick !== undefined; tick = thread.takeTick())
          this.#run(thread, tick)
      }
      runMicrotasks()
    } while (thread.hasTicks && thread.blocked === undefined)
  }

  /** The system gives the processor to somebody else. */
  #stall(thread: SimulatedThread): void {
    const { stallChance, stallMs } = this.pace
    if (stallChance === 0 || !this.random.chance(stallChance)) return
    thread.stall(this.now, this.random.next() * stallMs)
  }

  #importModule(url: string): Promise<Record<string, unknown>> {
    const thread = this.current
    const ms = thread.imported.has(url) ? 0 : this.random.pick([0, 0.5, 3, 20, 200])
    thread.imported.add(url)
    return new Promise((resolve) => thread.setTimer(this, () => resolve({}), ms, false))
  }

  /** What Linux tells of how long a thread has waited for a processor. */
  #systemFile(path: string): string {
    const number = /task\/(\d+)\//.exec(path)?.[1]
    const thread = number === undefined ? undefined : this.threads[Number(number) - OS_THREAD_BASE]
    if (thread === undefined || thread.isDead) throw new Error(`there is no ${path}`)
    return `0 ${thread.waitedMs(this.now) * 1e6} 0`
  }
}

/** The system's number of the first thread. */
export const OS_THREAD_BASE = 1000
