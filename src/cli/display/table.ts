// Tables as `get` and `ps` print them: columns two blanks apart; on a terminal they fit its width, elsewhere they are whole.

import { fitInto, padTo, widthOf } from './printable.js'
import type { Style } from './style.js'

/** A column of a table. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Gives way when a line is too long for the terminal, but for `LEAST_WIDTH`. */
  readonly shrinks?: boolean
  /** Is left out where there isn't even room for that; the last such one first. */
  readonly isExtra?: boolean
}

interface SizedColumn extends Column {
  readonly index: number
  width: number
  readonly least: number
}

const GAP = '  '
/** What a column that shrinks keeps: enough to tell its values apart. */
const LEAST_WIDTH = 12

/**
 * The lines of a table, its titles first. Cells are printable, and may be coloured.
 *
 * @param options.width - Of the terminal; `Infinity` cuts nothing.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, style }: { readonly width: number; readonly style: Style },
): string[] {
  const all = columns.map((column, index) => {
    const natural = Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[index] ?? '')))
    const least = column.shrinks === true ? Math.min(natural, LEAST_WIDTH) : natural
    return { ...column, index, width: natural, least }
  })
  const shown = leaveOut(all, width)
  shrink(shown, width)
  const line = (cells: readonly string[]): string =>
    fitInto(
      shown
        .map(({ align, index, width: columnWidth }) =>
          padTo(fitInto(cells[index] ?? '', columnWidth), columnWidth, align === 'right' ? 'right' : 'left'),
        )
        .join(GAP)
        .trimEnd(),
      width,
    )
  return [style('bold', line(columns.map(({ title }) => title))), ...rows.map(line)]
}

/** Without the extra columns for which there is no room. */
function leaveOut(columns: readonly SizedColumn[], width: number): SizedColumn[] {
  const shown = [...columns]
  while (total(shown.map(({ least }) => least)) > width) {
    const last = shown.findLastIndex(({ isExtra }) => isExtra)
    if (last < 0) break
    shown.splice(last, 1)
  }
  return shown
}

/** Takes from the widest column what is too much, until it is no longer the widest or has its least width. */
function shrink(columns: readonly SizedColumn[], width: number): void {
  for (let excess = total(columns.map((one) => one.width)) - width; excess > 0; excess -= 1) {
    const spare = columns.filter((one) => one.width > one.least)
    const [first] = spare
    if (first === undefined) return
    const widest = spare.reduce((most, one) => (one.width > most.width ? one : most), first)
    widest.width -= 1
  }
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length)
}
