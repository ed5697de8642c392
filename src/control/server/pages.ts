// Pages of long lists. A cursor is a place in an order that never changes (the numbers in which actions were spawned), so
// a page is found by bisection, whatever has come, ended or been dropped since the page before.

import type { ActionEntry } from './catalog.js'

/** A page of entries, and where the next one begins. */
export interface EntryPage {
  readonly entries: readonly { readonly entry: ActionEntry; readonly depth?: number }[]
  readonly next: string | undefined
}

/** How many entries are looked at for one page at most: a filter that matches nothing must not hold the app's loop. */
const SCANNED = 50_000

type Test = (entry: ActionEntry) => boolean

/** Actions in the order of their spawns. */
export function flatPage(
  list: readonly ActionEntry[],
  matches: Test,
  limit: number,
  cursor: string | undefined,
): EntryPage {
  const after = cursor === undefined ? -1 : (parseCursor(cursor)[0] as number)
  const entries: { entry: ActionEntry }[] = []
  const first = firstAfter(list, after)
  for (let at = first; at < list.length; at += 1) {
    const entry = list[at] as ActionEntry
    if (entries.length === limit || at - first >= SCANNED) {
      return { entries, next: String((list[at - 1] as ActionEntry).node.sequence) }
    }
    if (entry.isKept && matches(entry)) entries.push({ entry })
  }
  return { entries, next: undefined }
}

/** Each action followed by what is under it, from one of them on. */
export function treePage(
  top: ActionEntry,
  topDepth: number,
  matches: Test,
  limit: number,
  cursor: string | undefined,
): EntryPage {
  const entries: { entry: ActionEntry; depth: number }[] = []
  const walk = cursor === undefined ? [{ list: [top], at: 0 }] : resume(top, parseCursor(cursor))
  /** To the last one that was looked at. */
  let path = cursor === undefined ? [] : parseCursor(cursor)
  for (let scanned = 0; walk.length > 0;) {
    const level = walk.at(-1) as { list: readonly ActionEntry[]; at: number }
    const entry = level.list[level.at]
    if (entry === undefined) {
      walk.pop()
      continue
    }
    if (entries.length === limit || scanned >= SCANNED) return { entries, next: path.join('.') }
    level.at += 1
    scanned += 1
    path = [...path.slice(0, walk.length - 1), entry.node.sequence]
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
    list = last?.node.sequence === sequence ? last.children : undefined
  }
  if (list !== undefined) walk.push({ list, at: 0 })
  return walk
}

/** The index of the first one that was spawned after that number. */
export function firstAfter(list: readonly ActionEntry[], sequence: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] as ActionEntry).node.sequence <= sequence) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a text has the form of a cursor. */
export function isCursor(text: string): boolean {
  return text.length <= 4096 && /^\d{1,15}(\.\d{1,15})*$/.test(text)
}

function parseCursor(cursor: string): number[] {
  return cursor.split('.').map(Number)
}
