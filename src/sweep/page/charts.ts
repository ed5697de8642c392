// The other drawings of the page: parallel coordinates, bars, a timeline, a surface. Like charts with two axes, they are drawn
// for whatever width they get. Pure: they know numbers and labels, and nothing of trials.

import { rankClass } from './chart-style.js'
import { escape, percent, shorten, thousandth, titleOf } from './markup.js'
import { stretched } from './plot.js'
import { label, ticks } from './scales.js'

/** An axis of parallel coordinates. */
export interface ParallelAxis {
  readonly label: string
  /** Labels by their place, 0 at the bottom and 1 at the top. */
  readonly ticks: readonly (readonly [place: number, label: string])[]
}

/** A line through all axes; where it has no place, it is interrupted. */
export interface ParallelLine {
  readonly places: readonly (number | undefined)[]
  /** 0 for the worst, 1 for the best. */
  readonly rank: number
  readonly title: string
}

/** Room for an axis and its labels, in pixels. */
const AXIS_WIDTH = 104

/** Parallel coordinates; better lines are drawn last, and stronger. */
export function parallel(axes: readonly ParallelAxis[], lines: readonly ParallelLine[]): string {
  const px = (axis: number): number => (axes.length === 1 ? 0.5 : axis / (axes.length - 1))
  const paths = lines
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ places, rank, title }) => {
      let pen = 'M'
      const d = places.map((share, axis) => {
        if (share === undefined) {
          pen = 'M'
          return ''
        }
        const step = `${pen}${thousandth(px(axis))} ${thousandth(1 - share)}`
        pen = 'L'
        return step
      })
      return `<path class="parallel ${rankClass(rank)}" d="${d.join('')}">${titleOf(title)}</path>`
    })
  const marks = axes.map(({ label: name, ticks: axisTicks }, axis) => {
    const x = percent(px(axis))
    const isLast = axis > 0 && axis === axes.length - 1
    const [anchor, dx] = isLast ? ['end', -6] : ['start', 6]
    const labels = axisTicks.map(
      ([share, text]) =>
        `<text class="tick halo" x="${x}" dx="${dx}" y="${percent(1 - share)}" dy=".35em" text-anchor="${anchor}">${escape(shorten(text, 11))}</text>`,
    )
    const middle = axis === 0 ? 'start' : isLast ? 'end' : 'middle'
    return `<line class="rule" x1="${x}" x2="${x}" y1="0" y2="100%"/>${labels.join('')}<text class="axis" x="${x}" y="0" dy="-14" text-anchor="${middle}">${escape(shorten(name, 15))}${titleOf(name)}</text>`
  })
  return `<div class="scroll"><div class="plot parallels" style="min-width:${axes.length * AXIS_WIDTH}px"><svg role="img" aria-label="Parallel coordinates of the parameters">${stretched(paths.join(''))}${marks.join('')}</svg></div></div>`
}

/** Horizontal bars of shares, with their labels. */
export function bars(entries: readonly (readonly [label: string, share: number])[]): string {
  const rows = entries.map(
    ([name, share]) =>
      `<dt title="${escape(name)}">${escape(name)}</dt><dd><svg aria-hidden="true"><rect width="${percent(Math.max(0.004, share))}" height="100%" rx="2"/></svg><span>${(share * 100).toFixed(1)} %</span></dd>`,
  )
  return `<dl class="shares">${rows.join('')}</dl>`
}

/** A stretch of time. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly className: string
  readonly title: string
}

/** Spans over time, in as few rows as don't overlap: as the threads were shared, if there were no more trials than them. */
export function timeline(spans: readonly Span[]): string {
  const sorted = spans.toSorted((a, b) => a.from - b.from)
  const start = sorted[0]?.from ?? 0
  const end = Math.max(start + 1, ...sorted.map(({ to }) => to))
  const rowEnds: number[] = []
  const placed = sorted.map((span) => {
    let row = rowEnds.findIndex((busyUntil) => busyUntil <= span.from)
    if (row === -1) row = rowEnds.length
    rowEnds[row] = span.to
    return { ...span, row }
  })
  const height = Math.max(4, Math.min(18, 420 / Math.max(1, rowEnds.length)))
  const px = (time: number): number => (time - start) / (end - start)
  const content = placed.map(
    ({ from, to, row, className, title }) =>
      `<rect class="span ${className}" x="${percent(px(from))}" y="${Math.round(row * height * 10) / 10}" width="${percent(Math.max(0.0008, px(to) - px(from) - 0.0004))}" height="${Math.round((height - 1) * 10) / 10}">${titleOf(title)}</rect>`,
  )
  const bottom = Math.round(rowEnds.length * height)
  const times = ticks({ low: 0, high: (end - start) / 1000 }, 5).map(
    (seconds) =>
      `<text class="tick" x="${percent(px(start + seconds * 1000))}" y="${bottom}" dy="17" text-anchor="${seconds === 0 ? 'start' : 'middle'}">${label(seconds)} s</text>`,
  )
  return `<div class="plot spans"><svg role="img" aria-label="Trials over time" height="${bottom}">${content.join('')}${times.join('')}</svg></div>`
}

/** How many cells a surface has in each direction. */
const CELLS = 26

/** A surface in 1000 × 1000: `rankAt` gives 0 for the worst, 1 for the best. */
export function surface(rankAt: (x: number, y: number) => number): string {
  const size = 1000 / CELLS
  const cells: string[] = []
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      const rank = rankAt((column + 0.5) / CELLS, 1 - (row + 0.5) / CELLS)
      // In steps, as contours are.
      const level = Math.min(9, Math.floor(rank * 10))
      cells.push(
        `<rect class="level l${level}" x="${(column * size).toFixed(1)}" y="${(row * size).toFixed(1)}" width="${(size + 0.6).toFixed(1)}" height="${(size + 0.6).toFixed(1)}"/>`,
      )
    }
  }
  return cells.join('')
}
