// Draws parameters against the metric: an axis for each, a line for each trial; and says where on them something is.

import { shorten } from '../../../sweep/page/markup.js'
import { choicePlace, label as tickLabel, ticks } from '../../../sweep/page/scales.js'
import { axisName } from '../../../sweep/page/words.js'
import { showValue } from '../../model/words/show-number.js'
import { placeOn, valueOn, type ParameterAxis, type Trial } from '../../model/sweep/sweep-model.js'
import { trialColour, type ColourBy, type Palette } from '../palette.js'

const TOP = 30
const BOTTOM = 12
const SIDE = 14
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
  readonly width: number
  readonly height: number
  readonly colourBy: ColourBy
  readonly bestId: string | undefined
  readonly stretches: Stretches
  /** Ids of the trials that are chosen; `undefined`: none in particular. */
  readonly chosen: ReadonlySet<string> | undefined
  readonly hovered: string | undefined
  readonly palette: Palette
}

/** Draws it. */
export function paintParallel(pen: CanvasRenderingContext2D, picture: ParallelPicture): void {
  const { axes, trials, width, height, stretches, chosen, hovered, palette, colourBy, bestId } = picture
  pen.clearRect(0, 0, width, height)
  const points = (trial: Trial): [number, number][] =>
    axes.flatMap((axis, index): [number, number][] => {
      const place = placeOn(axis, valueOf(trial, axis))
      return place === undefined ? [] : [[xOf(axes, width, index), yOf(place, height)]]
    })
  // The best last, so that it lies on top.
  for (const trial of trials.toSorted((left, right) => left.rank - right.rank)) {
    const isFaint = chosen !== undefined && !chosen.has(trial.id)
    pen.strokeStyle = trialColour(palette, trial, colourBy, trial.id === bestId)
    pen.globalAlpha = isFaint ? 0.06 : 0.15 + 0.7 * trial.rank ** 2
    pen.lineWidth = isFaint ? 1 : 0.6 + trial.rank
    line(pen, points(trial))
  }
  const lifted = trials.find(({ id }) => id === hovered)
  if (lifted !== undefined) {
    pen.globalAlpha = 1
    pen.lineWidth = 2.6
    pen.strokeStyle = palette.text
    line(pen, points(lifted))
  }
  pen.globalAlpha = 1
  axes.forEach((axis, index) =>
    drawAxis(pen, axis, {
      x: xOf(axes, width, index),
      height,
      stretch: stretches.get(axis.name),
      isFirst: index === 0,
      isLast: index > 0 && index === axes.length - 1,
      palette,
    }),
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
  {
    axes,
    trials,
    width,
    height,
    chosen,
  }: Pick<ParallelPicture, 'axes' | 'trials' | 'width' | 'height' | 'chosen'>,
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
    const distance = Math.abs(yOf(from + (to - from) * (along - left), height) - y)
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

/** Which place of an axis, from 0 to 1, is so many pixels from the top of a chart of that height. */
export function placeAt(y: number, height: number): number {
  return Math.max(0, Math.min(1, (height - BOTTOM - y) / (height - TOP - BOTTOM)))
}

/** What a place of an axis stands for, in words. */
export function valueAt(axis: ParameterAxis, place: number): string {
  const value = valueOn(axis, place)
  return typeof value === 'number' ? showValue(value) : value
}

function xOf(axes: readonly ParameterAxis[], width: number, index: number): number {
  return axes.length === 1 ? width / 2 : SIDE + (index * (width - 2 * SIDE)) / (axes.length - 1)
}

function yOf(place: number, height: number): number {
  return height - BOTTOM - Math.max(0, Math.min(1, place)) * (height - TOP - BOTTOM)
}

function valueOf(trial: Trial, axis: ParameterAxis): number | string | boolean | undefined {
  return axis.name === '' ? trial.value : trial.parameters.get(axis.name)
}

function line(pen: CanvasRenderingContext2D, points: readonly [number, number][]): void {
  pen.beginPath()
  points.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)))
  pen.stroke()
}

function drawAxis(
  pen: CanvasRenderingContext2D,
  axis: ParameterAxis,
  at: {
    readonly x: number
    readonly height: number
    readonly stretch: Stretch | undefined
    readonly isFirst: boolean
    readonly isLast: boolean
    readonly palette: Palette
  },
): void {
  const { x, height, stretch, isFirst, isLast, palette } = at
  const top = yOf(1, height)
  const bottom = yOf(0, height)
  pen.fillStyle = palette.lineStrong
  pen.fillRect(x - 0.5, top, 1, bottom - top)
  if (stretch !== undefined) {
    const from = yOf(stretch.to, height)
    const to = yOf(stretch.from, height)
    pen.fillStyle = palette.accent
    pen.globalAlpha = 0.25
    pen.fillRect(x - 7, from, 14, to - from)
    pen.globalAlpha = 1
    pen.strokeStyle = palette.accent
    pen.lineWidth = 1.5
    pen.strokeRect(x - 7, from, 14, Math.max(2, to - from))
  }
  pen.font = palette.font
  pen.textBaseline = 'alphabetic'
  pen.fillStyle = palette.text
  pen.textAlign = isFirst ? 'left' : isLast ? 'right' : 'center'
  pen.fillText(shorten(axisName(axis.label, axis.isLog), 22), x, 14)
  // Beside the axis, on a ground of their own, as in the report of a sweep.
  pen.textBaseline = 'middle'
  pen.textAlign = isLast ? 'right' : 'left'
  pen.lineJoin = 'round'
  pen.lineWidth = 3
  pen.strokeStyle = palette.surface
  pen.fillStyle = palette.textMuted
  for (const [place, text] of marksOf(axis)) {
    const textX = isLast ? x - 6 : x + 6
    pen.strokeText(shorten(text, 14), textX, yOf(place, height))
    pen.fillText(shorten(text, 14), textX, yOf(place, height))
  }
}

/** What is written at an axis, and where. */
function marksOf(axis: ParameterAxis): (readonly [place: number, text: string])[] {
  const { kind, choices, low, high, isLog } = axis
  if (kind === 'choice') {
    return choices.slice(0, 16).map((choice, at) => [choicePlace(at, choices.length), choice] as const)
  }
  const scale = { low: Math.min(low, high), high: Math.max(low, high), log: isLog }
  return ticks(scale, 5).map((tick) => [placeOn(axis, tick) ?? 0, tickLabel(tick)] as const)
}
