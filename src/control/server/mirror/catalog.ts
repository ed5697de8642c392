// The server's own index of what the runtime knows: runs, and their actions in the order of their spawns and by parent, so
// that a page is found without walking through all. It follows the runtime's events synchronously and is never behind.

import type { ActionEvent, PhaseEvent, RetryEvent } from '../../../events.js'
import type { AbortHow } from '../../../protocol/errors/errors.js'
import { hostFields, type HostFields } from '../../../protocol/host-name.js'
import { isTerminal, noCounts, type Phase } from '../../../protocol/outcome.js'
import type {
  ActionObserver,
  ObservedAction,
  ObservedRun,
  RecordsObserver,
  RuntimeAccess,
} from '../../../runtime/runtime-access.js'
import { LOCAL_URL } from '../../../local-bodies.js'
import type { AttemptInfo, Shown } from '../../api.js'
import { KeptAborts } from './kept-aborts.js'
import { LogHistories, LogHistory } from './log-history.js'
import { ReportHistories, ReportHistory } from './report-history.js'
import { isPruning } from '../../shown/pruned.js'
import { briefError, shownReason } from '../../shown/shown-error.js'
import { show } from '../../shown/shown-value.js'

/** How many attempts of an action before the present one are: the newest. */
const KEPT_ATTEMPTS = 20

/** An action, as the server knows it. */
export class ActionEntry {
  readonly action: ObservedAction
  readonly parent: ActionEntry | undefined
  /** Those bound to it whose records are kept, in the order of their spawns. */
  children: ActionEntry[] | undefined
  /** Number of its last event. */
  changedSeq = 0
  /** As its last event says, for the counts. */
  phase: Phase
  input: Shown | undefined
  /** It was spawned while this looked: without an `input`, there was none. */
  isInputKnown = false
  output: Shown | undefined
  /** Attempts that were followed by another. */
  earlier: AttemptInfo[] | undefined
  reports: ReportHistory | undefined
  /** When its present attempt was queued and has started: the action forgets it when that is tried again. */
  queuedAt: number
  started:
    | {
        readonly at: number
        readonly thread: number | undefined
        readonly host: HostFields
      }
    | undefined

  constructor(action: ObservedAction, parent: ActionEntry | undefined) {
    const { phase, queuedAt, startedAt, thread, host } = action
    this.action = action
    this.parent = parent
    this.phase = phase
    this.queuedAt = queuedAt
    if (startedAt !== undefined) this.started = { at: startedAt, thread, host: hostFields(host) }
  }

  get id(): string {
    return this.action.id
  }

  /** Whether its record is still kept. */
  isKept = true

  /** Its record is gone. */
  forget(histories: ReportHistories): void {
    this.isKept = false
    this.input = undefined
    this.output = undefined
    this.earlier = undefined
    if (this.reports !== undefined) histories.remove(this.reports)
    this.reports = undefined
  }
}

/** A run, as the server knows it. */
export class RunIndex {
  readonly run: ObservedRun
  /** In the order of their spawns; among them some whose records are gone. */
  entries: ActionEntry[] = []
  readonly byId: Map<string, ActionEntry> = new Map()
  readonly counts: Record<Phase, number>
  total: number
  readonly stopped: Record<AbortHow, number> = {
    'never-started': 0,
    cooperative: 0,
    forced: 0,
    abandoned: 0,
  }
  /** Trials that their sweep stopped, with what was under them. */
  pruned = 0
  readonly aborts: KeptAborts = new KeptAborts()
  readonly logs: LogHistory = new LogHistory()
  /** Number of its last event. */
  changedSeq: number
  /** Entries whose records are gone. */
  #dropped = 0

  constructor(run: ObservedRun, seq: number) {
    this.run = run
    this.changedSeq = seq
    const { dropped } = run
    this.counts = { ...noCounts(), ...dropped }
    this.total = dropped.succeeded + dropped.failed + dropped.aborted + dropped.timedOut
  }

  get name(): string {
    return this.run.name
  }

  get root(): ActionEntry | undefined {
    return this.entries[0]
  }

  /** The entry of an action whose record is kept. */
  entry(id: string): ActionEntry | undefined {
    return this.byId.get(id)
  }

  /** Adds an action that has been spawned. */
  add(action: ObservedAction): ActionEntry {
    const parent = action.parent && this.byId.get(action.parent.id)
    const entry = new ActionEntry(action, parent)
    this.entries.push(entry)
    this.byId.set(action.id, entry)
    if (parent !== undefined) (parent.children ??= []).push(entry)
    this.counts[entry.phase] += 1
    this.total += 1
    return entry
  }

  /** The record of an action is gone: what is shown of it is let go of at once, its place in the lists a little later. */
  drop(action: ObservedAction, histories: ReportHistories): void {
    const entry = this.byId.get(action.id)
    if (entry?.action !== action) return
    this.byId.delete(action.id)
    entry.forget(histories)
    this.#dropped += 1
    if (this.#dropped < 64 || this.#dropped * 2 < this.entries.length) return
    this.#dropped = 0
    this.entries = this.entries.filter((one) => one.isKept)
    for (const kept of this.entries) kept.children = kept.children?.filter((child) => child.isKept)
  }
}

/** All runs of a runtime. */
export class Catalog implements ActionObserver, RecordsObserver {
  readonly #access: RuntimeAccess
  readonly #runs = new Map<string, RunIndex>()
  readonly #histories = new ReportHistories()
  readonly #logs = new LogHistories()
  readonly #onForgotten: (run: string) => void

  /** Takes in what there is already. `onForgotten` is called with the name of each run that isn't kept any more. */
  constructor(access: RuntimeAccess, onForgotten: (run: string) => void) {
    this.#access = access
    this.#onForgotten = onForgotten
    const { seq } = access.events
    for (const run of access.runs.runs()) {
      const index = new RunIndex(run, seq)
      this.#runs.set(run.name, index)
      for (const action of run.actions.values()) {
        const entry = index.add(action)
        entry.changedSeq = seq
        if (!action.isSettled) this.#showInput(entry)
        const { outcome } = action
        if (outcome !== undefined && 'how' in outcome) index.stopped[outcome.how] += 1
        if (outcome?.status === 'aborted' && isPruning(outcome.reason)) index.pruned += 1
      }
    }
  }

  /** Number of the runtime's last event. */
  get seq(): number {
    return this.#access.events.seq
  }

  /** The runs that are live or kept, oldest first. */
  runs(): IterableIterator<RunIndex> {
    return this.#runs.values()
  }

  /** How many there are. */
  get size(): number {
    return this.#runs.size
  }

  /** The run of that name. */
  run(name: string): RunIndex | undefined {
    return this.#runs.get(name)
  }

  dropped(action: ObservedAction): void {
    const index = this.#runs.get(action.run.name)
    if (index?.run === action.run) index.drop(action, this.#histories)
  }

  forgotten(run: ObservedRun): void {
    const index = this.#runs.get(run.name)
    // The one of its name that has just begun is here already.
    if (index?.run !== run) return
    this.#runs.delete(run.name)
    this.#forget(index)
    this.#onForgotten(run.name)
  }

  spawned(action: ObservedAction): void {
    const { run } = action
    let index = this.#runs.get(run.name)
    if (index === undefined || index.run !== run) {
      // A finished run of that name is forgotten (S22); the newest one comes last.
      if (index !== undefined) this.#forget(index)
      this.#runs.delete(run.name)
      index = new RunIndex(run, this.seq)
      this.#runs.set(run.name, index)
    }
    const entry = index.add(action)
    entry.isInputKnown = true
    this.#showInput(entry)
  }

  withdrawn(run: ObservedRun, count: number): void {
    const index = this.#runs.get(run.name)
    if (index?.run !== run) return
    index.counts.queued -= count
    index.counts.aborting += count
  }

  succeeded(action: ObservedAction, output: unknown): void {
    // What a scope returns doesn't come this way.
    if (action.definition.url === LOCAL_URL) return
    const entry = this.#runs.get(action.run.name)?.byId.get(action.id)
    if (entry?.action === action) entry.output = show(output)
  }

  /** Takes in an event; gives the action that it is about. */
  take(event: ActionEvent): ActionEntry | undefined {
    const index = this.#runs.get(event.run)
    const entry = index?.byId.get(event.id)
    if (index === undefined || entry === undefined) return undefined
    index.changedSeq = event.seq
    entry.changedSeq = event.seq
    switch (event.type) {
      case 'phase':
        this.#phaseChanged(index, entry, event)
        break
      case 'report':
        entry.reports ??= new ReportHistory()
        this.#histories.add(entry.reports, event.at, event.seq, event.value)
        break
      case 'log':
        this.#logs.add(index.logs, event, entry.action.name)
        break
      case 'retry':
        noteAttempt(entry, event)
        break
      case 'abort': {
        const { seq, at, id, reason, escalation } = event
        index.aborts.add({ seq, at, id, reason: shownReason(reason), escalation })
        break
      }
      default:
    }
    return entry
  }

  #phaseChanged(index: RunIndex, entry: ActionEntry, event: PhaseEvent): void {
    const { phase, how } = event
    // One that was withdrawn has been counted as aborting since, and its end is its first event of that.
    const from = entry.phase === 'queued' && phase === 'aborted' ? 'aborting' : entry.phase
    index.counts[from] -= 1
    index.counts[phase] += 1
    entry.phase = phase
    if (phase === 'queued') {
      entry.queuedAt = event.at
      entry.started = undefined
    } else if (phase === 'running') {
      const { at, thread, host, hostInstance } = event
      entry.started = { at, thread, host: { ...(host !== undefined && { host, hostInstance }) } }
    }
    if (!isTerminal(phase)) return
    if (how !== undefined) index.stopped[how] += 1
    if (phase === 'aborted' && isPruning(event.reason)) index.pruned += 1
  }

  #showInput(entry: ActionEntry): void {
    const { action } = entry
    // A scope's input is the key of its function; of what has started, it may be gone.
    if (action.definition.url !== LOCAL_URL && action.input !== undefined) entry.input = show(action.input)
  }

  #forget(index: RunIndex): void {
    for (const entry of index.entries) entry.forget(this.#histories)
    this.#logs.remove(index.logs)
  }
}

function noteAttempt(entry: ActionEntry, { attempt, at, error, delayMs }: RetryEvent): void {
  const { queuedAt, action } = entry
  // Of the first one it is known exactly, and shown of the action, too; the event of a start may come a little late.
  const exactAt = attempt === 1 ? action.firstStartedAt : undefined
  const started = entry.started && { ...entry.started, ...(exactAt !== undefined && { at: exactAt }) }
  entry.earlier ??= []
  if (entry.earlier.length === KEPT_ATTEMPTS) entry.earlier.shift()
  entry.earlier.push({
    attempt,
    queuedAt,
    ...(started !== undefined && { startedAt: started.at }),
    ...(started?.thread !== undefined && { thread: started.thread }),
    ...started?.host,
    endedAt: Math.min(at, action.queuedAt),
    error: briefError(error),
    delayMs,
  })
}
