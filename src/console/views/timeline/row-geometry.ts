// The geometry of the tree's rows: all of them are equally high, so that those in sight are found by arithmetic.

export const ROW_HEIGHT = 26
export const HEAD_HEIGHT = 28

/** The rows in sight. */
export interface RowsInSight {
  readonly first: number
  /** How far the first one has been scrolled out, in pixels. */
  readonly offset: number
  readonly count: number
}

/** Which of so many rows are in sight. */
export function rowsInSight(rows: number, scrollTop: number, height: number): RowsInSight {
  const first = Math.min(Math.max(0, rows - 1), Math.floor(scrollTop / ROW_HEIGHT))
  const offset = scrollTop - first * ROW_HEIGHT
  return { first, offset, count: Math.min(rows - first, Math.ceil((height + offset) / ROW_HEIGHT) + 1) }
}
