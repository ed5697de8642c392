// How the process has stood in the last minutes: asked for now and then while somebody looks, and kept as a row of samples.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { StatsInfo } from '../../control/api.js'
import type { ControlClient } from '../../control/client/control-client.js'
import { askOften } from './ask-often.js'

/** Five minutes. */
const MOST_SAMPLES = 150

/** The counts of the process, now and before. */
export class ProcessStore {
  readonly #client: ControlClient
  readonly #samples = signal<readonly StatsInfo[]>([])
  readonly #stop = new AbortController()

  constructor(client: ControlClient) {
    this.#client = client
  }

  /** Oldest first. */
  get samples(): ReadonlySignal<readonly StatsInfo[]> {
    return this.#samples
  }

  /** Begins to ask. */
  start(): void {
    void askOften(this.#stop.signal, () => this.#ask())
  }

  /** Stops asking. */
  stop(): void {
    this.#stop.abort()
  }

  async #ask(): Promise<void> {
    try {
      const stats = await this.#client.stats({ signal: this.#stop.signal })
      this.#samples.value = [...this.#samples.peek(), stats].slice(-MOST_SAMPLES)
    } catch {
      // The event stream notices, and says so.
    }
  }
}

/** What a thread does: it works, it waits for work, it doesn't answer, or it was killed and isn't out yet. */
export type ThreadState = 'busy' | 'parked' | 'silent' | 'leaving'

/** What a thread does. */
export function threadState(lane: StatsInfo['lanes'][number]): ThreadState {
  if (lane.exitPendingMs > 0) return 'leaving'
  if (lane.silentMs > 0) return 'silent'
  return lane.inFlight > 0 ? 'busy' : 'parked'
}
