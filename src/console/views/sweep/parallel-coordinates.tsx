// Parameters against the metric: an axis for each, a line for each trial. A stretch that is dragged along an axis chooses
// the trials whose lines pass through it; stretches on several axes must all hold. The keyboard has two sliders an axis.

import { useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { showCounted } from '../../model/words/show-number.js'
import {
  metricAxis,
  type Metric,
  type ParameterAxis,
  type SweepModel,
} from '../../model/sweep/sweep-model.js'
import {
  axisNear,
  isChosen,
  paintParallel,
  placeAt,
  trialNear,
  valueAt,
  type Stretch,
  type Stretches,
} from './paint-parallel.js'
import { palette, type ColourBy } from '../palette.js'
import { penOf, useChartHeight, useSize, type Size } from '../use-size.js'

interface ParallelProps {
  readonly model: SweepModel
  readonly metric: Metric
  readonly colourBy: ColourBy
  readonly hovered: Signal<string | undefined>
  readonly brushed: Signal<ReadonlySet<string> | undefined>
  readonly onSelect: (id: string) => void
}

/** The chart. It says which trials are chosen by `brushed`; `undefined`: all of them, none in particular. */
export function ParallelCoordinates(props: ParallelProps): JSX.Element {
  const { model, metric } = props
  const [ref, size] = useSize<HTMLDivElement>()
  const stretches = useSignal<Stretches>(new Map())
  const axes = [...model.axes, metricAxis(model.trials, metric)]
  const { width } = size.value
  const height = useChartHeight()
  useChosenTrials(props, axes, stretches)
  const canvas = usePicture(props, axes, stretches.value, { width, height })

  const setStretch = (axis: string, stretch: Stretch | undefined): void => {
    const next = new Map(stretches.peek())
    if (stretch === undefined) next.delete(axis)
    else next.set(axis, stretch)
    stretches.value = next
  }
  const handlers = useStretchDrag(props, { axes, width, height, setStretch })

  return (
    <>
      <div
        ref={ref}
        class="parallel"
        role="img"
        aria-label={`${showCounted(model.trials.length, 'trial')} over ${showCounted(model.axes.length, 'parameter')} and their ${metric.field}; the sliders below choose among them`}
        style={{ height: `${height}px` }}
        {...handlers}
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
}

/** Says which trials are chosen. New ones may fall into the stretches, and the best of an old one may leave them. */
function useChosenTrials(
  { model, metric, brushed }: ParallelProps,
  axes: readonly ParameterAxis[],
  stretches: Signal<Stretches>,
): void {
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
}

/** Has the chart drawn; gives what it is drawn on. */
function usePicture(
  { model, metric, hovered, brushed, colourBy }: ParallelProps,
  axes: readonly ParameterAxis[],
  stretches: Stretches,
  { width, height }: Size,
): { current: HTMLCanvasElement | null } {
  const canvas = useRef<HTMLCanvasElement | null>(null)
  const colours = palette.value
  useLayoutEffect(() => {
    if (canvas.current === null || width === 0) return
    const pen = penOf(canvas.current, width, height)
    if (pen === null) return
    paintParallel(pen, {
      axes,
      trials: model.trials,
      width,
      height,
      colourBy,
      bestId: model.best?.id,
      stretches,
      chosen: brushed.value,
      hovered: hovered.value,
      palette: colours,
    })
  }, [
    model,
    width,
    height,
    colourBy,
    colours,
    brushed.value,
    hovered.value,
    stretches,
    metric.field,
    metric.direction,
  ])
  return canvas
}

/** Has a drag along an axis choose a stretch of it, a click on one let go, and a click on a line open its trial. */
function useStretchDrag(
  { model, hovered, brushed, onSelect }: ParallelProps,
  chart: {
    readonly axes: readonly ParameterAxis[]
    readonly width: number
    readonly height: number
    readonly setStretch: (axis: string, stretch: Stretch | undefined) => void
  },
): {
  readonly onPointerDown: (event: PointerEvent) => void
  readonly onPointerMove: (event: PointerEvent) => void
  readonly onPointerUp: () => void
  readonly onPointerLeave: () => void
} {
  const { axes, width, height, setStretch } = chart
  const drag = useRef<{ readonly axis: string; readonly start: number; moved: boolean } | undefined>(
    undefined,
  )
  return {
    onPointerDown: (event) => {
      const [target, x, y] = positionOf(event)
      const axis = axisNear(axes, width, x)
      if (axis === undefined || event.button !== 0) return
      target.setPointerCapture(event.pointerId)
      drag.current = { axis: axis.name, start: placeAt(y, height), moved: false }
    },
    onPointerMove: (event) => {
      const [target, x, y] = positionOf(event)
      const held = drag.current
      if (held === undefined) {
        target.style.cursor = axisNear(axes, width, x) === undefined ? 'default' : 'ns-resize'
        hovered.value = trialNear({ axes, trials: model.trials, width, height, chosen: brushed.peek() }, x, y)
        return
      }
      const at = placeAt(y, height)
      if (Math.abs(at - held.start) > 0.015) held.moved = true
      if (held.moved) setStretch(held.axis, { from: Math.min(at, held.start), to: Math.max(at, held.start) })
    },
    onPointerUp: () => {
      const held = drag.current
      drag.current = undefined
      if (held !== undefined && !held.moved) setStretch(held.axis, undefined)
      else if (held === undefined && hovered.peek() !== undefined) onSelect(hovered.peek()!)
    },
    onPointerLeave: () => {
      if (drag.current === undefined) hovered.value = undefined
    },
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

/** The chart, and where on it the pointer is. */
function positionOf(event: PointerEvent): [HTMLElement, number, number] {
  const chart = event.currentTarget as HTMLElement
  const { left, top } = chart.getBoundingClientRect()
  return [chart, event.clientX - left, event.clientY - top]
}
