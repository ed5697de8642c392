// A simulated thread: its loop with timers, immediates, ticks and ports, and how it may be held up or die.

import { currentBody } from '../../actors/inside/body/current-body.js'
import type { Random } from '../soak/random.js'
import { Heap } from './heap.js'

/** An async context: of all that such a one may hold, nothing else is here. */
export type TurnContext = ReturnType<typeof currentBody.getStore>

/** Code that is to run, in the async context in which it was given. */
export interface Turn {
  readonly call: () => void
  readonly context: TurnContext
}

/** The callback with the async context in which it was given, as Node keeps it. */
export function turnOf(call: () => void): Turn {
  return { call, context: currentBody.getStore() }
}

/** What threads and ports need of the world. */
export interface Kernel {
  readonly now: number
  readonly random: Random
  /** The one whose code is running. */
  readonly current: SimulatedThread
  /** A number that is higher with each call. */
  next(): number
  /** Something from outside comes to a thread. */
  at(thread: SimulatedThread, time: number, call: () => void): void
  /** The code that is running is about to change something outside; `false`: it is dead, and doesn't. */
  effect(): boolean
  /** Told of each turn, where somebody traces. */
  readonly onTurn: ((thread: SimulatedThread, what: string) => void) | undefined
}

/** A port, as its thread sees it. */
export interface ThreadPort {
  readonly number: number
  /** When the next thing can be delivered. */
  readonly arrivesAt: number
  readonly isHolding: boolean
  readonly isClosed: boolean
  /** A turn of the loop for what comes first. */
  deliver(): void
  /** Its thread has died. */
  lose(): void
  /** Its world is over. */
  release(): void
}

/** Something that is due at a time. */
export interface Due {
  at: number
  sequence: number
  readonly turn: Turn
  /** Whether the process stays alive for it. */
  isHolding: boolean
}

/** What `setTimeout` gives. */
export class SimulatedTimer implements Due {
  at: number
  sequence: number
  readonly turn: Turn
  isHolding = true
  isCleared = false
  readonly everyMs: number | undefined

  constructor(at: number, sequence: number, turn: Turn, everyMs: number | undefined) {
    this.at = at
    this.sequence = sequence
    this.turn = turn
    this.everyMs = everyMs
  }

  ref(): this {
    this.isHolding = true
    return this
  }

  unref(): this {
    this.isHolding = false
    return this
  }
}

/** What `setImmediate` gives. */
interface SimulatedImmediate {
  readonly turn: Turn
  isCleared: boolean
}

/** A body that computes. */
interface Blocked {
  readonly until: number
  readonly isNative: boolean
  readonly goOn: Turn
  readonly before: Blocked | undefined
}

/** What a turn consists of. */
export interface Taken {
  readonly what: string
  readonly turn?: Turn
  readonly port?: ThreadPort
}

/** How far the clock of a machine is off, in milliseconds, and how many of its own pass with each one. */
export interface MachineClock {
  readonly skewMs: number
  readonly rate: number
}

const TRUE_CLOCK: MachineClock = { skewMs: 0, rate: 1 }

/** One simulated thread; 0 is the app's own. */
export class SimulatedThread {
  readonly id: number
  /** The main thread of its process: itself, where it is that. */
  readonly home: SimulatedThread
  readonly clock: MachineClock
  /** Of a main thread: until when its whole process does nothing, and doesn't know. */
  frozenUntil = 0
  isDead = false
  /** Somebody has killed it: it hasn't died of itself. */
  wasKilled = false
  /** What each look at the clock costs here, as a multiple. */
  slowness = 1
  blocked: Blocked | undefined
  /** How long bodies have computed here. */
  computedMs = 0
  /** After so many effects it dies, in the middle of what it does. */
  effectsLeft: number | undefined
  readonly imported = new Set<string>()
  /** From outside: what the system, or the app's users, do. */
  readonly arrivals = new Heap<Due>()
  readonly ports = new Set<ThreadPort>()
  /** Those that it held when it died. */
  readonly lost: ThreadPort[] = []
  /** Told when it dies. */
  onDeath: ((exitCode: number) => void) | undefined
  readonly #timers = new Heap<SimulatedTimer>()
  #immediates: SimulatedImmediate[] = []
  #ticks: Turn[] = []
  #stalledFrom = 0
  #stalledUntil = 0
  #waitedMs = 0

  /** `of`: the main thread of its process, or the clock of a machine on which it is the first. */
  constructor(id: number, of: SimulatedThread | MachineClock = TRUE_CLOCK) {
    this.id = id
    this.home = of instanceof SimulatedThread ? of : this
    this.clock = of instanceof SimulatedThread ? of.clock : of
  }

  /** When it can do something; `Infinity` if it has nothing to do. */
  nextAt(now: number): number {
    const heldUntil = Math.max(this.#stalledUntil, this.home.frozenUntil)
    if (this.blocked !== undefined) return Math.max(this.blocked.until, heldUntil)
    let at = Infinity
    if (this.#immediates.length > 0) at = now
    const timer = this.#timers.first
    if (timer !== undefined && timer.at < at) at = timer.at
    const arrival = this.arrivals.first
    if (arrival !== undefined && arrival.at < at) at = arrival.at
    for (const port of this.ports) {
      const { arrivesAt } = port
      if (arrivesAt < at) at = arrivesAt
    }
    return Math.max(at, heldUntil)
  }

  /** Takes one of the things that are due. */
  takeTurn(sim: Kernel): Taken | undefined {
    const { now, random } = sim
    const kinds: ('timer' | 'arrival' | 'immediate' | ThreadPort)[] = []
    const timer = this.#timers.first
    if (timer !== undefined && timer.at <= now) kinds.push('timer')
    const arrival = this.arrivals.first
    if (arrival !== undefined && arrival.at <= now) kinds.push('arrival')
    if (this.#immediates.length > 0) kinds.push('immediate')
    for (const port of this.ports) if (port.arrivesAt <= now) kinds.push(port)
    if (kinds.length === 0) return undefined
    const kind = kinds.length === 1 ? kinds[0] : random.pick(kinds)
    switch (kind) {
      case 'timer': {
        const due = this.#timers.take() as SimulatedTimer
        if (due.everyMs !== undefined) {
          due.at = now + due.everyMs
          due.sequence = sim.next()
          this.#timers.add(due)
        } else due.isCleared = true
        return { what: 'a timer', turn: due.turn }
      }
      case 'arrival':
        return { what: 'something from outside', turn: (this.arrivals.take() as Due).turn }
      case 'immediate':
        return { what: 'an immediate', turn: (this.#immediates.shift() as SimulatedImmediate).turn }
      default:
        return { what: 'a message', port: kind as ThreadPort }
    }
  }

  setTimer(sim: Kernel, fire: () => void, ms: number, isRepeated: boolean): SimulatedTimer {
    const wait = ms >= 1 && ms <= 2 ** 31 - 1 ? Math.trunc(ms) : 1
    // Node counts from the beginning of the turn, in whole milliseconds: a timer may come a little early.
    const timer = new SimulatedTimer(
      Math.floor(sim.now) + wait / this.clock.rate,
      sim.next(),
      turnOf(fire),
      isRepeated ? wait / this.clock.rate : undefined,
    )
    if (!this.isDead) this.#timers.add(timer)
    return timer
  }

  clearTimer(timer: unknown): void {
    if (!(timer instanceof SimulatedTimer) || timer.isCleared) return
    timer.isCleared = true
    this.#timers.remove(timer)
  }

  setImmediate(fire: () => void): SimulatedImmediate {
    const immediate = { turn: turnOf(fire), isCleared: false }
    if (!this.isDead) this.#immediates.push(immediate)
    return immediate
  }

  clearImmediate(immediate: unknown): void {
    const at = this.#immediates.indexOf(immediate as SimulatedImmediate)
    if (at !== -1) this.#immediates.splice(at, 1)
  }

  nextTick(fire: () => void): void {
    if (!this.isDead) this.#ticks.push(turnOf(fire))
  }

  get hasTicks(): boolean {
    return this.#ticks.length > 0
  }

  takeTick(): Turn | undefined {
    return this.#ticks.shift()
  }

  /** It gets no processor for so long. */
  stall(now: number, ms: number): void {
    if (now < this.#stalledUntil) return
    this.#stalledFrom = now
    this.#stalledUntil = now + ms
    this.#waitedMs += ms
  }

  /** Whether a timer is due that hasn't fired: it is held up, or has more to do. */
  hasDueTimer(now: number): boolean {
    const timer = this.#timers.first
    return timer !== undefined && timer.at <= now
  }

  /** Whether it has nothing to do and nothing is on its way to it, but by its timers. */
  isIdle(now: number): boolean {
    if (this.blocked !== undefined || this.#immediates.length > 0) return false
    if (this.#stalledUntil > now || this.home.frozenUntil > now) return false
    for (const port of this.ports) if (port.arrivesAt !== Infinity) return false
    return true
  }

  /** How long it has waited for a processor. */
  waitedMs(now: number): number {
    return this.#waitedMs - Math.max(0, this.#stalledUntil - Math.max(now, this.#stalledFrom))
  }

  /** Nothing that it does reaches the outside from now on. */
  die(sim: Kernel, exitCode: number): void {
    if (this.isDead) return
    this.forget()
    sim.onTurn?.(this, `dies (${exitCode})`)
    this.onDeath?.(exitCode)
  }

  /** Its world is over: nothing is held for it any more. */
  forget(): void {
    this.isDead = true
    this.blocked = undefined
    this.#ticks = []
    this.#immediates = []
    this.#timers.clear()
    this.arrivals.clear()
    this.lost.push(...this.ports)
    for (const port of this.lost) port.lose()
  }

  /** What keeps the process alive here, in words. */
  holding(): string[] {
    const held: string[] = []
    for (const { turn, at, isHolding } of this.#timers.items())
      if (isHolding) held.push(`a timer for ${at}: ${String(turn.call)}`)
    for (const _ of this.#immediates) held.push('an immediate')
    for (const port of this.ports) if (port.isHolding) held.push('a port')
    return held
  }

  /** All that is left here. */
  left(): string[] {
    const left: string[] = []
    for (const { turn, at } of this.#timers.items()) left.push(`a timer for ${at}: ${String(turn.call)}`)
    for (const { turn } of this.#immediates) left.push(`an immediate: ${String(turn.call)}`)
    for (const port of this.ports) if (!port.isClosed) left.push(`port ${port.number}`)
    return left
  }
}
