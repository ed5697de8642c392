// Parameters against the metric: an axis for each, a line for each trial. A stretch that is dragged along an axis chooses
// the trials whose lines pass through it; stretches on several axes must all hold. The keyboard has two sliders an axis.

import { useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { showCounted, showValue } from '../model/show-number.js'
import {
  metricAxis,
  placeOn,
  type Metric,
  type ParameterAxis,
  type SweepModel,
  type Trial,
} from '../model/sweep-model.js'
import { phaseCode } from '../model/phases.js'
import { palette, type Palette } from './palette.js'
import { penOf, useSize } from './use-size.js'

const HEIGHT = 220
const TOP = 34
const BOTTOM = 22
const SIDE = 56
const GRAB_PIXELS = 18
const NEAR_PIXELS = 8

/** A stretch of an axis, from 0 to 1. */
interface Stretch {
  readonly from: number
  readonly to: number
}

/** The chart. It says which trials are chosen by `brushed`; `undefined`: all of them, none in particular. */
export function ParallelCoordinates(props: {
  readonly model: SweepModel
  readonly metric: Metric
  readonly hovered: Signal<string | undefined>
  readonly brushed: Signal<ReadonlySet<string> | undefined>
  readonly onSelect: (id: string) => void
}): JSX.Element {
  const { model, metric, hovered, brushed } = props
  const [ref, size] = useSize<HTMLDivElement>()
  const canvas = useRef<HTMLCanvasElement | null>(null)
  const stretches = useSignal<ReadonlyMap<string, Stretch>>(new Map())
  const drag = useRef<{ axis: string; start: number; moved: boolean } | undefined>(undefined)
  const axes = [...model.axes, metricAxis(model.trials, metric)]
  const { width } = size.value
  const colours = palette.value

  const xOf = (index: number): number =>
    axes.length === 1 ? width / 2 : SIDE + (index * (width - 2 * SIDE)) / (axes.length - 1)

  // New trials may fall into the stretches, and the best of an old one may leave them.
  useEffect(() => {
    const chosen = stretches.value
    if (chosen.size === 0) {
      if (brushed.peek() !== undefined) brushed.value = undefined
      return
    }
    const ids = model.trials.filter((trial) => isChosen(trial, axes, chosen)).map(({ id }) => id)
    const before = brushed.peek()
    if (before?.size !== ids.length || ids.some((id) => !before.has(id))) brushed.value = new Set(ids)
  }, [model, stretches.value, metric.field, metric.direction])

  useLayoutEffect(() => {
    const target = canvas.current
    if (target === null || width === 0) return
    const pen = penOf(target, width, HEIGHT)
    if (pen === null) return
    pen.clearRect(0, 0, width, HEIGHT)
    const chosen = brushed.value
    const points = (trial: Trial): [number, number][] =>
      axes.flatMap((axis, index): [number, number][] => {
        const place = placeOn(axis, valueOn(trial, axis))
        return place === undefined ? [] : [[xOf(index), yOf(place)]]
      })
    // The best last, so that it lies on top.
    const ordered = [...model.trials].toSorted((left, right) => rank(left, metric) - rank(right, metric))
    ordered.forEach((trial, index) => {
      const isFaint = chosen !== undefined && !chosen.has(trial.id)
      drawTrial(pen, trial, points(trial), isFaint, index / Math.max(1, ordered.length - 1), colours)
    })
    const lifted = model.trials.find(({ id }) => id === hovered.value)
    if (lifted !== undefined) {
      pen.globalAlpha = 1
      pen.lineWidth = 2.6
      pen.strokeStyle = colours.text
      line(pen, points(lifted))
    }
    pen.globalAlpha = 1
    axes.forEach((axis, index) =>
      drawAxis(pen, axis, xOf(index), stretches.value.get(axis.name), index, axes.length, colours),
    )
  }, [model, width, colours, brushed.value, hovered.value, stretches.value, metric.field, metric.direction])

  const axisNear = (x: number): number => {
    let found = -1
    let least = GRAB_PIXELS
    axes.forEach((_, index) => {
      if (Math.abs(xOf(index) - x) < least) {
        least = Math.abs(xOf(index) - x)
        found = index
      }
    })
    return found
  }
  const positionOf = (event: PointerEvent): [number, number] => {
    const bounds = ref.current!.getBoundingClientRect()
    return [event.clientX - bounds.left, event.clientY - bounds.top]
  }
  const setStretch = (axis: string, stretch: Stretch | undefined): void => {
    const next = new Map(stretches.peek())
    if (stretch === undefined) next.delete(axis)
    else next.set(axis, stretch)
    stretches.value = next
  }

  return (
    <>
      <div
        ref={ref}
        class="parallel"
        role="img"
        aria-label={`${showCounted(model.trials.length, 'trial')} over ${showCounted(model.axes.length, 'parameter')} and their best ${metric.field}; the sliders below choose among them`}
        style={{ height: `${HEIGHT}px` }}
        onPointerDown={(event) => {
          const [x, y] = positionOf(event)
          const index = axisNear(x)
          if (index === -1 || event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.current = { axis: axes[index]!.name, start: placeAt(y), moved: false }
        }}
        onPointerMove={(event) => {
          const [x, y] = positionOf(event)
          const held = drag.current
          if (held === undefined) {
            event.currentTarget.style.cursor = axisNear(x) === -1 ? 'default' : 'ns-resize'
            hovered.value = nearest(x, y)
            return
          }
          const at = placeAt(y)
          if (Math.abs(at - held.start) > 0.015) held.moved = true
          if (held.moved)
            setStretch(held.axis, { from: Math.min(at, held.start), to: Math.max(at, held.start) })
        }}
        onPointerUp={() => {
          const held = drag.current
          drag.current = undefined
          if (held !== undefined && !held.moved) setStretch(held.axis, undefined)
          else if (held === undefined && hovered.peek() !== undefined) props.onSelect(hovered.peek()!)
        }}
        onPointerLeave={() => {
          if (drag.current === undefined) hovered.value = undefined
        }}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </div>
      <details class="axis-sliders">
        <summary>Choose by numbers</summary>
        <div class="axis-grid">
          {axes.map((axis) => (
            <AxisSliders
              key={axis.name}
              axis={axis}
              stretch={stretches.value.get(axis.name)}
              onChange={(stretch) => setStretch(axis.name, stretch)}
            />
          ))}
        </div>
      </details>
    </>
  )

  function nearest(x: number, y: number): string | undefined {
    // Between which two axes, and how far along.
    const gap = axes.length < 2 ? 1 : (width - 2 * SIDE) / (axes.length - 1)
    const along = (x - SIDE) / gap
    const left = Math.max(0, Math.min(axes.length - 2, Math.floor(along)))
    let found: string | undefined
    let least = NEAR_PIXELS
    for (const trial of model.trials) {
      const chosen = brushed.peek()
      if (chosen !== undefined && !chosen.has(trial.id)) continue
      const from = placeOn(axes[left]!, valueOn(trial, axes[left]!))
      const to = placeOn(axes[left + 1] ?? axes[left]!, valueOn(trial, axes[left + 1] ?? axes[left]!))
      if (from === undefined || to === undefined) continue
      const distance = Math.abs(yOf(from + (to - from) * (along - left)) - y)
      if (distance < least) {
        least = distance
        found = trial.id
      }
    }
    return found
  }
}

function AxisSliders(props: {
  readonly axis: ParameterAxis
  readonly stretch: Stretch | undefined
  readonly onChange: (stretch: Stretch | undefined) => void
}): JSX.Element {
  const { axis, stretch, onChange } = props
  const { from, to } = stretch ?? { from: 0, to: 1 }
  const change = (next: Stretch): void => onChange(next.from <= 0 && next.to >= 1 ? undefined : next)
  const slider = (label: string, value: number, onInput: (value: number) => void): JSX.Element => (
    <input
      type="range"
      min="0"
      max="1"
      step="0.01"
      aria-label={`${axis.label}, ${label}`}
      aria-valuetext={valueAt(axis, value)}
      value={value}
      onInput={(event) => onInput(Number(event.currentTarget.value))}
    />
  )
  return (
    <fieldset>
      <legend>
        {axis.label}
        <span class="muted">
          {' '}
          {valueAt(axis, from)} … {valueAt(axis, to)}
        </span>
      </legend>
      {slider('lower end', from, (value) => change({ from: Math.min(value, to), to }))}
      {slider('upper end', to, (value) => change({ from, to: Math.max(value, from) }))}
    </fieldset>
  )
}

function valueOn(trial: Trial, axis: ParameterAxis): number | string | boolean | undefined {
  return axis.name === '' ? trial.best : trial.parameters.get(axis.name)
}

function isChosen(
  trial: Trial,
  axes: readonly ParameterAxis[],
  stretches: ReadonlyMap<string, Stretch>,
): boolean {
  return axes.every((axis) => {
    const stretch = stretches.get(axis.name)
    if (stretch === undefined) return true
    const place = placeOn(axis, valueOn(trial, axis))
    return place !== undefined && place >= stretch.from - 1e-9 && place <= stretch.to + 1e-9
  })
}

function rank({ best }: Trial, { direction }: Metric): number {
  if (Number.isNaN(best)) return -Infinity
  return direction === 'maximize' ? best : -best
}

function yOf(place: number): number {
  return HEIGHT - BOTTOM - Math.max(-0.05, Math.min(1.05, place)) * (HEIGHT - TOP - BOTTOM)
}

function placeAt(y: number): number {
  return Math.max(0, Math.min(1, (HEIGHT - BOTTOM - y) / (HEIGHT - TOP - BOTTOM)))
}

function valueAt(axis: ParameterAxis, place: number): string {
  if (axis.kind === 'choice') return axis.choices[Math.round(place * (axis.choices.length - 1))] ?? ''
  const { low, high, isLog } = axis
  return showValue(isLog ? low * (high / low) ** place : low + (high - low) * place)
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
  pen.fillText(axis.label + (axis.isLog ? ' (log)' : ''), textX, 14)
  pen.fillStyle = colours.textMuted
  if (axis.kind === 'number') {
    pen.fillText(showValue(axis.high), textX, TOP - 6)
    pen.fillText(showValue(axis.low), textX, HEIGHT - 6)
    return
  }
  pen.textAlign = index === count - 1 && count > 1 ? 'right' : 'left'
  axis.choices.slice(0, 12).forEach((choice, at) => {
    const place = axis.choices.length === 1 ? 0.5 : at / (axis.choices.length - 1)
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
