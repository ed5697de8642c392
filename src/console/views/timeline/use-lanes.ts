// The lanes of the threads: laid out now and then, drawn with each frame in which anything about them has changed.

import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { NONE } from '../../model/runs/action-table.js'
import { everyFrame } from '../../model/frames.js'
import type { RunView } from '../../model/runs/run-view.js'
import { layOutThreads, type ThreadLane } from '../../model/process/thread-lanes.js'
import { momentAt, ticks, type TimeWindow } from '../../model/timeline/time-window.js'
import { hitLane, paintLanes, placeLanes, type LanePlace } from './paint-lanes.js'
import { palette } from '../palette.js'
import { penOf, type Size } from '../use-size.js'

/** The lanes are laid out anew at most so often. */
const LAY_OUT_EVERY_MS = 400

/** What the lanes follow. */
export interface LanesOptions {
  readonly view: RunView
  /** Id of the action whose panel is open. */
  readonly selected: string | undefined
  readonly trackSize: ReadonlySignal<Size>
}

/** The lanes, what they are drawn on, and the stretch of time that they show. */
export interface DrawnLanes {
  readonly canvas: { current: HTMLCanvasElement | null }
  readonly lanes: ReadonlySignal<readonly ThreadLane[]>
  readonly places: ReadonlySignal<readonly LanePlace[]>
  readonly window: ReadonlySignal<TimeWindow>
  /** The row of the action under the pointer, or `NONE`. */
  readonly rowUnder: (event: PointerEvent) => number
}

/** Has the lanes drawn. */
export function useLanes({ view, selected, trackSize }: LanesOptions): DrawnLanes {
  const { store } = view
  const canvas = useRef<HTMLCanvasElement | null>(null)
  const lanes = useSignal<readonly ThreadLane[]>([])
  const places = useSignal<readonly LanePlace[]>([])
  const shownWindow = useSignal<TimeWindow>(view.window(view.whole()))
  const selectedRow = useRef(NONE)
  selectedRow.current = selected === undefined ? NONE : store.table.peek().rowOf(selected)

  useEffect(() => {
    let laidOutAt = -Infinity
    let laidOut = -1
    let drawn = ''
    return everyFrame(() => {
      const table = store.table.peek()
      const whole = view.whole()
      const now = view.isLive() ? store.clock.now() : whole.to
      if (table.version !== laidOut && performance.now() - laidOutAt > LAY_OUT_EVERY_MS) {
        laidOutAt = performance.now()
        laidOut = table.version
        lanes.value = layOutThreads(table, now)
        places.value = placeLanes(lanes.value)
      }
      const { width } = trackSize.peek()
      if (canvas.current === null || width === 0) return
      const window = view.window(whole)
      const hovered = view.hovered.peek()
      const stretch = [window.from, window.to, now].join()
      const looks = `${laidOut},${width},${stretch},${hovered},${selectedRow.current},${palette.peek().text}`
      if (looks === drawn) return
      drawn = looks
      const { from, to } = shownWindow.peek()
      if (from !== window.from || to !== window.to) shownWindow.value = window
      const last = places.peek().at(-1)
      const height = Math.max(1, last === undefined ? 1 : last.top + last.height)
      const pen = penOf(canvas.current, width, height)
      if (pen === null) return
      paintLanes(pen, {
        table,
        places: places.peek(),
        width,
        height,
        window,
        now,
        gridLines: ticks(window, width, whole.from, 90).moments,
        hovered,
        selected: selectedRow.current,
        palette: palette.peek(),
      })
    })
  }, [view])

  const rowUnder = (event: PointerEvent): number => {
    const bounds = canvas.current?.getBoundingClientRect()
    if (bounds === undefined) return NONE
    const window = view.window(view.whole())
    const at = momentAt(window, bounds.width, event.clientX - bounds.left)
    const slackMs = ((window.to - window.from) / bounds.width) * 2
    const y = event.clientY - bounds.top
    return hitLane(store.table.peek(), places.peek(), y, at, slackMs, store.clock.now())
  }
  return { canvas, lanes, places, window: shownWindow, rowUnder }
}
