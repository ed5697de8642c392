// What is left of an app whose process is killed: each machine ends what it runs for it within the lease, and holds nothing of it
// from then on (D27). What others run there goes on, and who comes next finds all of it free.

import { Link } from '../../src/cluster/link/link.js'
import type { Machines } from './machines.js'
import { Neighbour } from './neighbour.js'
import type { Story } from './plan.js'
import type { Simulator } from './simulator.js'
import type { Breaks } from './state.js'
import type { SimulatedThread } from './thread.js'
import { servesLane } from './threads.js'

/** It is known to be there for a lease, and what is offered to it until then waits for three quarters of one. */
const LEASES = 2.8
/** How late all that may be, in milliseconds. */
const LATE_MS = 1500
/** How soon it is looked again at a machine that was frozen, or where nothing can be killed just now. */
const AGAIN_MS = 500
/** By when all of it is over, in milliseconds: errands wait for long where threads don't start. */
const MOST_MS = 900_000
/** What a host does also while it has lent nothing: it says that it is there. */
const ANNOUNCES = /#announce(?:Now)?\(\)/

/** Who is told. */
interface Told {
  readonly breaks: Breaks
  readonly cover: (rule: string) => void
}

/** What becomes of one app's machines. */
export class Aftermath {
  isOver = false
  readonly #sim: Simulator
  readonly #story: Story
  readonly #machines: Machines
  readonly #told: Told
  /** Each link of a host's that was ever begun. */
  readonly #links: { readonly link: Link; readonly home: SimulatedThread }[] = []
  #beside: Neighbour | undefined
  #next: Neighbour | undefined
  #diedAt = 0
  #lookAt = Infinity
  #stage: 'alive' | 'ending' | 'again' | 'closing' = 'alive'

  constructor(sim: Simulator, story: Story, machines: Machines, told: Told) {
    this.#sim = sim
    this.#story = story
    this.#machines = machines
    this.#told = told
    sim.main.onDeath = () => this.#died()
    if (story.network?.hasNeighbour !== true) return
    this.#beside = this.#neighbour('D27 undisturbed', !story.ops.some((op) => 'host' in op))
    this.#beside.start(0)
    machines.beside.add(this.#beside)
  }

  /** Notes the links of hosts; gives what ends that. */
  watch(): () => void {
    const prototype = Link.prototype as unknown as { begin: (this: Link) => void }
    const { begin } = prototype
    const note = (link: Link): void => void this.#links.push({ link, home: this.#sim.current.home })
    prototype.begin = function noted() {
      note(this)
      begin.call(this)
    }
    return () => void Object.assign(prototype, { begin })
  }

  /** A step has been done since the app has died. */
  look(): void {
    const { now } = this.#sim
    if (now > this.#diedAt + MOST_MS) {
      this.#told.breaks('I4', `${MOST_MS} ms after the death of the app, its machines are ${this.#stage}`)
      return
    }
    const next = this.#next as Neighbour
    if (this.#stage === 'ending') {
      if (this.#beside?.isOver === false) this.#lookAt = Math.max(this.#lookAt, now + this.#leasesMs())
      if (now < this.#lookAt) return
      if (this.#machines.hosts().some((main) => this.#machines.mayBeLate(main))) {
        this.#lookAt = now + AGAIN_MS
        return
      }
      for (const main of this.#machines.hosts()) this.#lookAtHost(main)
      this.#stage = 'again'
      next.start(now)
    } else if (this.#stage === 'again' && next.isOver) {
      this.#stage = 'closing'
      this.#sim.at(next.main, now, () => void this.#machines.close().then(() => (this.isOver = true)))
    }
  }

  #neighbour(situation: string, isUnharmed: boolean): Neighbour {
    const { failToStart, dieLater } = this.#story
    const { breaks, cover } = this.#told
    return new Neighbour(this.#sim, this.#machines, {
      breaks,
      done: () => {
        if (this.#stage !== 'alive') cover(situation)
      },
      isSure: isUnharmed && failToStart === 0 && dieLater === 0,
    })
  }

  #died(): void {
    const sim = this.#sim
    const { now, main, threads } = sim
    this.#told.cover('D27 dies')
    this.#diedAt = now
    this.#stage = 'ending'
    for (const thread of threads) if (thread.home === main && !thread.isDead) thread.forget()
    const next = this.#neighbour('D27 again', true)
    this.#next = next
    this.#machines.ownerDied(next.main)
    this.#lookAt = now + this.#leasesMs()
    // What befalls the machines does so all the same.
    for (const op of this.#story.ops) {
      if (!('host' in op) || op.at < now) continue
      sim.at(next.main, op.at, () => this.#machines.do(op))
      this.#lookAt = Math.max(this.#lookAt, op.at + ('ms' in op ? op.ms : 0) + this.#leasesMs())
    }
  }

  #leasesMs(): number {
    return LEASES * this.#machines.leaseMs + LATE_MS
  }

  #threadsOf(main: SimulatedThread): SimulatedThread[] {
    return this.#sim.threads.filter((thread) => thread.home === main && thread !== main && !thread.isDead)
  }

  #lookAtHost(main: SimulatedThread): void {
    const { breaks } = this.#told
    const after = `${(this.#sim.now - this.#diedAt).toFixed(0)} ms after the death of its owner, machine ${main.id}`
    const busy = this.#machines.busyOf(main)
    if (busy > 0) breaks('D27', `${after} has lent ${busy} lanes`)
    for (const { link, home } of this.#links)
      if (home === main && link.end === undefined) breaks('D27', `${after} is linked to ${link.peer}`)
    for (const thread of this.#threadsOf(main))
      if (servesLane(thread)) breaks('D27', `${after} has a host in thread ${thread.id}`)
    const left = main.left().filter((text) => !ANNOUNCES.test(text))
    if (left.length > 0) breaks('D27', `${after} holds ${left.slice(0, 3).join('; ')}`)
  }
}
