// All actions of a run that the page knows, as columns of numbers with links between parents and children: a hundred
// thousand of them are a few megabytes, and a frame can walk through all of them. Rows are never moved; an action keeps
// its row, which is its index here, until the whole table is made again.

import { HERE, HostNames } from '../process/host-names.js'
import { FIRST_TERMINAL, phaseCode, SHOWN_PHASES, type PhaseCounts } from '../words/phases.js'
import type { ActionItem, Json, ReasonInfo } from '../../../control/api.js'
import { isPruning } from '../../../control/shown/pruned.js'

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
  kind!: Uint32Array
  readonly #kindNumbers = new Map<string, number>()
  /** The name that came last, and the number of its kind: the next one often has the same. */
  #lastName: readonly [name: string, kind: number] | undefined
  parent!: Int32Array
  firstChild!: Int32Array
  lastChild!: Int32Array
  nextSibling!: Int32Array
  depth!: Uint16Array
  phase!: Uint8Array
  attempt!: Uint16Array
  /** The share of one thread that it holds. */
  cpu!: Float32Array
  /** -1: none. */
  thread!: Int32Array
  /** The number of that thread's machine, in `hosts`. */
  host!: Int32Array
  readonly hosts: HostNames = new HostNames()
  // Epoch milliseconds; NaN where it hasn't happened. Of a retried action, the first two are of its first attempt.
  queuedAt!: Float64Array
  startedAt!: Float64Array
  abortRequestedAt!: Float64Array
  abortDeliveredAt!: Float64Array
  settledAt!: Float64Array
  /** When force will be used; NaN where that isn't known. */
  forceAt!: Float64Array
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

  /** With room for so many; it grows beyond. */
  constructor(capacity: number = FIRST_CAPACITY) {
    this.#resize(Math.max(FIRST_CAPACITY, capacity))
  }

  /** The row of an action, or -1. */
  rowOf(id: string): number {
    return this.#rows.get(id) ?? NONE
  }

  /** Adds an action, or takes over what is new about it. Returns its row. */
  put(action: TableItem): number {
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
  setPlace(row: number, place: Pick<TableItem, 'thread' | 'host' | 'hostInstance'>): void {
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
  add(action: Pick<TableItem, 'id' | 'name' | 'parent'>): number {
    const known = this.#rows.get(action.id)
    if (known !== undefined) return known
    const row = this.length
    if (row === this.parent.length) this.#resize(2 * row)
    this.length += 1
    this.ids.push(action.id)
    this.names.push(action.name)
    this.kind[row] = this.#kindOf(action.name)
    this.#rows.set(action.id, row)
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
    if (this.#lastName?.[0] === name) return this.#lastName[1]
    const kind = name.replace(/[\s._#:[(-]*\d+[\])]?$/, '') || name
    let number = this.#kindNumbers.get(kind)
    if (number === undefined) {
      number = this.kinds.push(kind) - 1
      this.#kindNumbers.set(kind, number)
    }
    this.#lastName = [name, number]
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

  /** Makes room. What a new row has at first stands there already. */
  #resize(capacity: number): void {
    this.parent = grown(this.parent, new Int32Array(capacity), NONE)
    this.firstChild = grown(this.firstChild, new Int32Array(capacity), NONE)
    this.lastChild = grown(this.lastChild, new Int32Array(capacity), NONE)
    this.nextSibling = grown(this.nextSibling, new Int32Array(capacity), NONE)
    this.kind = grown(this.kind, new Uint32Array(capacity), 0)
    this.depth = grown(this.depth, new Uint16Array(capacity), 0)
    this.phase = grown(this.phase, new Uint8Array(capacity), 0)
    this.attempt = grown(this.attempt, new Uint16Array(capacity), 0)
    this.cpu = grown(this.cpu, new Float32Array(capacity), 0)
    this.thread = grown(this.thread, new Int32Array(capacity), NONE)
    this.host = grown(this.host, new Int32Array(capacity), HERE)
    this.queuedAt = grown(this.queuedAt, new Float64Array(capacity), Number.NaN)
    this.startedAt = grown(this.startedAt, new Float64Array(capacity), Number.NaN)
    this.abortRequestedAt = grown(this.abortRequestedAt, new Float64Array(capacity), Number.NaN)
    this.abortDeliveredAt = grown(this.abortDeliveredAt, new Float64Array(capacity), Number.NaN)
    this.settledAt = grown(this.settledAt, new Float64Array(capacity), Number.NaN)
    this.forceAt = grown(this.forceAt, new Float64Array(capacity), Number.NaN)
  }
}

/** What is taken over of an action. */
export type TableItem = Pick<ActionItem, 'id' | 'name' | 'attempt' | 'cpu' | 'queuedAt'> & {
  readonly phase: string
} & {
  readonly [
    Key in
      | 'parent'
      | 'thread'
      | 'host'
      | 'hostInstance'
      | 'startedAt'
      | 'abortRequestedAt'
      | 'abortDeliveredAt'
      | 'settledAt'
      | 'forceAt'
      | keyof RowDetails
  ]?: ActionItem[Key] | undefined
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

interface NumberColumn {
  readonly length: number
  set(from: this): void
  fill(value: number, from?: number): this
}

/** A new column with the numbers of an old one, if there is one, and the first one of what comes behind those. */
function grown<Column extends NumberColumn>(from: Column | undefined, to: Column, first: number): Column {
  if (from !== undefined) to.set(from)
  return first === 0 ? to : to.fill(first, from?.length)
}
