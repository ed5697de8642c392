// All actions of a run that the page knows, as columns of numbers with links between parents and children: a hundred
// thousand of them are a few megabytes, and a frame can walk through all of them. Rows are never moved; an action keeps
// its row, which is its index here, until the whole table is made again.

import { HERE, HostNames } from './host-names.js'
import { FIRST_TERMINAL, phaseCode, SHOWN_PHASES, type PhaseCounts } from './phases.js'
import type { ActionItem, Json, ReasonInfo } from '../../control/api.js'
import { isPruning } from '../../control/shown/pruned.js'

/** No row. */
export const NONE = -1

const FIRST_CAPACITY = 1024

/** The actions of one run. */
export class ActionTable {
  /** How many rows there are. */
  length = 0
  readonly ids: string[] = []
  readonly names: string[] = []
  /** Names without the number at their end: what is alike. */
  readonly kinds: string[] = []
  /** By the number of the kind. */
  kind: Uint32Array = new Uint32Array(FIRST_CAPACITY)
  readonly #kindNumbers = new Map<string, number>()
  parent: Int32Array = new Int32Array(FIRST_CAPACITY)
  firstChild: Int32Array = new Int32Array(FIRST_CAPACITY)
  lastChild: Int32Array = new Int32Array(FIRST_CAPACITY)
  nextSibling: Int32Array = new Int32Array(FIRST_CAPACITY)
  depth: Uint16Array = new Uint16Array(FIRST_CAPACITY)
  phase: Uint8Array = new Uint8Array(FIRST_CAPACITY)
  attempt: Uint16Array = new Uint16Array(FIRST_CAPACITY)
  /** The share of one thread that it holds. */
  cpu: Float32Array = new Float32Array(FIRST_CAPACITY)
  /** -1: none. */
  thread: Int32Array = new Int32Array(FIRST_CAPACITY)
  /** The number of that thread's machine, in `hosts`. */
  host: Int32Array = new Int32Array(FIRST_CAPACITY)
  readonly hosts: HostNames = new HostNames()
  // Epoch milliseconds; NaN where it hasn't happened. Of a retried action, the first two are of its first attempt.
  queuedAt: Float64Array = new Float64Array(FIRST_CAPACITY)
  startedAt: Float64Array = new Float64Array(FIRST_CAPACITY)
  abortRequestedAt: Float64Array = new Float64Array(FIRST_CAPACITY)
  abortDeliveredAt: Float64Array = new Float64Array(FIRST_CAPACITY)
  settledAt: Float64Array = new Float64Array(FIRST_CAPACITY)
  /** When force will be used; NaN where that isn't known. */
  forceAt: Float64Array = new Float64Array(FIRST_CAPACITY)
  /** What only few have, or what isn't a number. */
  readonly details = new Map<number, RowDetails>()
  /** How many are in each phase. */
  readonly counts: Uint32Array & PhaseCounts = new Uint32Array(SHOWN_PHASES.length)
  /** Rows without a known parent: the root, and whatever came without its own. */
  readonly tops: number[] = []
  /** Whether any has reported a number. */
  hasNumbers = false
  /** Counted up when rows are added or linked otherwise. */
  structure = 0
  /** Counted up with every change. */
  version = 0
  readonly #rows = new Map<string, number>()
  /** Rows whose parent isn't known yet, by its id. */
  readonly #orphans = new Map<string, number[]>()

  /** The row of an action, or -1. */
  rowOf(id: string): number {
    return this.#rows.get(id) ?? NONE
  }

  /** Adds an action, or takes over what is new about it. Returns its row. */
  put(action: ActionItem): number {
    const row = this.add(action)
    this.setPhase(row, this.codeOf(action.phase, action.reason))
    this.cpu[row] = action.cpu
    this.attempt[row] = action.attempt
    this.setPlace(row, action)
    this.queuedAt[row] = action.queuedAt
    this.startedAt[row] = action.startedAt ?? Number.NaN
    this.abortRequestedAt[row] = action.abortRequestedAt ?? Number.NaN
    this.abortDeliveredAt[row] = action.abortDeliveredAt ?? Number.NaN
    this.settledAt[row] = action.settledAt ?? Number.NaN
    this.forceAt[row] = action.forceAt ?? Number.NaN
    const { how, reason, error, lastReport, earlier, escalations, attemptQueuedAt, attemptStartedAt } = action
    if (how ?? reason ?? error ?? lastReport ?? earlier ?? escalations ?? attemptQueuedAt) {
      this.details.set(row, {
        how,
        reason,
        error,
        lastReport,
        earlier,
        escalations,
        attemptQueuedAt,
        attemptStartedAt,
      })
      if (lastReport !== undefined) this.sawReport(lastReport.value)
    } else this.details.delete(row)
    return row
  }

  /** Where a row's action runs, if it does. */
  setPlace(row: number, place: Pick<ActionItem, 'thread' | 'host' | 'hostInstance'>): void {
    this.thread[row] = place.thread ?? NONE
    this.host[row] = this.hosts.numberOf(place)
  }

  /** When a row's present attempt was queued. */
  attemptQueuedAt(row: number): number {
    return this.details.get(row)?.attemptQueuedAt ?? this.queuedAt[row]!
  }

  /** When a row's present attempt started; NaN if it hasn't. */
  attemptStartedAt(row: number): number {
    const details = this.details.get(row)
    return details?.attemptQueuedAt === undefined
      ? this.startedAt[row]!
      : (details.attemptStartedAt ?? Number.NaN)
  }

  /** When a row's present attempt may begin, after the wait that `retries` has it make; -Infinity if it has no such wait. */
  dueAt(row: number): number {
    const last = this.details.get(row)?.earlier?.at(-1)
    return last === undefined ? -Infinity : last.endedAt + last.delayMs
  }

  /** Takes note of what a report holds. */
  sawReport(value: Json): void {
    this.hasNumbers ||= hasNumber(value)
  }

  /** The number of a phase. What a sweep has stopped was pruned. */
  codeOf(phase: string, reason: ReasonInfo | undefined): number {
    return phaseCode(phase === 'aborted' && isPruning(reason) ? 'pruned' : phase)
  }

  /** Whether a row's action has ended. */
  hasEnded(row: number): boolean {
    return this.phase[row]! >= FIRST_TERMINAL
  }

  /** Calls back for a row and everything under it, parents first. */
  eachUnder(row: number, visit: (row: number) => void): void {
    let at = row
    for (;;) {
      visit(at)
      const child = this.firstChild[at]!
      if (child !== NONE) {
        at = child
        continue
      }
      while (at !== row && this.nextSibling[at] === NONE) at = this.parent[at]!
      if (at === row) return
      at = this.nextSibling[at]!
    }
  }

  /** What a row has beside its numbers, to be changed. */
  detailsOf(row: number): RowDetails {
    let details = this.details.get(row)
    if (details === undefined) {
      details = {}
      this.details.set(row, details)
    }
    return details
  }

  /** Moves a row to another phase. */
  setPhase(row: number, code: number): void {
    this.counts[this.phase[row]!]! -= 1
    this.counts[code]! += 1
    this.phase[row] = code
    this.version += 1
  }

  /** The row of an action; if there is none, a new one in the first phase, of which only its place is known. */
  add(action: Pick<ActionItem, 'id' | 'name' | 'parent'>): number {
    const known = this.#rows.get(action.id)
    if (known !== undefined) return known
    const row = this.length
    if (row === this.parent.length) this.#grow()
    this.length += 1
    this.ids.push(action.id)
    this.names.push(action.name)
    this.kind[row] = this.#kindOf(action.name)
    this.#rows.set(action.id, row)
    this.parent[row] = NONE
    this.firstChild[row] = NONE
    this.lastChild[row] = NONE
    this.nextSibling[row] = NONE
    this.depth[row] = 0
    this.thread[row] = NONE
    this.host[row] = HERE
    for (const times of this.#times()) times[row] = Number.NaN
    this.counts[0]! += 1
    this.structure += 1
    const parent = action.parent === undefined ? NONE : this.rowOf(action.parent)
    if (parent !== NONE) this.#link(parent, row)
    else {
      this.tops.push(row)
      if (action.parent !== undefined) {
        const waiting = this.#orphans.get(action.parent)
        if (waiting === undefined) this.#orphans.set(action.parent, [row])
        else waiting.push(row)
      }
    }
    const orphans = this.#orphans.get(action.id)
    if (orphans !== undefined) {
      this.#orphans.delete(action.id)
      for (const orphan of orphans) {
        this.tops.splice(this.tops.indexOf(orphan), 1)
        this.#link(row, orphan)
        this.eachUnder(orphan, (under) => {
          if (under !== orphan) this.depth[under] = this.depth[this.parent[under]!]! + 1
        })
      }
    }
    return row
  }

  #kindOf(name: string): number {
    const kind = name.replace(/[\s._#:[(-]*\d+[\])]?$/, '') || name
    let number = this.#kindNumbers.get(kind)
    if (number === undefined) {
      number = this.kinds.push(kind) - 1
      this.#kindNumbers.set(kind, number)
    }
    return number
  }

  #link(parent: number, child: number): void {
    this.parent[child] = parent
    this.depth[child] = this.depth[parent]! + 1
    const last = this.lastChild[parent]!
    if (last === NONE) this.firstChild[parent] = child
    else this.nextSibling[last] = child
    this.lastChild[parent] = child
  }

  #times(): Float64Array[] {
    const { queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt, forceAt } = this
    return [queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt, forceAt]
  }

  #grow(): void {
    const capacity = this.parent.length * 2
    this.parent = grown(this.parent, new Int32Array(capacity))
    this.firstChild = grown(this.firstChild, new Int32Array(capacity))
    this.lastChild = grown(this.lastChild, new Int32Array(capacity))
    this.nextSibling = grown(this.nextSibling, new Int32Array(capacity))
    this.kind = grown(this.kind, new Uint32Array(capacity))
    this.depth = grown(this.depth, new Uint16Array(capacity))
    this.phase = grown(this.phase, new Uint8Array(capacity))
    this.attempt = grown(this.attempt, new Uint16Array(capacity))
    this.cpu = grown(this.cpu, new Float32Array(capacity))
    this.thread = grown(this.thread, new Int32Array(capacity))
    this.host = grown(this.host, new Int32Array(capacity))
    this.queuedAt = grown(this.queuedAt, new Float64Array(capacity))
    this.startedAt = grown(this.startedAt, new Float64Array(capacity))
    this.abortRequestedAt = grown(this.abortRequestedAt, new Float64Array(capacity))
    this.abortDeliveredAt = grown(this.abortDeliveredAt, new Float64Array(capacity))
    this.settledAt = grown(this.settledAt, new Float64Array(capacity))
    this.forceAt = grown(this.forceAt, new Float64Array(capacity))
  }
}

/** What a row has beside its numbers. */
export type RowDetails = {
  -readonly [
    Key in
      | 'how'
      | 'reason'
      | 'error'
      | 'lastReport'
      | 'earlier'
      | 'escalations'
      | 'attemptQueuedAt'
      | 'attemptStartedAt'
  ]?: ActionItem[Key] | undefined
}

function hasNumber(value: Json): boolean {
  if (typeof value === 'number') return true
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  return Object.values(value as { readonly [key: string]: Json }).some(hasNumber)
}

function grown<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from)
  return to
}
