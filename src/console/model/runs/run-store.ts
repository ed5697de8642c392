// One run as the page knows it: its table of actions, kept up to date by the event stream, and what the server counts of
// it. Events are taken in as they come; whoever shows them is told once a frame.

import { signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type {
  AbortProgress,
  AbortRecord,
  ActionEventInfo,
  RunDetail,
  RunSummary,
  StatsInfo,
  StreamEvent,
} from '../../../control/api.js'
import type { ControlClient } from '../../../control/client/control-client.js'
import { ActionTable, NONE } from './action-table.js'
import { applyEvent } from './apply-event.js'
import { eachItem } from '../each-item.js'
import { createServerClock, type ServerClock } from '../server-clock.js'
import { oncePerFrame } from '../frames.js'

/** How the page stands to the server. */
export type LinkState =
  /** Nothing is known yet. */
  | { readonly kind: 'loading'; readonly loaded: number }
  | { readonly kind: 'live' }
  /** Connected, but the server hasn't answered for a while: what is shown may be old. */
  | { readonly kind: 'stalled'; readonly since: number }
  /** What is shown was true then; it tries again by itself. */
  | { readonly kind: 'lost'; readonly since: number; readonly why: string }
  /** The server has ended, in order. */
  | { readonly kind: 'ended'; readonly since: number }
  /** There is no such run, or no longer. */
  | { readonly kind: 'missing'; readonly nearest: readonly string[] }
  /** It can't be shown: no permission, say. */
  | { readonly kind: 'refused'; readonly why: string }

/** A table with more rows than this, most of which the server has forgotten, is loaded anew. */
const MOST_ROWS = 250_000
const DETAIL_EVERY_MS = 2000
/** Aborts whose progress is remembered. */
const KEPT_PROGRESS = 200
/** The first time it is asked for as soon as there is a connection. */
const FIRST_DETAIL_MS = 100
const STATS_EVERY_MS = 1000
/** A server that doesn't answer for so long is said to be stalled. */
const STALLED_AFTER_MS = 4000

/** A run that is being watched. */
export class RunStore {
  readonly run: string
  readonly client: ControlClient
  readonly clock: ServerClock = createServerClock()
  readonly #table: Signal<ActionTable>
  readonly #link: Signal<LinkState> = signal<LinkState>({ kind: 'loading', loaded: 0 })
  readonly #summary: Signal<RunSummary | undefined> = signal<RunSummary | undefined>(undefined)
  readonly #detail: Signal<RunDetail | undefined> = signal<RunDetail | undefined>(undefined)
  readonly #stats: Signal<StatsInfo | undefined> = signal<StatsInfo | undefined>(undefined)
  readonly #progress: Signal<ReadonlyMap<string, AbortProgress>> = signal<ReadonlyMap<string, AbortProgress>>(
    new Map(),
  )
  readonly #revision: Signal<number> = signal(0)
  readonly #reopen: () => Promise<boolean>
  readonly #listeners = new Set<(event: ActionEventInfo) => void>()
  readonly #stop = new AbortController()
  readonly #show: { (): void; cancel(): void } = oncePerFrame(() => {
    this.#revision.value += 1
  })
  readonly #showLoading: { (): void; cancel(): void } = oncePerFrame(() => {
    if (this.#loading === undefined || this.#link.peek().kind !== 'loading') return
    this.#link.value = { kind: 'loading', loaded: this.#loading.length }
  })
  #loading: ActionTable | undefined
  #snapshotRows = 0
  #restart = new AbortController()
  #timers: ReturnType<typeof setTimeout>[] = []
  #detailIsDue = true

  /** `reopen` is asked when the server doesn't know this page any more; whether it does again. */
  constructor(client: ControlClient, run: string, reopen: () => Promise<boolean>) {
    this.client = client
    this.run = run
    this.#table = signal(new ActionTable())
    this.#reopen = reopen
  }

  /** Another table when everything has been loaded anew; else the same one, changed. */
  get table(): ReadonlySignal<ActionTable> {
    return this.#table
  }

  get link(): ReadonlySignal<LinkState> {
    return this.#link
  }

  /** What the server said of the run when it was loaded. */
  get summary(): ReadonlySignal<RunSummary | undefined> {
    return this.#summary
  }

  /** What the server counts; asked for every two seconds while something changes. */
  get detail(): ReadonlySignal<RunDetail | undefined> {
    return this.#detail
  }

  get stats(): ReadonlySignal<StatsInfo | undefined> {
    return this.#stats
  }

  /** How far aborts have come, by their id, the newest last. */
  get progress(): ReadonlySignal<ReadonlyMap<string, AbortProgress>> {
    return this.#progress
  }

  /** Counted up at each frame before which something has changed. */
  get revision(): ReadonlySignal<number> {
    return this.#revision
  }

  /** Calls back for each event, in order, before it is shown. Returns an unsubscribe. */
  onEvent(listener: (event: ActionEventInfo) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins to watch. */
  start(): void {
    void this.#watch()
    void this.#pollDetail()
    void this.#pollStats()
  }

  /** Stops watching. */
  stop(): void {
    this.#stop.abort()
    this.#restart.abort()
    this.#show.cancel()
    this.#showLoading.cancel()
    for (const timer of this.#timers) clearTimeout(timer)
  }

  /** Loads everything again, now. */
  reload(): void {
    this.#restart.abort()
  }

  /** Takes the answer to an abort into the progress that is shown. */
  tookProgress(progress: AbortProgress): void {
    // The answer to the request and the event stream come by two ways: the later one may be the older.
    const before = this.#progress.peek().get(progress.abort)
    if (
      before !== undefined &&
      before.settled + before.acknowledged > progress.settled + progress.acknowledged
    ) {
      return
    }
    const known = new Map(this.#progress.peek())
    known.set(progress.abort, progress)
    // A page may be open for weeks: of those that are over, the newest are enough.
    for (const [abort, { settledAt }] of known) {
      if (known.size <= KEPT_PROGRESS) break
      if (settledAt !== undefined) known.delete(abort)
    }
    this.#progress.value = known
  }

  async #watch(): Promise<void> {
    let failures = 0
    while (!this.#stop.signal.aborted) {
      this.#restart = new AbortController()
      const { signal: stopped } = this.#restart
      try {
        const events = this.client.events({
          run: this.run,
          form: 'columns',
          signal: stopped,
          onConnection: (state, error) => {
            if (state === 'connected') failures = 0
            this.#connection(state, error)
          },
        })
        for await (const event of events) this.#take(event)
        // The server has said that it ends: it may come back, at the same place.
        if (!stopped.aborted) this.#ended()
      } catch (error) {
        if (!stopped.aborted) {
          if (isUnknown(error) && (await this.#reopen().catch(() => false))) continue
          this.#failed(error)
        }
      }
      if (this.#link.peek().kind === 'missing' || this.#link.peek().kind === 'refused') return
      if (!stopped.aborted) {
        failures += 1
        await this.#wait(Math.min(5000, 250 * 2 ** failures), stopped)
      }
    }
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.clock.heard(event.at)
        this.#summary.value = event.runs.find(({ run }) => run === this.run)
        this.#loading = new ActionTable(expectedRows(this.#summary.peek()))
        break
      case 'actions':
        for (const action of event.actions) this.#loading?.put(action)
        this.#showLoading()
        break
      case 'columns':
        eachItem(event, (item) => this.#loading?.put(item))
        this.#showLoading()
        break
      case 'live':
        if (this.#loading !== undefined) {
          this.#table.value = this.#loading
          this.#snapshotRows = this.#loading.length
          this.#loading = undefined
        }
        this.#setLive()
        break
      case 'abortProgress':
        if (event.progress.run === this.run) this.tookProgress(event.progress)
        break
      case 'gap':
      case 'dropped':
      case 'end':
      case 'run':
      case 'forgotten':
        break
      case 'grace':
        applyEvent(this.#table.peek(), event)
        this.#show()
        break
      case 'phase':
      case 'report':
      case 'emit':
      case 'log':
      case 'abort':
      case 'abortSeen':
      case 'retry':
      case 'unheard':
      case 'unresponsive':
      case 'exitLate':
        this.#takeActionEvent(event)
        break
    }
  }

  #takeActionEvent(event: ActionEventInfo): void {
    if (event.run !== this.run) return
    this.clock.heard(event.at)
    const table = this.#table.peek()
    if (beginsAnew(table, event)) {
      this.reload()
      return
    }
    applyEvent(table, event)
    for (const listener of this.#listeners) listener(event)
    this.#detailIsDue = true
    if (table.length > MOST_ROWS && table.length > 2 * this.#snapshotRows) this.reload()
    this.#show()
  }

  #connection(state: 'connected' | 'lost', error: unknown): void {
    if (state === 'connected') {
      // With a snapshot under way, `live` says when it is complete; without one, what is shown goes on as it is.
      if (this.#link.peek().kind !== 'loading') this.#setLive()
    } else this.#lost(error)
  }

  #setLive(): void {
    this.clock.hold(false)
    if (this.#link.peek().kind !== 'live') this.#link.value = { kind: 'live' }
    this.#detailIsDue = true
    this.#show()
  }

  #lost(error: unknown): void {
    if (this.#stop.signal.aborted) return
    this.clock.hold(true)
    // What has closed in order isn't lost: there is nothing to reach until it comes back.
    const { kind } = this.#link.peek()
    if (kind === 'lost' || kind === 'ended') return
    this.#link.value = { kind: 'lost', since: this.clock.now(), why: messageOf(error) }
    this.#show()
  }

  #ended(): void {
    this.clock.hold(true)
    const link = this.#link.peek()
    if (link.kind !== 'ended') this.#link.value = { kind: 'ended', since: this.clock.now() }
    this.#show()
  }

  #failed(error: unknown): void {
    const { status, nearest } = error as { status?: number; nearest?: readonly string[] }
    if (status === 404) {
      this.clock.hold(true)
      this.#link.value = { kind: 'missing', nearest: nearest ?? [] }
    } else if (status === 401 || status === 403) {
      this.clock.hold(true)
      this.#link.value = { kind: 'refused', why: messageOf(error) }
    } else this.#lost(error)
    this.#show()
  }

  async #pollDetail(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#detailIsDue && this.#link.peek().kind === 'live') {
        this.#detailIsDue = false
        try {
          this.#detail.value = await this.client.run(this.run, { signal: this.#stop.signal })
        } catch {
          // The event stream notices, and says so.
        }
      }
      await this.#wait(
        this.#detail.peek() === undefined ? FIRST_DETAIL_MS : DETAIL_EVERY_MS,
        this.#stop.signal,
      )
    }
  }

  async #pollStats(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { kind } = this.#link.peek()
      if ((kind === 'live' || kind === 'stalled') && document.visibilityState === 'visible') {
        const askedAt = this.clock.now()
        const timer = setTimeout(() => {
          if (this.#link.peek().kind === 'live') this.#link.value = { kind: 'stalled', since: askedAt }
        }, STALLED_AFTER_MS)
        this.#timers = [...this.#timers.slice(-8), timer]
        try {
          const stats = await this.client.stats({ signal: this.#stop.signal })
          this.clock.heard(stats.at)
          this.#stats.value = stats
          if (this.#link.peek().kind === 'stalled') this.#link.value = { kind: 'live' }
        } catch {
          // The event stream notices, and says so.
        } finally {
          clearTimeout(timer)
        }
      }
      await this.#wait(STATS_EVERY_MS, this.#stop.signal)
    }
  }

  #wait(ms: number, stopped: AbortSignal): Promise<void> {
    if (stopped.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      this.#timers = [...this.#timers.slice(-8), timer]
      stopped.addEventListener('abort', done, { once: true })
      function done(): void {
        clearTimeout(timer)
        stopped.removeEventListener('abort', done)
        resolve()
      }
    })
  }
}

/** Aborts on record, as the server has them, or none. */
export function abortsOf(detail: RunDetail | undefined): readonly AbortRecord[] {
  return detail?.aborts ?? []
}

/** How many aborts there have been that are no longer on record. */
export function abortsNotKept(detail: RunDetail | undefined): number {
  return detail === undefined ? 0 : detail.abortCount - detail.aborts.length
}

/** How many threads its actions have run on, here and elsewhere. */
export function threadsOf({ threads, hosts = [] }: RunDetail): number {
  return hosts.reduce((sum, host) => sum + host.threads.length, threads.length)
}

/** How many actions a snapshot will tell, as far as that is known when it begins. */
function expectedRows(summary: RunSummary | undefined): number {
  return summary === undefined ? 0 : summary.total - summary.dropped
}

/** Whether another run has taken the name of one that has ended: its actions have the ids of the earlier ones. */
function beginsAnew(table: ActionTable, event: ActionEventInfo): boolean {
  if (event.type !== 'phase' || event.phase !== 'queued' || event.parent !== undefined) return false
  const row = table.rowOf(event.id)
  return row !== NONE && table.hasEnded(row)
}

/** Whether an answer says that the session isn't known. */
export function isUnknown(error: unknown): boolean {
  return (error as { readonly status?: number }).status === 401
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
