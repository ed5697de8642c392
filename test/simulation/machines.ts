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
import type { MachineOp, Network, Lent } from './plan.js'
import type { Neighbour } from './neighbour.js'
import type { Simulator } from './simulator.js'
import type { Breaks } from './state.js'
import type { SimulatedThread } from './thread.js'

const REDIS = 'redis://127.0.0.1:6379'
const BUILD = 'simulated'
/** After so much of a lease without a word of its owner a host aborts what it runs for him, and has killed it (D26). */
const ABORTED_SHARE = 0.5
const KILLED_SHARE = 0.75

/** How long it takes to give a lane back where nothing is lost or late, in milliseconds. */
const CALM_GIVING_BACK_MS = 500

/** One end of the network, by which an instance is reached. */
class SimulatedWire implements OpenableWire {
  isOpen = false
  /** Since when the process is held for it. */
  heldSince: number | undefined
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

  hold(isHeld: boolean): void {
    this.heldSince = isHeld ? (this.heldSince ?? this.#sim.now) : undefined
  }

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
  readonly lent: Lent
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
  /** Who sees to all of them: the app, or who comes after it. */
  #keeper: SimulatedThread
  /** Other apps that use them at the same time. */
  readonly beside = new Set<Neighbour>()
  #isClosing = false
  /** Told of a host that has begun to leave. */
  onLeaving: ((main: SimulatedThread) => void) | undefined
  /** When each host has last been reached by what the app's process had sent at that time, or was begun. */
  readonly #reachedFrom = new Map<SimulatedThread, number>()

  /** Call it as the app's own thread. */
  constructor(sim: Simulator, network: Network, breaks: Breaks, cover: (rule: string) => void) {
    this.#sim = sim
    this.#network = network
    this.#breaks = breaks
    this.#cover = cover
    this.#keeper = sim.main
    this.#board = new Board(sim, network.leaseMs)
    this.#owner = this.makeOwner()
    for (const lent of network.hosts) this.#start(lent)
  }

  /** What the runtime of an app gets lanes from, in the process whose code is running. */
  makeOwner(): Owner {
    const { leaseMs, on } = this.#network
    const options = resolveConnectOptions({ redis: REDIS, build: BUILD, leaseMs, on, maxLanes: 4 })
    return new Owner(options, this.#transport())
  }

  /** The app's process is gone, without a word. */
  ownerDied(keeper: SimulatedThread): void {
    this.#keeper = keeper
  }

  /** The main threads of those that are up. */
  hosts(): SimulatedThread[] {
    return this.#hosts.filter(({ state }) => state === 'up').map(({ main }) => main)
  }

  /** How many lanes one of them has lent. */
  busyOf(main: SimulatedThread): number {
    return this.#hosts.find((host) => host.main === main)?.worker?.busy ?? 0
  }

  /** What the machine of a thread lends; `undefined` for that of the app. */
  lentBy({ home }: SimulatedThread): Lent | undefined {
    return this.#hosts.find(({ main }) => main === home)?.lent
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
        this.#start({ ...host.lent, threads: 1 })
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
          this.onLeaving?.(host.main)
        })
        this.#start({ ...host.lent, threads: 1 })
      }
    }
  }

  /** The app has closed its runtime: closes the connections, and then all hosts, whose lanes are over by then. */
  async close(): Promise<void> {
    this.#isClosing = true
    const sim = this.#sim
    for (const neighbour of this.beside) if (!neighbour.isOver) neighbour.leave()
    if (!sim.main.isDead) await this.#owner.close()
    await Promise.all([...this.beside].map((neighbour) => neighbour.whenOver(this.#keeper)))
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
        if (worker.busy > 0 && !this.mayBeLate(main))
          this.#breaks('D27', `${worker.busy} lanes live a lease after their owner has left`)
        void worker.close().then(() => this.#gone(host))
      })
    }
    // Of one that was gone just before the app died, nobody was told.
    const left = this.#hosts.filter(({ state }) => state !== 'gone')
    await Promise.all(left.map(({ whenGone }) => whenGone))
  }

  /**
   * What keeps the app's process alive for other machines, in words: where nothing is lost or late, since a lane that is being given
   * back holds it until that is acknowledged.
   */
  holding(): readonly string[] {
    const { now, main } = this.#sim
    const isHeld = [...this.#wires.values()].some(
      ({ main: of, heldSince = now }) => of === main && now - heldSince > CALM_GIVING_BACK_MS,
    )
    return isHeld ? ['its connection'] : []
  }

  get leaseMs(): number {
    return this.#network.leaseMs
  }

  /** Whether the machine of a thread is frozen, or was within the last lease. */
  wasFrozen({ home }: SimulatedThread): boolean {
    return home.frozenUntil > this.#sim.now - this.#network.leaseMs
  }

  /** A host that hasn't had the time, or has killed a thread that is in a native call. */
  mayBeLate(main: SimulatedThread): boolean {
    if (this.wasFrozen(main)) return true
    return this.#sim.threads.some(
      ({ home, isDead, blocked }) => home === main && !isDead && blocked?.isNative === true,
    )
  }

  /** Nothing of the app's has reached the host of a thread since then: by when its bodies are aborted, and by when they are gone (D26). */
  endsOf({ home }: SimulatedThread): { readonly abortedAt: number; readonly goneAt: number } {
    const from = this.#reachedFrom.get(home) ?? Infinity
    const leaseMs = this.#network.leaseMs / home.clock.rate
    return { abortedAt: from + ABORTED_SHARE * leaseMs, goneAt: from + KILLED_SHARE * leaseMs }
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

  #start(lent: Lent): void {
    const sim = this.#sim
    const main = sim.addThread(lent.clock)
    let resolveGone = (): void => {}
    const whenGone = new Promise<void>((resolve) => (resolveGone = resolve))
    const { threads, labels, gpus = 2 } = lent
    const host: Host = { main, lent, worker: undefined, state: 'up', whenGone, resolveGone }
    this.#hosts.push(host)
    const { leaseMs } = this.#network
    sim.at(main, sim.now + sim.random.next() * 20, () => {
      const options = resolveWorkerOptions({
        redis: REDIS,
        build: BUILD,
        leaseMs,
        threads,
        ...(gpus > 0 && { resources: { gpu: gpus } }),
        labels,
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
    sim.at(this.#keeper, sim.now, host.resolveGone)
  }

  #carry(from: SimulatedWire, to: string, frame: Uint8Array): void {
    const sim = this.#sim
    const { random } = sim
    const { lossChance, repeatChance, reorderChance, leastMs, mostMs } = this.#network
    const wire = this.#wires.get(to)
    // Nobody reads what comes for the dead.
    if (wire === undefined || (wire.main === sim.main && sim.main.isDead)) return
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
        if (from.main === sim.main)
          this.#reachedFrom.set(wire.main, Math.max(this.#reachedFrom.get(wire.main) ?? 0, sentAt))
        wire.onFrame?.(frame)
      })
    }
  }
}

function wayOf(from: SimulatedThread, to: SimulatedThread): string {
  return `${from.id} ${to.id}`
}
