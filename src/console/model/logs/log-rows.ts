// Where the rows of a log are: all of them are equally high, but for the few that are unfolded. Pure arithmetic.

/** Rows that are unfolded: the index of each, and by how much it is higher than the others. In the order of the rows. */
export type Unfolded = readonly (readonly [index: number, more: number])[]

/** The height of so many rows together, which is the top of the next. */
export function topOfRow(index: number, height: number, unfolded: Unfolded): number {
  let top = index * height
  for (const [at, more] of unfolded) if (at < index) top += more
  return top
}

/** The row at so many pixels from the top of the first. */
export function rowAt(y: number, height: number, unfolded: Unfolded): number {
  let added = 0
  for (const [at, more] of unfolded) {
    const top = at * height + added
    if (y < top + height) break
    if (y < top + height + more) return at
    added += more
  }
  return Math.max(0, Math.floor((y - added) / height))
}
