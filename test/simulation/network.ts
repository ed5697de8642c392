// A simulated network between processes. Messages are lost, come twice or out of order, are late, or are cut off one way; clocks
// are skewed and drift; a process freezes, and wakes with all that has come meanwhile. All of it follows from a seed.

import type { Random } from '../soak/random.js'

/** What a process needs of a network, and of its own clock and timers. */
export interface Endpoint {
  readonly name: string
  /** Its own clock, in epoch milliseconds: it may be wrong, and go wrong. */
  now(): number
  /** Sends a message, as bytes would go: a copy. It may never come. */
  send(to: string, message: unknown): void
  /** Called with each message that comes. */
  onMessage: ((from: string, message: unknown) => void) | undefined
  /** Calls back after so long by its own clock; gives what stops that. */
  setTimer(ms: number, call: () => void): () => void
}

/** How bad the network is. */
export interface Weather {
  readonly lossChance: number
  readonly repeatChance: number
  readonly leastMs: number
  /** Delays are up to so long: what is sent later may come earlier. */
  readonly mostMs: number
}

/** How wrong a clock is. */
export interface ClockError {
  readonly skewMs: number
  /** Its milliseconds for each one that passes. */
  readonly rate: number
}

/** So many steps come in one go at most: some are minutes long. */
const MOST_STEPS = 100_000

interface Due {
  readonly at: number
  readonly sequence: number
  readonly process: Process
  readonly call: () => void
  isStopped: boolean
}

class Process implements Endpoint {
  readonly name: string
  onMessage: ((from: string, message: unknown) => void) | undefined
  frozenUntil = 0
  readonly #network: Network
  readonly #clock: ClockError

  constructor(network: Network, name: string, clock: ClockError) {
    this.#network = network
    this.name = name
    this.#clock = clock
  }

  now(): number {
    return this.#clock.skewMs + this.#network.now * this.#clock.rate
  }

  send(to: string, message: unknown): void {
    this.#network.carry(this, to, message)
  }

  setTimer(ms: number, call: () => void): () => void {
    // A millisecond at least, as in Node: what rounding leaves of a time would be due at the same moment again and again.
    const wait = ms > 0 ? Math.max(1, ms) : 0
    return this.#network.after(this, wait / this.#clock.rate, call)
  }
}

/** All processes, and what lies between them. */
export class Network {
  /** True milliseconds since its beginning. */
  now = 0
  /** What has become of messages. */
  readonly seen = { sent: 0, lost: 0, repeated: 0, cutOff: 0, delivered: 0 }
  weather: Weather
  readonly #random: Random
  readonly #processes = new Map<string, Process>()
  /** `from to`: nothing goes that way. */
  readonly #cut = new Set<string>()
  #due: Due[] = []
  #sequence = 0

  constructor(random: Random, weather: Weather) {
    this.#random = random
    this.weather = weather
  }

  /** Starts a process. */
  join(name: string, clock: ClockError = { skewMs: 0, rate: 1 }): Endpoint {
    const process = new Process(this, name, clock)
    this.#processes.set(name, process)
    return process
  }

  /** It is gone: nothing of it happens any more, and nothing reaches it. */
  leave(name: string): void {
    const process = this.#processes.get(name)
    this.#processes.delete(name)
    this.#due = this.#due.filter((due) => due.process !== process)
  }

  /** Nothing goes from one to the other; the other way, it does. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from} ${to}`)
  }

  /** It goes again. */
  heal(from: string, to: string): void {
    this.#cut.delete(`${from} ${to}`)
  }

  /** A process does nothing for so long, and doesn't know: its timers and messages come when it wakes. */
  freeze(name: string, ms: number): void {
    const process = this.#processes.get(name)
    if (process !== undefined) process.frozenUntil = Math.max(process.frozenUntil, this.now + ms)
  }

  /** Lets the next thing happen; `false` if there is none by that time, which it is then. */
  step(until = Infinity): boolean {
    let first: Due | undefined
    let at = Infinity
    for (const due of this.#due) {
      const when = Math.max(due.at, due.process.frozenUntil)
      if (when > at || (when === at && first !== undefined && due.sequence > first.sequence)) continue
      first = due
      at = when
    }
    if (first === undefined || at > until) {
      if (until !== Infinity) this.now = Math.max(this.now, until)
      return false
    }
    this.#due.splice(this.#due.indexOf(first), 1)
    this.now = Math.max(this.now, at)
    if (!first.isStopped) first.call()
    return true
  }

  /** Lets all happen until a time. Throws where that never ends: two that answer each other may do so for ever. */
  run(until: number): void {
    for (let steps = 0; this.step(until); steps += 1)
      if (steps > MOST_STEPS) throw new Error(`it is a storm: ${MOST_STEPS} steps until ${this.now} ms`)
  }

  /** A process's message on its way. */
  carry(from: Process, to: string, message: unknown): void {
    const random = this.#random
    const { lossChance, repeatChance } = this.weather
    // Copied by the sender, so that it throws there for what can't be sent.
    const copy: unknown = structuredClone(message)
    this.seen.sent += 1
    if (this.#processes.get(from.name) !== from) return
    if (this.#cut.has(`${from.name} ${to}`)) {
      this.seen.cutOff += 1
      return
    }
    if (random.chance(lossChance)) {
      this.seen.lost += 1
      return
    }
    this.#deliverLater(from.name, to, copy)
    if (!random.chance(repeatChance)) return
    this.seen.repeated += 1
    this.#deliverLater(from.name, to, structuredClone(copy))
  }

  /** Calls back in a process after so many true milliseconds. */
  after(process: Process, ms: number, call: () => void): () => void {
    this.#sequence += 1
    const due: Due = { at: this.now + ms, sequence: this.#sequence, process, call, isStopped: false }
    if (this.#processes.get(process.name) === process) this.#due.push(due)
    return () => void (due.isStopped = true)
  }

  #deliverLater(from: string, to: string, message: unknown): void {
    const { leastMs, mostMs } = this.weather
    const process = this.#processes.get(to)
    if (process === undefined) return
    const ms = leastMs + this.#random.next() * Math.max(0, mostMs - leastMs)
    this.after(process, ms, () => {
      this.seen.delivered += 1
      process.onMessage?.(from, message)
    })
  }
}
