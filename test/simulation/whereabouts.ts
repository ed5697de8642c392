// Looks where bodies run: no attempt begins while the body of the last one may go on (S8, D12), and none goes on at a host that its
// owner doesn't reach (D26).

import type { Machines } from './machines.js'
import type { Plan } from './plan.js'
import type { Simulator } from './simulator.js'
import type { Breaks } from './state.js'
import type { SimulatedThread } from './thread.js'

/** How late threads may be dead: their kill takes a moment, and the loop that sees to it may have been held up. */
const LATE_MS = 600

interface Running {
  readonly attempt: number
  readonly thread: SimulatedThread
}

/** The bodies of one runtime, on whatever machine. */
export class Whereabouts {
  readonly #sim: Simulator
  readonly #machines: () => Machines | undefined
  readonly #breaks: Breaks
  readonly #cover: (rule: string) => void
  /** Of each action, the body that was entered and hasn't ended. */
  readonly #running = new Map<string, Running>()

  constructor(
    sim: Simulator,
    machines: () => Machines | undefined,
    breaks: Breaks,
    cover: (rule: string) => void,
  ) {
    this.#sim = sim
    this.#machines = machines
    this.#breaks = breaks
    this.#cover = cover
  }

  /** A body is entered, in the thread whose code is running. */
  entered(run: string, id: string, attempt: number, plan: Plan): void {
    const { current, now, main } = this.#sim
    const key = `${run} ${id}`
    const before = this.#running.get(key)
    if (current.home !== main) this.#cover('far')
    // A machine that was frozen goes on for a moment when it wakes, and can't know (D26).
    if (
      before !== undefined &&
      !before.thread.isDead &&
      !(this.#machines()?.wasFrozen(before.thread) === true)
    )
      this.#breaks(
        'D12',
        `${key}: attempt ${attempt} begins on ${current.id} at ${now.toFixed(1)} ms, and ${before.attempt} runs on ${before.thread.id}`,
      )
    // A body that is failed from outside isn't known to have ended.
    if (plan.end === 'reject' || plan.end === 'crash') this.#running.delete(key)
    else this.#running.set(key, { attempt, thread: current })
  }

  /** It has ended, or never goes on. */
  ended(run: string, id: string): void {
    this.#running.delete(`${run} ${id}`)
  }

  /** Looks at those on other machines. */
  look(): void {
    const machines = this.#machines()
    if (machines === undefined) return
    const { now, main } = this.#sim
    for (const [key, { thread }] of this.#running) {
      if (thread.home === main) continue
      const over = machines.mustBeOverAt(thread)
      if (thread.isDead) {
        this.#running.delete(key)
        if (now > over - machines.leaseMs / 4) this.#cover('D26 in time')
      } else if (now > over + LATE_MS && thread.blocked?.isNative !== true && !machines.wasFrozen(thread))
        this.#breaks(
          'D26',
          `${key} runs on ${thread.id}, and its machine hasn't heard of its owner for ${(now - over + 0.75 * machines.leaseMs).toFixed(0)} ms`,
        )
    }
  }
}
