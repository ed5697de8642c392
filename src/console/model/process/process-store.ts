// How the process stands, and how it has in the last minutes, also before the page was opened: asked for now and then while
// somebody looks.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { StatsHistory, StatsInfo } from '../../../control/api.js'
import type { ControlClient } from '../../../control/client/control-client.js'
import { askOften } from '../ask-often.js'

/** As many as the server keeps: five minutes. */
const MOST_LOOKS = 150
/** A longer gap between two answers, in milliseconds, is filled from what the server keeps. */
const MOST_GAP_MS = 5000

/** The counts of the process. */
export interface ProcessState {
  readonly now: StatsInfo
  /** Up to now. */
  readonly history: StatsHistory
}

/** The counts of the process, now and before. */
export class ProcessStore {
  readonly #client: ControlClient
  readonly #state = signal<ProcessState | undefined>(undefined)
  readonly #stop = new AbortController()

  constructor(client: ControlClient) {
    this.#client = client
  }

  /** `undefined` until the first answer. */
  get state(): ReadonlySignal<ProcessState | undefined> {
    return this.#state
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
    const options = { signal: this.#stop.signal }
    try {
      const now = await this.#client.stats(options)
      const known = this.#state.peek()
      // What the page hasn't seen, since it was hidden or has just been opened, the server has.
      const isNext = known !== undefined && now.at - known.now.at < MOST_GAP_MS
      const before = isNext ? known.history : await this.#client.statsHistory(options)
      this.#state.value = { now, history: withNow(before, now) }
    } catch {
      // The event stream notices, and says so.
    }
  }
}

function added(column: readonly number[], value: number): number[] {
  return [...column, value].slice(-MOST_LOOKS)
}

function withNow({ at, queued, loopP99Ms, rssBytes }: StatsHistory, now: StatsInfo): StatsHistory {
  return {
    at: added(at, now.at),
    queued: added(queued, now.queued),
    loopP99Ms: added(loopP99Ms, now.eventLoopDelay.p99Ms),
    rssBytes: added(rssBytes, now.memory.rssBytes),
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
