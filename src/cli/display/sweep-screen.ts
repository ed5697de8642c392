// The picture of sweeps at the foot of a terminal, in place of the tree of their trials. Loaded once there is a sweep to
// show, and not before.

import { renderSweep } from '../../sweep/page/live-table.js'
import { readSweepProgress } from '../../sweep/results/read-progress.js'
import type { Style } from './style.js'

/** The fewest lines in which a sweep can be read: three of summary, the head of its table, and two trials. */
const FEWEST_LINES = 7

/** What a picture of sweeps needs to know. */
export interface SweepScreenOptions {
  readonly columns: number
  readonly rows: number
  readonly style: Style
}

/** The lines of the sweeps that there is room for, at most `rows`. `undefined`: none of them can be read. */
export function drawSweeps(
  progresses: Iterable<unknown>,
  { columns, rows, style }: SweepScreenOptions,
): string[] | undefined {
  const sweeps = [...progresses].flatMap((progress) => readSweepProgress(progress) ?? [])
  if (sweeps.length === 0) return undefined
  // The newest first: what is around it has mostly ended, or waits for it.
  const shown = sweeps.toReversed().slice(0, Math.max(1, Math.floor(rows / FEWEST_LINES)))
  const left = sweeps.length - shown.length
  const room = Math.floor((rows - (left > 0 ? 1 : 0)) / shown.length)
  const lines = shown.flatMap((sweep) =>
    renderSweep(sweep, { columns: columns - 3, rows: room }).map(({ text, style: format }) =>
      text === '' ? '' : `  ${format === undefined ? text : style(format, text)}`,
    ),
  )
  return left > 0 ? [...lines, style('dim', `    … and ${left} more sweeps`)] : lines
}
