// The columns in which actions stand, by the width of the terminal alone: what comes later moves nothing.

import { fitInto, padTo, printable, widthOf } from './printable.js'

/** How wide they are. Elsewhere than on a terminal, what is longer sticks out. */
export interface LineColumns {
  readonly id: number
  readonly name: number
  /** Of how long it has taken. */
  readonly time: number
  /** Whether what is longer is cut. */
  readonly cuts: boolean
}

const USUAL_WIDTH = 80
const ROOMY_WIDTH = 100

/** The columns for a terminal of a width; `Infinity`: for a pipe. */
export function columnsFor(width: number): LineColumns {
  const known = Number.isFinite(width) ? width : USUAL_WIDTH
  return {
    id: within(Math.round(known * 0.1), 5, 14),
    name: within(Math.round(known * 0.23), 10, 34),
    time: known < ROOMY_WIDTH ? 8 : 10,
    cuts: Number.isFinite(width),
  }
}

/** An id in its column. Its end tells it from others, so that is what is kept. */
export function idCell(id: string, { id: width, cuts }: LineColumns): string {
  const shown = printable(id)
  return padTo(cuts && shown.length > width ? `…${shown.slice(1 - width)}` : shown, width)
}

/** A name in its column, behind an indent. */
export function nameCell(name: string, { name: width, cuts }: LineColumns, indent: number = 0): string {
  const shown = `${' '.repeat(indent)}${printable(name)}`
  return padTo(cuts && widthOf(shown) > width ? fitInto(shown, width) : shown, width)
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
