// Charts with two axes. They are drawn for whatever width they get: dots and texts stand at percentages of it, and only paths
// are stretched, with strokes that aren't. So text is as large on a phone as on a wide screen.

import { rankClass } from './chart-style.js'
import { escape, percent, shorten, thousandth, titleOf } from './markup.js'
import { label, place, ticks, type Scale } from './scales.js'
import { axisName } from './words.js'

/** An axis. */
export interface Axis {
  readonly label: string
  readonly scale: Scale
  /** Texts by their places, where they aren't those of the scale. */
  readonly marks?: readonly (readonly [place: number, text: string])[]
}

/** A point; beyond an axis, it is drawn at its edge. */
export type PlotPoint = readonly [x: number, y: number]

/** A line. */
export interface PlotLine {
  readonly points: readonly PlotPoint[]
  readonly className: string
  readonly title?: string
}

/** A dot. */
export interface PlotDot {
  readonly at: PlotPoint
  readonly className: string
  readonly title?: string
  /** 0 for the worst, 1 for the best: how strong its colour is. */
  readonly rank?: number
  /** The number of the trial that it is. */
  readonly trial?: number
}

/** A chart. */
export interface Plot {
  readonly x: Axis
  readonly y: Axis
  readonly lines?: readonly PlotLine[]
  readonly dots?: readonly PlotDot[]
  /** Vertical lines, with what they mean. */
  readonly rules?: readonly (readonly [x: number, text: string])[]
  /** Drawn below all else, in 1000 × 1000. */
  readonly ground?: string
}

/** So many characters have room side by side at an axis of the narrowest charts. */
const MOST_BELOW = 32
const LONGEST_BELOW = 11

const clamp = (share: number): number => Math.min(1, Math.max(0, Number.isNaN(share) ? 1 : share))

/** Draws one. */
export function plot({ x, y, lines = [], dots = [], rules = [], ground = '' }: Plot): string {
  const px = (value: number): number => clamp(place(x.scale, value))
  const py = (value: number): number => 1 - clamp(place(y.scale, value))
  const yMarks = y.marks ?? ticks(y.scale, 5).map((tick) => [place(y.scale, tick), label(tick)] as const)
  const xMarks = x.marks ?? ticks(x.scale, 5).map((tick) => [place(x.scale, tick), label(tick)] as const)
  const grid = yMarks.map(([at, text]) => {
    const height = percent(1 - at)
    return `<line class="grid" x1="0" x2="100%" y1="${height}" y2="${height}"/><text class="tick" x="0" dx="-7" y="${height}" dy=".35em" text-anchor="end">${escape(shorten(text, 9))}</text>`
  })
  const longest = Math.max(4, Math.min(LONGEST_BELOW, Math.floor(MOST_BELOW / xMarks.length)))
  const below = xMarks.map(([at, text], index) => {
    const anchor = at < 0.04 ? 'start' : at > 0.96 ? 'end' : 'middle'
    const second = xMarks.length > 6 && index % 2 === 1 ? ' class="tick wide-only"' : ' class="tick"'
    return `<text${second} x="${percent(at)}" y="100%" dy="17" text-anchor="${anchor}">${escape(shorten(text, longest))}${text.length > longest ? titleOf(text) : ''}</text>`
  })
  const paths = lines.map(({ points, className, title }) => {
    const d = points.map(
      ([a, b], index) => `${index === 0 ? 'M' : 'L'}${thousandth(px(a))} ${thousandth(py(b))}`,
    )
    return `<path class="line ${className}" d="${d.join('')}">${titleOf(title)}</path>`
  })
  const circles = dots.map(({ at: [a, b], className, title, rank, trial }) => {
    const isOut = place(y.scale, b) < -1e-9 || place(y.scale, b) > 1 + 1e-9
    const classes = `dot ${className}${isOut ? ' out' : ''}${rank === undefined ? '' : ` ${rankClass(rank)}`}`
    return `<circle class="${classes}"${trial === undefined ? '' : ` data-trial="${trial}"`} cx="${percent(px(a))}" cy="${percent(py(b))}" r="3.2">${titleOf(title)}</circle>`
  })
  const marks = rules.map(([at, text]) => {
    const where = percent(px(at))
    return `<line class="rung" x1="${where}" x2="${where}" y1="0" y2="100%"><title>${escape(text)}</title></line>`
  })
  return `<div class="plot"><svg role="img" aria-label="${escape(`${y.label} over ${x.label}`)}">${ground === '' ? '' : stretched(ground)}${grid.join('')}${marks.join('')}${stretched(paths.join(''))}${circles.join('')}${below.join('')}</svg><span class="y-name">${escape(nameOf(y))}</span><span class="x-name">${escape(nameOf(x))}</span></div>`
}

function nameOf({ label: name, scale }: Axis): string {
  return axisName(name, scale.log === true)
}

/** What is drawn in 1000 × 1000, over all of the chart. */
export function stretched(content: string): string {
  return content === ''
    ? ''
    : `<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">${content}</svg>`
}
