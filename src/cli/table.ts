// Tables as `get` and `ps` print them: columns two blanks apart, cut to the width of a terminal, whole elsewhere.

import { fitInto, padTo, widthOf } from './printable.js'
import type { Style } from './style.js'

/** A column of a table. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Gives way, down to its title's width, when a line is too long for the terminal. */
  readonly shrinks?: boolean
}

const GAP = '  '

/**
 * The lines of a table, its titles first. Cells are printable, and may be coloured.
 *
 * @param columns - Of the terminal; `Infinity` cuts nothing.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, style }: { readonly width: number; readonly style: Style },
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] ?? ''))),
  )
  let excess = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width
  // What shrinks first is what is widest.
  while (excess > 0) {
    const [widest] = columns
      .map(({ shrinks, title }, index) => ({ index, spare: shrinks ? widths[index]! - widthOf(title) : 0 }))
      .toSorted((a, b) => b.spare - a.spare)
    if (widest === undefined || widest.spare === 0) break
    const next = columns
      .map(({ shrinks }, index) => (shrinks && index !== widest.index ? widths[index]! : 0))
      .reduce((largest, one) => Math.max(largest, one), 0)
    const step = Math.min(excess, widest.spare, Math.max(1, widths[widest.index]! - next))
    widths[widest.index]! -= step
    excess -= step
  }
  const line = (cells: readonly string[]): string =>
    fitInto(
      columns
        .map(({ align }, index) => {
          const cell = fitInto(cells[index] ?? '', widths[index]!)
          return padTo(cell, widths[index]!, align === 'right' ? 'right' : 'left')
        })
        .join(GAP)
        .trimEnd(),
      width,
    )
  return [style('bold', line(columns.map(({ title }) => title))), ...rows.map(line)]
}
