// Another app that sends errands to the same machines: beside the one that is looked at, or once that is dead. Nobody looks into its
// runtime; what it asks for is done, and nothing is left of it.

import { createRuntime, type Runtime } from '../../src/index.js'
import { inNobodysContext } from '../../src/protocol/async-context.js'
import { LANE_SOURCE } from '../../src/runtime/dispatch/lane-source.js'
import { errand } from './bodies.js'
import type { Owner } from '../../src/cluster/owner/owner.js'
import type { Simulator } from './simulator.js'
import type { Breaks } from './state.js'
import type { SimulatedThread } from './thread.js'
import { plainWait } from './witness.js'

/** How many it sends, one after the other, and how long one may take, in milliseconds. */
const ERRANDS = 6
const PATIENCE_MS = 60_000

/** Who is told, and how sure it is. */
export interface NeighbourTold {
  readonly breaks: Breaks
  /** An errand is done. */
  readonly done: () => void
  /** Whether nothing that befalls machines or threads can have kept an errand from being done at the first attempt. */
  readonly isSure: boolean
}

/** Makes what an app gets lanes from, in the process whose code is running. */
interface OwnerMaker {
  makeOwner(): Owner
}

/** One such app. */
export class Neighbour {
  readonly main: SimulatedThread
  isOver = false
  readonly #sim: Simulator
  readonly #machines: OwnerMaker
  readonly #told: NeighbourTold
  #runtime: Runtime | undefined
  #isLeaving = false
  #whenOver: (() => void) | undefined

  constructor(sim: Simulator, machines: OwnerMaker, told: NeighbourTold) {
    this.#sim = sim
    this.#machines = machines
    this.#told = told
    this.main = sim.addThread()
    sim.others.add(this.main)
  }

  /** Its process begins. */
  start(at: number): void {
    inNobodysContext(() => this.#sim.at(this.main, at, () => void this.#live()))
  }

  /** It leaves without what it hasn't got. */
  leave(): void {
    this.#sim.at(this.main, this.#sim.now, () => {
      this.#isLeaving = true
      void this.#runtime?.close()
    })
  }

  /** Resolves, in a turn of that thread, when it has left. */
  whenOver(thread: SimulatedThread): Promise<void> {
    if (this.isOver) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenOver = () => this.#sim.at(thread, this.#sim.now, resolve)
    })
  }

  async #live(): Promise<void> {
    const { random } = this.#sim
    const owner = this.#machines.makeOwner()
    const runtime = createRuntime({ threads: 1, ...{ [LANE_SOURCE]: owner } })
    this.#runtime = runtime
    for (let left = ERRANDS; left > 0 && !this.#isLeaving; left -= 1) {
      const timeout = { deadlineMs: PATIENCE_MS }
      const outcome = await runtime.run(errand, random.pick([0, 30, 400]), { timeout }).settled()
      if (outcome.status === 'succeeded') this.#told.done()
      if (!this.#isLeaving && this.#told.isSure && (outcome.status !== 'succeeded' || outcome.output !== 1))
        this.#told.breaks(
          'D27',
          `an errand of another app is ${outcome.status}: ${outcome.status === 'succeeded' ? `it takes ${outcome.output} attempts` : outcome.error.message}`,
        )
      await plainWait(random.next() * 300)
    }
    await runtime.close()
    await owner.close()
    this.isOver = true
    this.#whenOver?.()
  }
}
