// The rows of the table, in order: the tree from the top down, without what is collapsed, and with a filter only what
// matches it and the parents that lead there. Pure, and fast enough to be done again in a frame.

import { NONE, type ActionTable } from './action-table.js'

/** The rows to show. */
export interface ShownRows {
  /** Rows of the action table, from top to bottom. */
  readonly rows: Int32Array
  /** How many of all the actions match the filter, shown or inside of what is collapsed. */
  readonly matching: number
}

/** Walks the tree. `matches` has a 1 for each row that the filter lets through; without it, all of them are. */
export function showRows(
  table: ActionTable,
  collapsed: ReadonlySet<number>,
  matches: Uint8Array | undefined,
): ShownRows {
  const { length } = table
  if (matches === undefined) return { rows: walk(table, collapsed, undefined), matching: length }
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
  return { rows: walk(table, collapsed, kept), matching }
}

function walk(table: ActionTable, collapsed: ReadonlySet<number>, kept: Uint8Array | undefined): Int32Array {
  const rows = new Int32Array(table.length)
  const { firstChild, nextSibling, parent } = table
  let count = 0
  for (const top of table.tops) {
    let at = top
    for (;;) {
      let down: number = NONE
      if (kept === undefined || kept[at] === 1) {
        rows[count] = at
        count += 1
        if (!collapsed.has(at)) down = firstChild[at]!
      }
      if (down !== NONE) {
        at = down
        continue
      }
      while (at !== top && nextSibling[at] === NONE) at = parent[at]!
      if (at === top) break
      at = nextSibling[at]!
    }
  }
  return rows.subarray(0, count)
}
