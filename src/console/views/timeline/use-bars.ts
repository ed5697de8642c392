// The bars of the rows in sight: drawn with each frame in which anything about them has changed.

import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { measureDensity } from '../../model/timeline/density.js'
import { everyFrame } from '../../model/frames.js'
import type { RunView } from '../../model/runs/run-view.js'
import { ticks, type TimeWindow } from '../../model/timeline/time-window.js'
import { groupOf } from '../../model/runs/tree-rows.js'
import { paintBars, type GroupDensity } from './paint-bars.js'
import { palette } from '../palette.js'
import { HEAD_HEIGHT, ROW_HEIGHT } from './row-geometry.js'
import { penOf, type Size } from '../use-size.js'

/** What goes on in a group is measured anew at most so often, in so many slices of the run. */
const MEASURE_EVERY_MS = 500
const SLICES = 500

/** What the bars follow. */
export interface BarsOptions {
  readonly view: RunView
  readonly scrollTop: ReadonlySignal<number>
  readonly gridSize: ReadonlySignal<Size>
  readonly trackSize: ReadonlySignal<Size>
}

/** What they are drawn on, and the stretch of time that they show. */
export interface Bars {
  readonly canvas: { current: HTMLCanvasElement | null }
  readonly window: ReadonlySignal<TimeWindow>
}

/** Has the bars drawn. */
export function useBars({ view, scrollTop, gridSize, trackSize }: BarsOptions): Bars {
  const canvas = useRef<HTMLCanvasElement | null>(null)
  const shownWindow = useSignal<TimeWindow>(view.window(view.whole()))
  const { store } = view
  useEffect(() => {
    let drawn = ''
    const known = new Map<string, GroupDensity & { readonly at: number }>()
    const densityOf = (row: number, whole: TimeWindow): GroupDensity | undefined => {
      const group = groupOf(view.shown.peek(), row)
      if (group === undefined) return undefined
      const before = known.get(group.key)
      const at = performance.now()
      const isOld =
        before === undefined || (at - before.at >= MEASURE_EVERY_MS && before.over.to !== whole.to)
      if (!isOld) return before
      const density = measureDensity(store.table.peek(), whole, SLICES, store.clock.now(), group.rows)
      const measured = { density, over: whole, at }
      known.set(group.key, measured)
      return measured
    }
    const draw = (): void => {
      if (canvas.current === null) return
      const table = store.table.peek()
      const { rows } = view.shown.peek()
      const whole = view.whole()
      const window = view.window(whole)
      const { width } = trackSize.peek()
      const height = Math.max(0, gridSize.peek().height - HEAD_HEIGHT)
      const top = scrollTop.peek()
      const first = Math.floor(top / ROW_HEIGHT)
      const isLive = view.isLive()
      const now = isLive ? store.clock.now() : whole.to
      const key = [table.version, rows.length, top, width, height, window.from, window.to, now].join()
      const groups = `${rows[0]},${view.openGroups.peek().size}`
      const looks = `${key},${groups},${view.hovered.peek()},${palette.peek().text},${devicePixelRatio}`
      if (looks === drawn) return
      drawn = looks
      const pen = penOf(canvas.current, width, height)
      if (pen === null) return
      const { from, to } = shownWindow.peek()
      if (from !== window.from || to !== window.to) shownWindow.value = window
      paintBars(pen, {
        table,
        rows,
        first,
        densityOf: (row) => densityOf(row, whole),
        offset: top - first * ROW_HEIGHT,
        rowHeight: ROW_HEIGHT,
        width,
        height,
        window,
        now,
        isLive,
        gridLines: ticks(window, width, whole.from, 90).moments,
        hovered: view.hovered.peek(),
        palette: palette.peek(),
      })
    }
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    return everyFrame(draw, calm ? 250 : 0)
  }, [view])
  return { canvas, window: shownWindow }
}
