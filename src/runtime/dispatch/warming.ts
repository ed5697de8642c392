// Threads that are got ready ahead of need: a lane in each, with the modules of some definitions loaded there. It only asks
// for lanes, and looks again whenever something has changed: a thread that is lost meanwhile is replaced, and asked anew.

import { ThreadLostError, type HeddleError } from '../../protocol/errors/errors.js'
import type { LaneLoss } from '../../../actors/thread-events.js'
import type { Lane } from '../../threads/lane.js'
import type { LoadAnswer } from '../../threads/preloads.js'
import type { Action } from '../tree/action.js'
import type { KnownDefinition } from '../tree/definition-table.js'

/** The lanes as they are. */
export interface OpenLanes {
  readonly lanes: readonly Lane<Action>[]
  /** `false`: some can't be opened just now, but later. */
  readonly isComplete: boolean
}

/** What is needed of the lanes. */
export interface WarmedLanes {
  /** Opens those that aren't open, as far as that can be done now. */
  openAll(): OpenLanes
  /** Something has changed: `proceed` is to be called. */
  schedule(): void
}

interface Warm {
  readonly definitions: readonly KnownDefinition[]
  readonly asked: Map<Lane<Action>, 'loading' | 'ready'>
  resolve(): void
  reject(error: unknown): void
}

/** All calls of `runtime.warm` that haven't been answered. */
export class Warming {
  readonly #lanes: WarmedLanes
  readonly #pending = new Set<Warm>()
  readonly #died = new WeakMap<Lane<Action>, LaneLoss>()

  constructor(lanes: WarmedLanes) {
    this.#lanes = lanes
  }

  get isPending(): boolean {
    return this.#pending.size > 0
  }

  /** One more; `proceed` begins it. */
  add(definitions: readonly KnownDefinition[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.add({ definitions, asked: new Map(), resolve, reject })
    })
  }

  /** Asks those lanes that haven't been, and answers where all are ready. */
  proceed(): void {
    for (const warm of this.#pending) {
      const { lanes, isComplete } = this.#lanes.openAll()
      // To open one may have failed for good, and with it this.
      if (!this.#pending.has(warm)) continue
      for (const lane of lanes) if (!warm.asked.has(lane)) this.#ask(warm, lane)
      const isReady = lanes.every((lane) => warm.asked.get(lane) === 'ready')
      if (!isComplete || !isReady) continue
      this.#pending.delete(warm)
      warm.resolve()
    }
  }

  /** A thread has died, and of no body's doing: what it was loading won't do better in the next one. */
  died(lane: Lane<Action>, loss: LaneLoss): void {
    this.#died.set(lane, loss)
  }

  /** Ends all of them. */
  fail(error: HeddleError): void {
    for (const warm of this.#pending) this.#reject(warm, error)
  }

  #reject(warm: Warm, error: unknown): void {
    if (this.#pending.delete(warm)) warm.reject(error)
  }

  #ask(warm: Warm, lane: Lane<Action>): void {
    warm.asked.set(lane, 'loading')
    lane.preload(warm.definitions, (answer) => {
      this.#answered(warm, lane, answer)
      this.#lanes.schedule()
    })
  }

  #answered(warm: Warm, lane: Lane<Action>, answer: LoadAnswer): void {
    switch (answer.kind) {
      case 'loaded':
        warm.asked.set(lane, 'ready')
        for (const [index, definition] of warm.definitions.entries()) {
          const options = answer.options[index]
          if (options === undefined || definition.optionsKnown) continue
          definition.options = options
          definition.optionsKnown = true
        }
        return
      case 'failed':
        this.#reject(warm, answer.error)
        return
      case 'lost': {
        // Another one comes in its place, and is asked.
        warm.asked.delete(lane)
        const loss = this.#died.get(lane)
        if (loss !== undefined && answer.wasLoading) this.#reject(warm, lostError(warm, lane.thread, loss))
      }
    }
  }
}

function lostError(
  { definitions }: Warm,
  thread: number | undefined,
  { error, exitCode }: LaneLoss,
): ThreadLostError {
  const urls = [...new Set(definitions.map(({ url }) => url))].join(', ')
  const why = error instanceof Error ? `${error.name}: ${error.message}` : `it exited with code ${exitCode}`
  return new ThreadLostError(
    `runtime.warm: thread ${thread} was lost while it loaded ${urls === '' ? 'nothing' : urls}: ${why}. Import the module by itself to see what it does`,
    { loss: 'failed-to-start', thread, exitCode, ...(error !== undefined && { cause: error }) },
  )
}
