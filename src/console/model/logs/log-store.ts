// The log entries of a run, or of one of its actions: the newest at once, then the older ones page by page, and those that the
// event stream tells from then on. All that the server keeps is held here, so that a search needs nobody else.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { ActionEventInfo, LogEntry, LogsQuery } from '../../../control/api.js'
import { NONE } from '../runs/action-table.js'
import { oncePerFrame } from '../frames.js'
import type { RunStore } from '../runs/run-store.js'

/** The newest, which are shown as soon as they are there; and pages of those before. */
const FIRST_PAGE = 1000
const PAGE = 5000
/** So many are held; beyond, the oldest go, many at once. */
const MOST_ENTRIES = 100_000
const GO_AT_ONCE = 10_000

/** Whose entries: of the whole run, or of an action and, with `under`, of what is under it. */
export type LogScope = Pick<LogsQuery, 'action' | 'under'>

/** The log of a run, live. */
export class LogStore {
  readonly #run: RunStore
  readonly #scope: LogScope
  readonly #revision = signal(0)
  readonly #isLoading = signal(true)
  readonly #failure = signal<string | undefined>(undefined)
  readonly #show: { (): void; cancel(): void } = oncePerFrame(() => {
    this.#revision.value += 1
  })
  #stop = new AbortController()
  #offs: (() => void)[] = []
  #entries: LogEntry[] = []
  /** What the event stream told while the first page was asked for. */
  #early: LogEntry[] | undefined = []
  #lastSeq = -1
  #matching = 0
  #forgotten = 0

  constructor(run: RunStore, scope: LogScope) {
    this.#run = run
    this.#scope = scope
  }

  /** Oldest first. It grows at its end; when anything else has changed, it is another array. */
  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  /** How many there are, those that aren't loaded yet included. */
  get count(): number {
    return Math.max(this.#matching, this.#entries.length)
  }

  /** How many entries of the run aren't kept any more, here or by the server: the oldest. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Counted up at each frame before which something was added. */
  get revision(): ReadonlySignal<number> {
    return this.#revision
  }

  /** Whether older ones are still to come. */
  get isLoading(): ReadonlySignal<boolean> {
    return this.#isLoading
  }

  /** Why they couldn't all be loaded. */
  get failure(): ReadonlySignal<string | undefined> {
    return this.#failure
  }

  /** Begins to gather. */
  start(): void {
    let isFirst = true
    this.#offs = [
      this.#run.onEvent((event) => this.#take(event)),
      // Another table: events were missed, or another run has taken the name.
      this.#run.table.subscribe(() => {
        if (!isFirst) this.reload()
        isFirst = false
      }),
    ]
    void this.#load()
  }

  /** Stops gathering. */
  stop(): void {
    this.#stop.abort()
    this.#show.cancel()
    for (const off of this.#offs) off()
  }

  /** Loads all of it anew. */
  reload(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#early = []
    this.#lastSeq = -1
    void this.#load()
  }

  async #load(): Promise<void> {
    const { signal: stopped } = this.#stop
    this.#isLoading.value = true
    this.#failure.value = undefined
    try {
      let before: string | undefined
      do {
        const page = await this.#run.client.logs(
          this.#run.run,
          { ...this.#scope, ...(before === undefined ? { limit: FIRST_PAGE } : { limit: PAGE, before }) },
          { signal: stopped },
        )
        if (stopped.aborted) return
        if (before === undefined) {
          this.#entries = [...page.items]
          this.#lastSeq = page.seq
          this.#matching = page.matching
          this.#forgotten = page.written - page.kept
          const early = this.#early ?? []
          this.#early = undefined
          for (const entry of early) this.#append(entry)
        } else this.#entries = [...page.items, ...this.#entries]
        before = page.previous
        this.#show()
      } while (before !== undefined && this.#entries.length < MOST_ENTRIES)
      // What isn't here was forgotten meanwhile, or is more than is held.
      this.#forget(this.#matching - this.#entries.length)
    } catch (error) {
      if (stopped.aborted) return
      this.#failure.value = error instanceof Error ? error.message : String(error)
    }
    this.#isLoading.value = false
    this.#show()
  }

  #take(event: ActionEventInfo): void {
    if (event.type !== 'log' || !this.#isWanted(event.id)) return
    const { seq, at, id, attempt, level, message, fields } = event
    const table = this.#run.table.peek()
    const name = table.names[table.rowOf(id)] ?? id
    this.#append({ seq, at, id, name, attempt, level, message, ...(fields !== undefined && { fields }) })
  }

  #append(entry: LogEntry): void {
    if (this.#early !== undefined) {
      this.#early.push(entry)
      return
    }
    // It may be on the page already.
    if (entry.seq <= this.#lastSeq) return
    this.#lastSeq = entry.seq
    this.#matching += 1
    this.#entries.push(entry)
    if (this.#entries.length > MOST_ENTRIES + GO_AT_ONCE) {
      this.#entries = this.#entries.slice(GO_AT_ONCE)
      this.#forget(GO_AT_ONCE)
    }
    this.#show()
  }

  #forget(count: number): void {
    this.#matching -= count
    this.#forgotten += count
  }

  #isWanted(id: string): boolean {
    const { action, under } = this.#scope
    if (action === undefined || id === action) return true
    if (under !== true) return false
    // By what it is bound to: one that is detached isn't under its spawner.
    const table = this.#run.table.peek()
    const wanted = table.rowOf(action)
    let row = table.rowOf(id)
    while (row !== NONE && row !== wanted) row = table.parent[row]!
    return row !== NONE
  }
}
