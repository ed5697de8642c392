// Other machines in a simulated world: hosts that lend threads to the app's runtime, and the network between. All of it is the
// real code of both sides, but for Redis and what carries frames.

import type { LaneSource } from '../../src/runtime/dispatch/lane-source.js'
import { resolveConnectOptions, resolveWorkerOptions } from '../../src/cluster/options.js'
import { Owner } from '../../src/cluster/owner/owner.js'
import { Served } from '../../src/cluster/host/served.js'
import { Worker } from '../../src/cluster/host/worker.js'
import { drain } from '../../src/cluster/host/drain.js'
import type { OpenableWire, Transport } from '../../src/cluster/transport.js'
import { served } from './bodies.js'
import { Board } from './board.js'
import type { MachineOp, Network } from './plan.js'
import type { Simulator } from './simulator.js'
import type { Breaks } from './state.js'
import type { MachineClock, SimulatedThread } from './thread.js'

const REDIS = 'redis://127.0.0.1:6379'
const BUILD = 'simulated'
/** After so much of a lease without a word of its owner a host has killed what it runs for him (D26). */
const KILLED_SHARE = 0.75

/** One end of the network, by which an instance is reached. */
class SimulatedWire implements OpenableWire {
  isOpen = false
  onFrame: ((frame: Uint8Array) => void) | undefined
  onOpen: (() => void) | undefined
  readonly main: SimulatedThread
  readonly #sim: Simulator
  readonly #carry: (from: SimulatedWire, to: string, frame: Uint8Array) => void
  #isClosed = false

  constructor(sim: Simulator, carry: (from: SimulatedWire, to: string, frame: Uint8Array) => void) {
    this.#sim = sim
    this.main = sim.current
    this.#carry = carry
  }

  open(): Promise<void> {
    this.connectIn(this.#sim.random.next() * 5)
    return Promise.resolve()
  }

  /** The connection is made, for the first time or again. */
  connectIn(ms: number): void {
    this.#sim.at(this.main, this.#sim.now + ms, () => {
      if (this.isOpen || this.#isClosed) return
      this.isOpen = true
      this.onOpen?.()
    })
  }

  /** The connection is lost, and made again after so long. */
  reconnect(ms: number): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.connectIn(ms)
  }

  hold(): void {}

  send(to: string, frame: Uint8Array): void {
    if (this.isOpen && this.#sim.effect()) this.#carry(this, to, new Uint8Array(frame))
  }

  close(): void {
    this.isOpen = false
    this.#isClosed = true
  }
}

/** One host. */
interface Host {
  readonly main: SimulatedThread
  worker: Worker | undefined
  /** How it stands: `leaving` waits for what runs. */
  state: 'up' | 'leaving' | 'gone'
  readonly whenGone: Promise<void>
  readonly resolveGone: () => void
}

/** The machines of one history. */
export class Machines {
  readonly #sim: Simulator
  readonly #network: Network
  readonly #breaks: Breaks
  readonly #cover: (rule: string) => void
  readonly #board: Board
  readonly #hosts: Host[] = []
  readonly #wires = new Map<string, SimulatedWire>()
  /** Ways that are cut, by the main threads of their ends, and until when. */
  readonly #cutUntil = new Map<string, number>()
  /** When that comes which was sent last on each way. */
  readonly #lastAt = new Map<string, number>()
  readonly #owner: Owner
  #isClosing = false
  /** When each host has last been reached by what the app's process had sent at that time, or was begun. */
  readonly #reachedFrom = new Map<SimulatedThread, number>()

  /** Call it as the app's own thread. */
  constructor(sim: Simulator, network: Network, breaks: Breaks, cover: (rule: string) => void) {
    this.#sim = sim
    this.#network = network
    this.#breaks = breaks
    this.#cover = cover
    this.#board = new Board(sim)
    const { leaseMs, on } = network
    const options = resolveConnectOptions({ redis: REDIS, build: BUILD, leaseMs, on, maxLanes: 4 })
    this.#owner = new Owner(options, this.#transport())
    for (const { threads, clock } of network.hosts) this.#start(threads, clock)
  }

  /** Where the app's runtime gets its lanes from. */
  get source(): LaneSource {
    return this.#owner
  }

  /** Something befalls them. */
  do(op: MachineOp): void {
    if (this.#isClosing) return
    const sim = this.#sim
    const host = this.#hosts[op.host % this.#hosts.length] as Host
    switch (op.do) {
      case 'cut': {
        this.#cover('D26 cut')
        const until = sim.now + op.ms
        if (op.way !== 'back') this.#cutUntil.set(wayOf(sim.main, host.main), until)
        if (op.way !== 'there') this.#cutUntil.set(wayOf(host.main, sim.main), until)
        return
      }
      case 'freeze':
        this.#cover('D26 frozen')
        host.main.frozenUntil = Math.max(host.main.frozenUntil, sim.now + op.ms)
        return
      case 'reconnect':
        this.#cover('reconnected')
        for (const wire of this.#wires.values())
          if (wire.main === host.main || wire.main === sim.main) wire.reconnect(op.ms)
        return
      case 'crash':
        if (host.state === 'gone') return
        this.#cover('crashed')
        this.#end(host)
        this.#start(1, host.main.clock)
        return
      case 'forget':
        this.#cover('forgotten')
        this.#board.forget()
        return
      case 'leave': {
        const { worker } = host
        if (host.state !== 'up' || worker === undefined) return
        host.state = 'leaving'
        this.#cover('D29')
        sim.at(host.main, sim.now, () => {
          void drain(worker, op.ms)
            .then(() => worker.close())
            .then(() => this.#gone(host))
        })
        this.#start(1, host.main.clock)
      }
    }
  }

  /** The app has closed its runtime: closes the connections, and then all hosts, whose lanes are over by then. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#owner.close()
    const sim = this.#sim
    for (const host of this.#hosts) {
      const { worker, main } = host
      if (host.state !== 'up') continue
      host.state = 'leaving'
      if (worker === undefined) {
        this.#end(host)
        continue
      }
      sim.at(main, sim.now + this.#network.leaseMs, () => {
        this.#cover('D27')
        if (worker.busy > 0 && !this.wasFrozen(main))
          this.#breaks('D27', `${worker.busy} lanes live a lease after their owner has left`)
        void worker.close().then(() => this.#gone(host))
      })
    }
    await Promise.all(this.#hosts.map(({ whenGone }) => whenGone))
  }

  get leaseMs(): number {
    return this.#network.leaseMs
  }

  /** Whether the machine of a thread is frozen, or was within the last lease. */
  wasFrozen({ home }: SimulatedThread): boolean {
    return home.frozenUntil > this.#sim.now - this.#network.leaseMs
  }

  /** Nothing of the app's has reached the host of a thread since then: by when its bodies must be gone (D26). */
  mustBeOverAt({ home }: SimulatedThread): number {
    const from = this.#reachedFrom.get(home) ?? Infinity
    return from + (KILLED_SHARE * this.#network.leaseMs) / home.clock.rate
  }

  #transport(): Transport {
    return {
      wire: (instance) => {
        const wire = new SimulatedWire(this.#sim, (from, to, frame) => this.#carry(from, to, frame))
        this.#wires.set(instance, wire)
        return wire
      },
      asking: (_options, { onReady }) => Promise.resolve(this.#board.asking(onReady)),
      serving: (_options, serving) => Promise.resolve(this.#board.serving(serving)),
    }
  }

  #start(threads: number, clock: MachineClock): void {
    const sim = this.#sim
    const main = sim.addThread(clock)
    let resolveGone = (): void => {}
    const whenGone = new Promise<void>((resolve) => (resolveGone = resolve))
    const host: Host = { main, worker: undefined, state: 'up', whenGone, resolveGone }
    this.#hosts.push(host)
    const { leaseMs } = this.#network
    sim.at(main, sim.now + sim.random.next() * 20, () => {
      const options = resolveWorkerOptions({
        redis: REDIS,
        build: BUILD,
        leaseMs,
        threads,
        name: `host ${this.#hosts.indexOf(host)}`,
        actions: served.map(({ url }) => url),
      })
      const worker = new Worker(options, new Served(served, BUILD), this.#transport())
      host.worker = worker
      void worker.start()
    })
  }

  /** It has left by itself: nothing may be left there. */
  #gone(host: Host): void {
    const left = host.main.left()
    if (left.length > 0) this.#breaks('I9', `left at a host that has left: ${left.slice(0, 3).join('; ')}`)
    this.#end(host)
  }

  /** Its process is over, whatever it was at. */
  #end(host: Host): void {
    const sim = this.#sim
    host.state = 'gone'
    this.#board.left(host.main)
    for (const thread of sim.threads) if (thread.home === host.main && !thread.isDead) thread.forget()
    sim.at(sim.main, sim.now, host.resolveGone)
  }

  #carry(from: SimulatedWire, to: string, frame: Uint8Array): void {
    const sim = this.#sim
    const { random } = sim
    const { lossChance, repeatChance, reorderChance, leastMs, mostMs } = this.#network
    const wire = this.#wires.get(to)
    if (wire === undefined) return
    const way = wayOf(from.main, wire.main)
    if ((this.#cutUntil.get(way) ?? 0) > sim.now) return
    if (lossChance > 0 && random.chance(lossChance)) return
    const copies = repeatChance > 0 && random.chance(repeatChance) ? 2 : 1
    const sentAt = sim.now
    for (let copy = 0; copy < copies; copy += 1) {
      let at = sentAt + leastMs + random.next() * (mostMs - leastMs)
      if (reorderChance === 0 || !random.chance(reorderChance)) at = Math.max(at, this.#lastAt.get(way) ?? 0)
      this.#lastAt.set(way, at)
      sim.at(wire.main, at, () => {
        if (!wire.isOpen) return
        if (wire.main !== sim.main)
          this.#reachedFrom.set(wire.main, Math.max(this.#reachedFrom.get(wire.main) ?? 0, sentAt))
        wire.onFrame?.(frame)
      })
    }
  }
}

function wayOf(from: SimulatedThread, to: SimulatedThread): string {
  return `${from.id} ${to.id}`
}
