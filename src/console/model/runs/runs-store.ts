// The runs of the process, as the stream of runs tells them: live ones, and finished ones as long as they are kept.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { RunSummary, StreamEvent } from '../../../control/api.js'
import type { ControlClient } from '../../../control/client/control-client.js'
import { oncePerFrame } from '../frames.js'
import { FIRST_TERMINAL, phaseCode } from '../words/phases.js'
import { isUnknown, type LinkState } from './run-store.js'
import { createServerClock, type ServerClock } from '../server-clock.js'

/** The list of runs, live. */
export class RunsStore {
  readonly clock: ServerClock = createServerClock()
  readonly #client: ControlClient
  readonly #reopen: () => Promise<boolean>
  readonly #link = signal<LinkState>({ kind: 'loading', loaded: 0 })
  readonly #runs = signal<readonly RunSummary[]>([])
  readonly #known = new Map<string, RunSummary>()
  readonly #stop = new AbortController()
  readonly #show: { (): void; cancel(): void } = oncePerFrame(() => this.#showNow())

  /** `reopen` is asked when the server doesn't know this page any more; whether it does again. */
  constructor(client: ControlClient, reopen: () => Promise<boolean>) {
    this.#client = client
    this.#reopen = reopen
  }

  /** Live ones first, then the newest first. */
  get runs(): ReadonlySignal<readonly RunSummary[]> {
    return this.#runs
  }

  get link(): ReadonlySignal<LinkState> {
    return this.#link
  }

  /** Begins to watch. */
  start(): void {
    void this.#watch()
  }

  /** Stops watching. */
  stop(): void {
    this.#stop.abort()
    this.#show.cancel()
  }

  async #watch(): Promise<void> {
    const { signal: stopped } = this.#stop
    for (let failures = 1; !stopped.aborted; failures += 1) {
      try {
        const events = this.#client.events({
          view: 'runs',
          signal: stopped,
          onConnection: (state, error) => {
            if (state === 'connected') {
              failures = 0
              if (this.#link.peek().kind !== 'loading') this.#setLive()
            } else this.#lost(error)
          },
        })
        for await (const event of events) this.#take(event)
        this.clock.hold(true)
        if (!stopped.aborted) this.#link.value = { kind: 'ended', since: this.clock.now() }
      } catch (error) {
        if (stopped.aborted) return
        if (isUnknown(error) && (await this.#reopen().catch(() => false))) continue
        const { status } = error as { status?: number }
        if (status === 401 || status === 403) {
          this.#link.value = { kind: 'refused', why: error instanceof Error ? error.message : String(error) }
          return
        }
        this.#lost(error)
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 250 * 2 ** failures)))
    }
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.clock.heard(event.at)
        this.#known.clear()
        for (const summary of event.runs) this.#known.set(summary.run, summary)
        break
      case 'live':
        // Ahead of the word that all is there: for a frame, the page would say that there are no runs.
        this.#showNow()
        this.#setLive()
        return
      case 'run':
        this.#known.set(event.summary.run, event.summary)
        break
      case 'forgotten':
        this.#known.delete(event.run)
        break
      default:
        return
    }
    this.#show()
  }

  #showNow(): void {
    this.#runs.value = [...this.#known.values()].toSorted(
      (left, right) => Number(hasEnded(left)) - Number(hasEnded(right)) || right.queuedAt - left.queuedAt,
    )
  }

  #setLive(): void {
    this.clock.hold(false)
    if (this.#link.peek().kind !== 'live') this.#link.value = { kind: 'live' }
  }

  #lost(error: unknown): void {
    this.clock.hold(true)
    const { kind } = this.#link.peek()
    if (kind === 'lost' || kind === 'ended') return
    const why = error instanceof Error ? error.message : String(error)
    this.#link.value = { kind: 'lost', since: this.clock.now(), why }
  }
}

/** Whether a run has ended. */
export function hasEnded(run: RunSummary): boolean {
  return phaseCode(run.phase) >= FIRST_TERMINAL
}
