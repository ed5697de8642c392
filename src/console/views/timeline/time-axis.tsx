// The time above the bars: marks at round distances, as the time since the run began.

import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { RunView } from '../../model/runs/run-view.js'
import { pixelOf, tickLabel, ticks, type TimeWindow } from '../../model/timeline/time-window.js'
import type { Size } from '../use-size.js'

/** The room of a label in pixels: what is beside its words, and each character at most. */
const BESIDE = 8
const PER_CHARACTER = 7

/** The axis of a window. `origin` says where zero is. */
export function TimeAxis(props: {
  readonly window: ReadonlySignal<TimeWindow>
  readonly origin: RunView
  readonly width: ReadonlySignal<Size>
}): JSX.Element {
  const window = props.window.value
  const { width } = props.width.value
  const zero = props.origin.whole().from
  const { stepMs, moments } = ticks(window, width, zero, 90)
  return (
    <div class="axis" aria-hidden="true">
      {moments.map((moment) => {
        const x = pixelOf(window, width, moment)
        const label = tickLabel(moment - zero, stepMs)
        if (x < -1 || x + BESIDE + label.length * PER_CHARACTER > width) return null
        return (
          <span key={moment} class="tick" style={{ transform: `translateX(${x.toFixed(1)}px)` }}>
            {label}
          </span>
        )
      })}
    </div>
  )
}
