// The view of a run: what is collapsed, marked and hovered, which stretch of time is shown, and from these and the filter
// of the address, which rows. Apart from the store, which is about what is, not about who looks at it.

import { computed, effect, signal, untracked, type ReadonlySignal, type Signal } from '@preact/signals'
import { FIRST_TERMINAL } from '../words/phases.js'
import { matchRows, type ActionFilter } from './filter.js'
import { NONE, type ActionTable } from './action-table.js'
import { groupFacts, type GroupFacts } from './group-facts.js'
import { groupOf, groupRow, showRows, type RowGroup, type ShownRows } from './tree-rows.js'
import { spanOf } from '../timeline/density.js'
import { within, zoom, type TimeWindow } from '../timeline/time-window.js'
import type { RunStore } from './run-store.js'

/** From this many rows on, they are chosen anew at most so often, and not at each frame. */
const MANY_ROWS = 20_000
const MANY_ROWS_EVERY_MS = 250
const FACTS_EVERY_MS = 500
/** So much of the timeline is left free behind now, for what is said of the bars that go on. */
const ROOM_AT_END = 0.1

/** A view of a run. */
export class RunView {
  readonly store: RunStore
  readonly filter: ReadonlySignal<ActionFilter>
  /** Ids of actions whose children aren't shown. */
  readonly collapsed: Signal<ReadonlySet<string>> = signal<ReadonlySet<string>>(new Set())
  /** Keys of the groups whose actions are shown, each in a row of its own. */
  readonly openGroups: Signal<ReadonlySet<string>> = signal<ReadonlySet<string>>(new Set())
  /** Ids of actions that are marked. */
  readonly marked: Signal<ReadonlySet<string>> = signal<ReadonlySet<string>>(new Set())
  /** Id of the action, or key of the group, that the keyboard is on. */
  readonly current: Signal<string | undefined> = signal<string | undefined>(undefined)
  /** Row under the pointer. */
  readonly hovered: Signal<number> = signal(NONE)
  /** The stretch of time that was chosen; `undefined`: all of it, and it grows. */
  readonly chosen: Signal<TimeWindow | undefined> = signal<TimeWindow | undefined>(undefined)
  /** The chosen stretch keeps its length, and its end is now. */
  readonly follows: Signal<boolean> = signal(false)
  readonly shown: ReadonlySignal<ShownRows>
  readonly #shownRevision: Signal<number> = signal(0)
  /** Of those that are marked: had ended already. */
  readonly #markedEnded = new Set<string>()
  /** What is said of groups, by their keys, and when that was looked up. */
  readonly #facts = new Map<string, { facts: GroupFacts; at: number; size: number; version: number }>()
  /** Counted up when facts that were held back may be looked up again. */
  readonly #factsAgain = signal(0)
  #again: ReturnType<typeof setTimeout> | undefined
  readonly #dispose: () => void
  #lastShownAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(store: RunStore, filter: ReadonlySignal<ActionFilter>) {
    this.store = store
    this.filter = filter
    this.shown = computed(() => {
      const table = store.table.value
      void this.#shownRevision.value
      return showRows(
        table,
        rowsOf(table, this.collapsed.value),
        matchRows(table, filter.value),
        this.openGroups.value,
      )
    })
    let structure = -1
    let version = -1
    this.#dispose = effect(() => {
      void store.revision.value
      const table = store.table.value
      untracked(() => {
        this.#unmarkEnded(table)
        const hasFilter = this.filter.value.phases.size > 0 || this.filter.value.text !== ''
        if (table.structure === structure && (!hasFilter || table.version === version)) return
        structure = table.structure
        version = table.version
        this.#showSoon(table)
      })
    })
  }

  /** The whole stretch of time there is. */
  whole(): TimeWindow {
    return spanOf(this.store.table.peek(), this.store.clock.now())
  }

  /** The stretch of time to draw. */
  window(whole: TimeWindow): TimeWindow {
    const chosen = this.chosen.peek()
    if (chosen === undefined) {
      const room = this.isLive() ? ROOM_AT_END : ROOM_AT_END / 2
      return { from: whole.from, to: whole.to + (whole.to - whole.from) * room }
    }
    if (!this.follows.peek() || !this.isLive()) return chosen
    const length = chosen.to - chosen.from
    return { from: whole.to - length * (1 - ROOM_AT_END), to: whole.to + length * ROOM_AT_END }
  }

  /** Shows a stretch of time; all of it, without one. */
  choose(window: TimeWindow | undefined): void {
    const whole = this.whole()
    const slack = (whole.to - whole.from) * ROOM_AT_END
    this.follows.value = false
    this.chosen.value =
      window === undefined ? undefined : within(window, { from: whole.from - slack, to: whole.to + slack })
  }

  /** Shows less of the time (a factor below 1) or more; a moment stays where it is: the middle, if none is given. */
  zoomBy(factor: number, around?: number): void {
    const whole = this.whole()
    const window = this.window(whole)
    this.choose(zoom(window, whole, around ?? (window.from + window.to) / 2, factor))
  }

  /** Shows a stretch of the same length, so many milliseconds later. */
  panBy({ from, to }: TimeWindow, byMs: number): void {
    if (this.chosen.peek() !== undefined) this.choose({ from: from + byMs, to: to + byMs })
  }

  /** Follows what happens now, with a window of steady length, or stands still. */
  toggleFollowing(): void {
    if (this.follows.peek()) {
      this.choose(this.window(this.whole()))
      return
    }
    if (this.chosen.peek() === undefined) {
      const { from, to } = this.whole()
      const length = Math.max(1, Math.min(to - from, Math.max(5000, (to - from) / 4)))
      this.choose({ from: to - length, to })
    }
    this.follows.value = true
  }

  /** Whether the run goes on. */
  isLive(): boolean {
    const table = this.store.table.peek()
    return table.length > 0 && table.tops.some((top) => table.phase[top]! < FIRST_TERMINAL)
  }

  /** Ids of the live actions that the filter lets through, in sight or inside of what is collapsed. */
  matchingIds(): string[] {
    const table = this.store.table.peek()
    const matches = matchRows(table, this.filter.peek())
    const ids: string[] = []
    for (let row = 0; row < table.length; row += 1) {
      if ((matches === undefined || matches[row] === 1) && !table.hasEnded(row)) ids.push(table.ids[row]!)
    }
    return ids
  }

  /** Collapses an action, or shows what is under it again. */
  toggle(id: string, isCollapsed?: boolean): void {
    const next = new Set(this.collapsed.peek())
    if (isCollapsed ?? !next.has(id)) next.add(id)
    else next.delete(id)
    this.collapsed.value = next
  }

  /** The id of a shown row's action, or the key of its group. */
  idOf(row: number): string {
    return groupOf(this.shown.peek(), row)?.key ?? this.store.table.peek().ids[row]!
  }

  /** The shown row of an id or a key, or -1. */
  rowOf(id: string): number {
    const group = this.shown.peek().groups.findIndex(({ key }) => key === id)
    return group === -1 ? this.store.table.peek().rowOf(id) : groupRow(group)
  }

  /** Shows the actions of a group, or one row for all of them again. */
  toggleGroup(key: string): void {
    const next = new Set(this.openGroups.peek())
    if (!next.delete(key)) next.add(key)
    this.openGroups.value = next
  }

  /** Opens the group that an action is in, where it isn't shown for that. */
  reveal(row: number): void {
    const group = this.shown.peek().groups.find(({ rows }) => rows.includes(row))
    if (group !== undefined && !this.openGroups.peek().has(group.key)) this.toggleGroup(group.key)
  }

  /** What is said of a group: looked up again at most so often, however fast it grows, unless it has to be so as of now. */
  factsOf(group: RowGroup, isAsOfNow: boolean = false): GroupFacts {
    void this.#factsAgain.value
    const table = this.store.table.peek()
    const known = this.#facts.get(group.key)
    const at = performance.now()
    if (known !== undefined) {
      if (known.size === group.rows.length && known.version === table.version) return known.facts
      if (!isAsOfNow && at - known.at < FACTS_EVERY_MS) {
        // Nothing more may come that would have it be shown anew.
        this.#again ??= setTimeout(() => {
          this.#again = undefined
          this.#factsAgain.value += 1
        }, FACTS_EVERY_MS)
        return known.facts
      }
    }
    const facts = groupFacts(table, group)
    this.#facts.set(group.key, { facts, at, size: group.rows.length, version: table.version })
    return facts
  }

  /** Collapses everything below the root's children, or nothing. */
  collapseAll(isCollapsed: boolean): void {
    const table = this.store.table.peek()
    const next = new Set<string>()
    if (isCollapsed) {
      for (let row = 0; row < table.length; row += 1) {
        if (table.parent[row] !== NONE && table.firstChild[row] !== NONE) next.add(table.ids[row]!)
      }
    }
    this.collapsed.value = next
  }

  /** Marks actions, or takes their marks away. */
  mark(ids: Iterable<string>, isMarked: boolean): void {
    const next = new Set(this.marked.peek())
    const table = this.store.table.peek()
    for (const id of ids) {
      if (!isMarked) next.delete(id)
      else if (!next.has(id)) {
        next.add(id)
        const row = table.rowOf(id)
        if (row !== NONE && table.hasEnded(row)) this.#markedEnded.add(id)
        else this.#markedEnded.delete(id)
      }
    }
    this.marked.value = next
  }

  /** Ends it. */
  stop(): void {
    this.#dispose()
    clearTimeout(this.#timer)
    clearTimeout(this.#again)
  }

  /** A mark is there for what can be done with it: what has ended since has lost it. */
  #unmarkEnded(table: ActionTable): void {
    const marked = this.marked.peek()
    const left = [...marked].filter((id) => {
      const row = table.rowOf(id)
      return row !== NONE && (!table.hasEnded(row) || this.#markedEnded.has(id))
    })
    if (left.length < marked.size) this.marked.value = new Set(left)
  }

  #showSoon(table: ActionTable): void {
    const waitMs = table.length < MANY_ROWS ? 0 : this.#lastShownAt + MANY_ROWS_EVERY_MS - performance.now()
    if (waitMs <= 0) {
      this.#lastShownAt = performance.now()
      this.#shownRevision.value += 1
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#lastShownAt = performance.now()
        this.#shownRevision.value += 1
      }, waitMs)
    }
  }
}

function rowsOf(table: ActionTable, ids: ReadonlySet<string>): ReadonlySet<number> {
  const rows = new Set<number>()
  for (const id of ids) {
    const row = table.rowOf(id)
    if (row !== NONE) rows.add(row)
  }
  return rows
}
