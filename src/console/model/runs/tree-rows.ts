// The rows of the table, in order: the tree from the top down, without what is collapsed, and with a filter only what
// matches it and the parents that lead there. Very many alike under one parent are one row, until it is opened. Pure, and fast
// enough to be done again in a frame.

import { NONE, type ActionTable } from './action-table.js'

/** More siblings of one kind than this are one row. */
const MOST_ALIKE = 50

/** Siblings of one kind: of one name, but for the number at its end. */
export interface RowGroup {
  /** Tells it from others, also when rows are shown anew. */
  readonly key: string
  readonly name: string
  /** Row of their parent. */
  readonly parent: number
  /** Their rows. */
  readonly rows: Int32Array
}

/** The rows to show. */
export interface ShownRows {
  /** Rows of the action table, from top to bottom; below `NONE`, a group: see `groupOf`. */
  readonly rows: Int32Array
  readonly groups: readonly RowGroup[]
  /** How many of all the actions match the filter, shown or inside of what is collapsed. */
  readonly matching: number
}

/** The group that a row stands for; of an action's row, `undefined`. */
export function groupOf({ groups }: Pick<ShownRows, 'groups'>, row: number): RowGroup | undefined {
  return row < NONE ? groups[-row - 2] : undefined
}

/** The row of the group at a place in the list of groups. */
export function groupRow(index: number): number {
  return -index - 2
}

const NO_GROUPS: ReadonlySet<string> = new Set()

/**
 * Walks the tree. `matches` has a 1 for each row that the filter lets through; without it, all of them are. `open` has the
 * keys of the groups whose actions are shown; with a filter, there are no groups.
 */
export function showRows(
  table: ActionTable,
  collapsed: ReadonlySet<number>,
  matches: Uint8Array | undefined,
  open: ReadonlySet<string> = NO_GROUPS,
): ShownRows {
  const { length } = table
  if (matches === undefined) return { ...walk(table, collapsed, undefined, open), matching: length }
  // Whatever leads to a match is kept, too; so each match marks its parents, up to the first that is marked already.
  const kept = new Uint8Array(length)
  let matching = 0
  for (let row = 0; row < length; row += 1) {
    if (matches[row] !== 1) continue
    matching += 1
    let at = row
    while (at !== NONE && kept[at] !== 1) {
      kept[at] = 1
      at = table.parent[at]!
    }
  }
  return { ...walk(table, collapsed, kept, open), matching }
}

function walk(
  table: ActionTable,
  collapsed: ReadonlySet<number>,
  kept: Uint8Array | undefined,
  open: ReadonlySet<string>,
): Pick<ShownRows, 'rows' | 'groups'> {
  const rows = new Int32Array(table.length + Math.ceil(table.length / MOST_ALIKE))
  const groups: RowGroup[] = []
  const { firstChild, nextSibling } = table
  let count = 0
  // What comes next is at the end.
  const left = table.tops.toReversed()
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (at > NONE && kept !== undefined && kept[at] !== 1) continue
    rows[count] = at
    count += 1
    if (at < NONE || collapsed.has(at)) continue
    let below: number[] = []
    for (let child = firstChild[at]!; child !== NONE; child = nextSibling[child]!) below.push(child)
    if (kept === undefined && below.length > MOST_ALIKE) below = fold(table, at, below, open, groups)
    for (let index = below.length - 1; index >= 0; index -= 1) left.push(below[index]!)
  }
  return { rows: rows.subarray(0, count), groups }
}

/** Puts a group's row in the place of the first of many alike, and behind it all of them, if it is open. */
function fold(
  table: ActionTable,
  parent: number,
  children: readonly number[],
  open: ReadonlySet<string>,
  groups: RowGroup[],
): number[] {
  const byKind = new Map<number, number[]>()
  for (const child of children) {
    const kind = table.kind[child]!
    const alike = byKind.get(kind)
    if (alike === undefined) byKind.set(kind, [child])
    else alike.push(child)
  }
  const below: number[] = []
  const folded = new Set<number>()
  for (const child of children) {
    const kind = table.kind[child]!
    const alike = byKind.get(kind)!
    if (alike.length <= MOST_ALIKE) below.push(child)
    else if (!folded.has(kind)) {
      folded.add(kind)
      const key = `group-${table.ids[parent]}-${kind}`
      below.push(groupRow(groups.length))
      groups.push({ key, name: table.kinds[kind]!, parent, rows: Int32Array.from(alike) })
      if (open.has(key)) for (const row of alike) below.push(row)
    }
  }
  return below
}
