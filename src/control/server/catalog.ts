// The server's own index of what the runtime knows: runs, and their actions in the order of their spawns and by parent, so
// that a page is found without walking through all. It follows the runtime's events synchronously and is never behind.

import type { ActionEvent, PhaseEvent, RetryEvent } from '../../events.js'
import type { AbortHow } from '../../protocol/errors.js'
import { isTerminal, type Outcome, type Phase } from '../../protocol/outcome.js'
import type { ActionNode } from '../../runtime/action-node.js'
import type { RunState } from '../../runtime/run-state.js'
import type { RuntimeAccess } from '../../runtime/serving.js'
import type { ActionObserver } from '../../runtime/supervisor.js'
import { LOCAL_URL } from '../../local-bodies.js'
import type { AbortRecord, AttemptInfo, Shown } from '../api.js'
import { LogHistory, ReportHistories, ReportHistory } from './history.js'
import { briefError, shownReason } from './shown-error.js'
import { show } from './shown-value.js'

/** How many aborts of a run are on record: the newest. */
const KEPT_ABORTS = 1000
/** How many attempts of an action before the present one are: the newest. */
const KEPT_ATTEMPTS = 100

/** An action, as the server knows it. */
export class ActionEntry {
  readonly node: ActionNode
  readonly parent: ActionEntry | undefined
  /** Those bound to it whose records are kept, in the order of their spawns. */
  children: ActionEntry[] | undefined
  /** Number of its last event. */
  changedSeq = 0
  /** As its last event says, for the counts. */
  phase: Phase
  input: Shown | undefined
  output: Shown | undefined
  /** Attempts that were followed by another. */
  earlier: AttemptInfo[] | undefined
  reports: ReportHistory | undefined
  /** When its present attempt was queued and has started: the node forgets it when that is tried again. */
  queuedAt: number
  started: { readonly at: number; readonly thread: number | undefined } | undefined

  constructor(node: ActionNode, parent: ActionEntry | undefined) {
    const { phase, queuedAt, startedAt, thread } = node
    this.node = node
    this.parent = parent
    this.phase = phase
    this.queuedAt = queuedAt
    if (startedAt !== undefined) this.started = { at: startedAt, thread }
  }

  get id(): string {
    return this.node.id
  }

  /** Whether its record is still kept. */
  get isKept(): boolean {
    return this.node.run.nodes.get(this.node.id) === this.node
  }
}

/** A run, as the server knows it. */
export class RunIndex {
  readonly run: RunState
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
  readonly aborts: AbortRecord[] = []
  readonly logs: LogHistory = new LogHistory()
  /** Number of its last event. */
  changedSeq: number

  constructor(run: RunState, seq: number) {
    this.run = run
    this.changedSeq = seq
    const { dropped } = run
    this.counts = { queued: 0, running: 0, aborting: 0, ...dropped }
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
    const entry = this.byId.get(id)
    return entry?.isKept === true ? entry : undefined
  }

  /** Adds an action that has been spawned. */
  add(node: ActionNode): ActionEntry {
    const parent = node.parent && this.byId.get(node.parent.id)
    const entry = new ActionEntry(node, parent)
    this.entries.push(entry)
    this.byId.set(node.id, entry)
    if (parent !== undefined) (parent.children ??= []).push(entry)
    this.counts[entry.phase] += 1
    this.total += 1
    return entry
  }

  /** Lets go of those whose records are gone, once they are as many as the others. */
  compact(histories: ReportHistories): void {
    if (this.entries.length < 2 * this.run.nodes.size + 64) return
    const kept: ActionEntry[] = []
    for (const entry of this.entries) {
      if (entry.isKept) kept.push(entry)
      else {
        this.byId.delete(entry.id)
        if (entry.reports !== undefined) histories.remove(entry.reports)
      }
    }
    for (const entry of kept) entry.children = entry.children?.filter((child) => child.isKept)
    this.entries = kept
  }
}

/** All runs of a runtime. */
export class Catalog implements ActionObserver {
  readonly #access: RuntimeAccess
  readonly #runs = new Map<string, RunIndex>()
  readonly #histories = new ReportHistories()

  /** Takes in what there is already. */
  constructor(access: RuntimeAccess) {
    this.#access = access
    const { seq } = access.events
    for (const run of access.records.runs()) {
      const index = new RunIndex(run, seq)
      this.#runs.set(run.name, index)
      for (const node of run.nodes.values()) {
        const entry = index.add(node)
        entry.changedSeq = seq
        if (!node.isSettled) this.#showInput(entry)
        const { outcome } = node
        if (outcome !== undefined && 'how' in outcome) index.stopped[outcome.how] += 1
      }
    }
  }

  /** Number of the runtime's last event. */
  get seq(): number {
    return this.#access.events.seq
  }

  /** The runs that are live or kept, oldest first. */
  runs(): RunIndex[] {
    this.prune()
    return [...this.#runs.values()]
  }

  /** The run of that name. */
  run(name: string): RunIndex | undefined {
    const index = this.#runs.get(name)
    return index !== undefined && this.#isKept(index) ? index : undefined
  }

  /** Lets go of runs that aren't kept any more, and gives their names. */
  prune(): string[] {
    const gone: string[] = []
    for (const index of this.#runs.values()) {
      if (this.#isKept(index)) continue
      gone.push(index.name)
      this.#runs.delete(index.name)
      this.#forget(index)
    }
    return gone
  }

  spawned(node: ActionNode): void {
    const { run } = node
    let index = this.#runs.get(run.name)
    if (index === undefined || index.run !== run) {
      // A finished run of that name is forgotten (S22); the newest one comes last.
      if (index !== undefined) this.#forget(index)
      this.#runs.delete(run.name)
      index = new RunIndex(run, this.seq)
      this.#runs.set(run.name, index)
    }
    this.#showInput(index.add(node))
  }

  settled(node: ActionNode, outcome: Outcome<unknown>): void {
    // What a scope returns doesn't come this way.
    if (outcome.status !== 'succeeded' || node.definition.url === LOCAL_URL) return
    const entry = this.#runs.get(node.run.name)?.byId.get(node.id)
    if (entry?.node === node) entry.output = show(outcome.output)
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
        index.logs.add(event, entry.node.name)
        break
      case 'retry':
        noteAttempt(entry, event)
        break
      case 'abort': {
        const { seq, at, id, reason, escalation } = event
        index.aborts.push({ seq, at, id, reason: shownReason(reason), escalation })
        if (index.aborts.length > KEPT_ABORTS) index.aborts.shift()
        break
      }
      default:
    }
    return entry
  }

  #phaseChanged(index: RunIndex, entry: ActionEntry, event: PhaseEvent): void {
    const { phase, how } = event
    index.counts[entry.phase] -= 1
    index.counts[phase] += 1
    entry.phase = phase
    if (phase === 'queued') {
      entry.queuedAt = event.at
      entry.started = undefined
    } else if (phase === 'running') entry.started = { at: event.at, thread: event.thread }
    if (!isTerminal(phase)) return
    if (how !== undefined) index.stopped[how] += 1
    index.compact(this.#histories)
  }

  #showInput(entry: ActionEntry): void {
    const { node } = entry
    // A scope's input is the key of its function; of what has started, it may be gone.
    if (node.definition.url !== LOCAL_URL && node.input !== undefined) entry.input = show(node.input)
  }

  /** One that is only just being created isn't among the records yet. */
  #isKept({ run, root }: RunIndex): boolean {
    return this.#access.records.run(run.name) === run || root?.phase === 'queued'
  }

  #forget(index: RunIndex): void {
    for (const { reports } of index.entries) if (reports !== undefined) this.#histories.remove(reports)
  }
}

function noteAttempt(entry: ActionEntry, { attempt, at, error, delayMs }: RetryEvent): void {
  const { started, queuedAt } = entry
  entry.earlier ??= []
  if (entry.earlier.length === KEPT_ATTEMPTS) entry.earlier.shift()
  entry.earlier.push({
    attempt,
    queuedAt,
    ...(started !== undefined && { startedAt: started.at }),
    ...(started?.thread !== undefined && { thread: started.thread }),
    endedAt: at,
    error: briefError(error),
    delayMs,
  })
}
