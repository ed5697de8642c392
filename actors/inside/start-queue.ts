// The starts that a host has been sent and that wait: they go in order, as far as the shares of its thread allow. An
// over-committed thread starts nothing (S1).

import { Queue } from '../../src/collections/queue.js'
import { captureContext, inNobodysContext, type AsyncContext } from '../../src/protocol/async-context.js'
import type { WaitingStart } from './take-unreadable.js'
import { world } from '../../src/protocol/world.js'

/** How long bodies are started one after the other before the loop gets its turn, in milliseconds. */
const TURN_MS = 5
/** Shares are sums of fractions. */
const EPSILON = 1e-9

/** The starts that wait, and the shares that are held. */
export class StartQueue {
  readonly #start: (message: WaitingStart) => void
  readonly #isOffered: (message: WaitingStart) => boolean
  readonly #waiting = new Queue<WaitingStart>()
  /** Nobody's: what follows from the end of a body belongs to no body. */
  readonly #context: AsyncContext = inNobodysContext(captureContext)
  /** Sum of the shares of bodies that aren't parked. */
  #held = 0
  #turnStartedAt = 0
  #pump: 'idle' | 'scheduled' | 'pumping' = 'idle'

  /** `start` begins one, which holds its share from then on. `isOffered`: whether it hasn't been taken back since it was sent. */
  constructor(start: (message: WaitingStart) => void, isOffered: (message: WaitingStart) => boolean) {
    this.#start = start
    this.#isOffered = isOffered
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(message: WaitingStart): void {
    this.#waiting.push(message)
  }

  /** A share is taken. */
  hold(cpu: number): void {
    this.#held += cpu
  }

  /** A share is free: others may start, at the end of this microtask. */
  free(cpu: number): void {
    this.#held -= cpu
    if (this.#pump !== 'idle' || this.isEmpty) return
    this.#pump = 'scheduled'
    queueMicrotask(() => {
      if (this.#pump === 'scheduled') this.#pump = 'idle'
      this.pump()
    })
  }

  /** A turn of the loop begins. */
  beginTurn(): void {
    this.#turnStartedAt = world.now()
  }

  /** Starts what can be started now. */
  pump(): void {
    if (this.#pump === 'pumping') return
    this.#pump = 'pumping'
    try {
      // It is often the end of a body that lets another one start.
      this.#context.runInAsyncScope(() => this.#startWaiting())
    } finally {
      this.#pump = 'idle'
    }
  }

  #startWaiting(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      // What was taken back takes no room: it isn't in the way of what fits.
      if (this.#held + (next.cpu ?? 1) > 1 + EPSILON && this.#isOffered(next)) return
      if (world.now() - this.#turnStartedAt > TURN_MS) {
        // Timers, ports and what bodies await get their turn.
        world.setImmediate(() => {
          this.beginTurn()
          this.pump()
        })
        return
      }
      this.#waiting.shift()
      this.#start(next)
    }
  }
}
