// Draws parameters against the metric: an axis for each, a line for each trial; and says where on them something is.

import { choicePlace } from '../../sweep/page/scales.js'
import { axisName } from '../../sweep/page/words.js'
import { phaseCode } from '../model/phases.js'
import { showValue } from '../model/show-number.js'
import { placeOn, valueOn, type Metric, type ParameterAxis, type Trial } from '../model/sweep-model.js'
import type { Palette } from './palette.js'

export const HEIGHT = 220
const TOP = 34
const BOTTOM = 22
const SIDE = 56
const GRAB_PIXELS = 18
const NEAR_PIXELS = 8

/** A stretch of an axis, from 0 to 1. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** Stretches by the names of their axes. */
export type Stretches = ReadonlyMap<string, Stretch>

/** What is drawn. */
export interface ParallelPicture {
  readonly axes: readonly ParameterAxis[]
  readonly trials: readonly Trial[]
  readonly metric: Metric
  readonly width: number
  readonly stretches: Stretches
  /** Ids of the trials that are chosen; `undefined`: none in particular. */
  readonly chosen: ReadonlySet<string> | undefined
  readonly hovered: string | undefined
  readonly palette: Palette
}

/** Draws it. */
export function paintParallel(pen: CanvasRenderingContext2D, picture: ParallelPicture): void {
  const { axes, trials, metric, width, stretches, chosen, hovered, palette } = picture
  pen.clearRect(0, 0, width, HEIGHT)
  const points = (trial: Trial): [number, number][] =>
    axes.flatMap((axis, index): [number, number][] => {
      const place = placeOn(axis, valueOf(trial, axis))
      return place === undefined ? [] : [[xOf(axes, width, index), yOf(place)]]
    })
  // The best last, so that it lies on top.
  const ordered = [...trials].toSorted((left, right) => rank(left, metric) - rank(right, metric))
  ordered.forEach((trial, index) => {
    const isFaint = chosen !== undefined && !chosen.has(trial.id)
    drawTrial(pen, trial, points(trial), isFaint, index / Math.max(1, ordered.length - 1), palette)
  })
  const lifted = trials.find(({ id }) => id === hovered)
  if (lifted !== undefined) {
    pen.globalAlpha = 1
    pen.lineWidth = 2.6
    pen.strokeStyle = palette.text
    line(pen, points(lifted))
  }
  pen.globalAlpha = 1
  axes.forEach((axis, index) =>
    drawAxis(pen, axis, xOf(axes, width, index), stretches.get(axis.name), index, axes.length, palette),
  )
}

/** The axis at a place, if there is one near it. */
export function axisNear(
  axes: readonly ParameterAxis[],
  width: number,
  x: number,
): ParameterAxis | undefined {
  let found: ParameterAxis | undefined
  let least = GRAB_PIXELS
  axes.forEach((axis, index) => {
    const distance = Math.abs(xOf(axes, width, index) - x)
    if (distance < least) {
      least = distance
      found = axis
    }
  })
  return found
}

/** Id of the trial whose line passes a place most closely, of those that are chosen. */
export function trialNear(
  { axes, trials, width, chosen }: Pick<ParallelPicture, 'axes' | 'trials' | 'width' | 'chosen'>,
  x: number,
  y: number,
): string | undefined {
  // Between which two axes, and how far along.
  const gap = axes.length < 2 ? 1 : (width - 2 * SIDE) / (axes.length - 1)
  const along = (x - SIDE) / gap
  const left = Math.max(0, Math.min(axes.length - 2, Math.floor(along)))
  const before = axes[left]!
  const after = axes[left + 1] ?? before
  let found: string | undefined
  let least = NEAR_PIXELS
  for (const trial of trials) {
    if (chosen !== undefined && !chosen.has(trial.id)) continue
    const from = placeOn(before, valueOf(trial, before))
    const to = placeOn(after, valueOf(trial, after))
    if (from === undefined || to === undefined) continue
    const distance = Math.abs(yOf(from + (to - from) * (along - left)) - y)
    if (distance < least) {
      least = distance
      found = trial.id
    }
  }
  return found
}

/** Whether the line of a trial passes through all stretches. */
export function isChosen(trial: Trial, axes: readonly ParameterAxis[], stretches: Stretches): boolean {
  return axes.every((axis) => {
    const stretch = stretches.get(axis.name)
    if (stretch === undefined) return true
    const place = placeOn(axis, valueOf(trial, axis))
    return place !== undefined && place >= stretch.from - 1e-9 && place <= stretch.to + 1e-9
  })
}

/** Which place of an axis, from 0 to 1, is so many pixels from the top. */
export function placeAt(y: number): number {
  return Math.max(0, Math.min(1, (HEIGHT - BOTTOM - y) / (HEIGHT - TOP - BOTTOM)))
}

/** What a place of an axis stands for, in words. */
export function valueAt(axis: ParameterAxis, place: number): string {
  const value = valueOn(axis, place)
  return typeof value === 'number' ? showValue(value) : value
}

function xOf(axes: readonly ParameterAxis[], width: number, index: number): number {
  return axes.length === 1 ? width / 2 : SIDE + (index * (width - 2 * SIDE)) / (axes.length - 1)
}

function yOf(place: number): number {
  return HEIGHT - BOTTOM - Math.max(-0.05, Math.min(1.05, place)) * (HEIGHT - TOP - BOTTOM)
}

function valueOf(trial: Trial, axis: ParameterAxis): number | string | boolean | undefined {
  return axis.name === '' ? trial.best : trial.parameters.get(axis.name)
}

function rank({ best }: Trial, { direction }: Metric): number {
  if (Number.isNaN(best)) return -Infinity
  return direction === 'maximize' ? best : -best
}

function drawTrial(
  pen: CanvasRenderingContext2D,
  { phase }: Trial,
  points: readonly [number, number][],
  isFaint: boolean,
  rankShare: number,
  colours: Palette,
): void {
  pen.strokeStyle = colours.phases[phaseCode(phase)]!
  pen.globalAlpha = isFaint ? 0.06 : 0.25 + 0.65 * rankShare ** 2
  pen.lineWidth = isFaint ? 1 : 1 + 1.2 * rankShare ** 6
  pen.setLineDash(phase === 'aborted' || phase === 'failed' || phase === 'timedOut' ? [5, 3] : [])
  line(pen, points)
  pen.setLineDash([])
}

function line(pen: CanvasRenderingContext2D, points: readonly [number, number][]): void {
  pen.beginPath()
  points.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)))
  pen.stroke()
}

function drawAxis(
  pen: CanvasRenderingContext2D,
  axis: ParameterAxis,
  x: number,
  stretch: Stretch | undefined,
  index: number,
  count: number,
  colours: Palette,
): void {
  const top = yOf(1)
  const bottom = yOf(0)
  pen.fillStyle = colours.lineStrong
  pen.fillRect(x - 0.5, top, 1, bottom - top)
  if (stretch !== undefined) {
    const from = yOf(stretch.to)
    const to = yOf(stretch.from)
    pen.fillStyle = colours.accent
    pen.globalAlpha = 0.25
    pen.fillRect(x - 7, from, 14, to - from)
    pen.globalAlpha = 1
    pen.strokeStyle = colours.accent
    pen.lineWidth = 1.5
    pen.strokeRect(x - 7, from, 14, Math.max(2, to - from))
  }
  pen.font = colours.font
  pen.textAlign = index === 0 && count > 1 ? 'left' : index === count - 1 && count > 1 ? 'right' : 'center'
  const textX = index === 0 && count > 1 ? x - SIDE + 8 : index === count - 1 && count > 1 ? x + SIDE - 8 : x
  pen.textBaseline = 'alphabetic'
  pen.fillStyle = colours.text
  pen.fillText(axisName(axis.label, axis.isLog), textX, 14)
  pen.fillStyle = colours.textMuted
  if (axis.kind === 'number') {
    pen.fillText(showValue(axis.high), textX, TOP - 6)
    pen.fillText(showValue(axis.low), textX, HEIGHT - 6)
    return
  }
  pen.textAlign = index === count - 1 && count > 1 ? 'right' : 'left'
  axis.choices.slice(0, 12).forEach((choice, at) => {
    const place = choicePlace(at, axis.choices.length)
    const wide = pen.measureText(choice).width
    const left = index === count - 1 && count > 1 ? x - 6 - wide : x + 6
    pen.globalAlpha = 0.8
    pen.fillStyle = colours.surface
    pen.fillRect(left - 2, yOf(place) - 8, wide + 4, 15)
    pen.globalAlpha = 1
    pen.fillStyle = colours.textMuted
    pen.fillText(choice, index === count - 1 && count > 1 ? x - 6 : x + 6, yOf(place) + 4)
  })
}
