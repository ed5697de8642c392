// Pages of long lists. A cursor is a place in an order that never changes (the numbers in which actions were spawned), so
// a page is found by bisection, whatever has come, ended or been dropped since the page before. They are found in slices.

import { lowerBound } from '../../../collections/lower-bound.js'
import type { ActionEntry, RunIndex } from './catalog.js'
import type { Filter } from './selection.js'
import type { TimeSlices } from './time-slices.js'

/** A page of entries, and where the next one begins. */
export interface EntryPage {
  readonly entries: readonly { readonly entry: ActionEntry; readonly depth?: number }[]
  readonly next: string | undefined
}

/** How many entries are looked at for one page at most: a filter that matches nothing must not work for ever. */
const SCANNED = 50_000

/** Each of a list's entries, in slices of work: the list may change meanwhile. */
export async function* eachEntry(
  list: () => readonly ActionEntry[],
  after: number,
  slices: TimeSlices,
): AsyncGenerator<ActionEntry[], void> {
  let place = after
  for (;;) {
    const present = list()
    const from = firstAfter(present, place)
    if (from >= present.length) return
    const some = present.slice(from, from + LOOKED_AT)
    place = (some.at(-1) as ActionEntry).action.sequence
    yield some
    if (slices.isOver) await slices.next()
  }
}

/** Entries between two looks at the clock. */
const LOOKED_AT = 64

/** Actions in the order of their spawns. */
export async function flatPage(
  list: () => readonly ActionEntry[],
  matches: Filter,
  limit: number,
  cursor: string | undefined,
  slices: TimeSlices,
): Promise<EntryPage> {
  let place = cursor === undefined ? -1 : (parseCursor(cursor)[0] as number)
  const entries: { entry: ActionEntry }[] = []
  let scanned = 0
  for await (const some of eachEntry(list, place, slices)) {
    for (const entry of some) {
      if (entries.length === limit || scanned >= SCANNED) return { entries, next: String(place) }
      scanned += 1
      place = entry.action.sequence
      if (entry.isKept && matches(entry)) entries.push({ entry })
      if (slices.isOver) await slices.next()
    }
  }
  return { entries, next: undefined }
}

/** Each action followed by what is under it, from one of them on. */
export async function treePage(
  top: ActionEntry,
  topDepth: number,
  matches: Filter,
  limit: number,
  cursor: string | undefined,
  slices: TimeSlices,
): Promise<EntryPage> {
  const entries: { entry: ActionEntry; depth: number }[] = []
  const walk = cursor === undefined ? [{ list: [top], at: 0 }] : resume(top, parseCursor(cursor))
  /** To the last one that was looked at. */
  const path = cursor === undefined ? [] : parseCursor(cursor)
  for (let scanned = 0; walk.length > 0;) {
    if (slices.isOver) await slices.next()
    const level = walk.at(-1) as { list: readonly ActionEntry[]; at: number }
    const entry = level.list[level.at]
    if (entry === undefined) {
      walk.pop()
      continue
    }
    if (entries.length === limit || scanned >= SCANNED) return { entries, next: path.join('.') }
    level.at += 1
    scanned += 1
    path.length = walk.length - 1
    path.push(entry.action.sequence)
    if (entry.isKept && matches(entry)) {
      entries.push({ entry, depth: topDepth + walk.length - 1 })
    }
    if (entry.children !== undefined) walk.push({ list: entry.children, at: 0 })
  }
  return { entries, next: undefined }
}

/** The walk as it stood behind the entry of that path, or behind where it was. */
function resume(top: ActionEntry, path: readonly number[]): { list: readonly ActionEntry[]; at: number }[] {
  const walk: { list: readonly ActionEntry[]; at: number }[] = []
  let list: readonly ActionEntry[] | undefined = [top]
  for (const sequence of path) {
    if (list === undefined) break
    const at: number = firstAfter(list, sequence)
    walk.push({ list, at })
    const last: ActionEntry | undefined = list[at - 1]
    list = last?.action.sequence === sequence ? last.children : undefined
  }
  if (list !== undefined) walk.push({ list, at: 0 })
  return walk
}

/** The list that a selection is looked for in: those of one parent, or all of the run's. */
export function listOf(index: RunIndex, parent: string | undefined): () => readonly ActionEntry[] {
  return parent === undefined ? () => index.entries : () => index.byId.get(parent)?.children ?? []
}

/** The index of the first one that was spawned after that number. */
export function firstAfter(list: readonly ActionEntry[], sequence: number): number {
  return lowerBound(list.length, (at) => (list[at] as ActionEntry).action.sequence <= sequence)
}

/** The longest cursor, in characters: one of a page of a tree names all levels. */
export const CURSOR_LENGTH = 12_288

/** Whether a text has the form of a cursor. */
export function isCursor(text: string): boolean {
  return text.length <= CURSOR_LENGTH && /^\d{1,15}(\.\d{1,15})*$/.test(text)
}

function parseCursor(cursor: string): number[] {
  return cursor.split('.').map(Number)
}
