// What ran where: a lane for each thread, each action a bar in it. Drawn on one canvas; the table beneath says the same in
// numbers, for who doesn't see it.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { NONE } from '../model/action-table.js'
import { everyFrame } from '../model/frames.js'
import type { RunView } from '../model/run-view.js'
import { showDuration } from '../model/show-duration.js'
import { showCounted } from '../model/show-number.js'
import { layOutThreads, type ThreadLane } from '../model/thread-lanes.js'
import { momentAt, ticks, zoom, type TimeWindow } from '../model/time-window.js'
import { Overview } from './overview.js'
import { hitLane, paintLanes, placeLanes, type LanePlace } from './paint-lanes.js'
import { palette } from './palette.js'
import { TimeAxis } from './time-axis.js'
import { TimeTip } from './time-tip.js'
import { penOf, useSize } from './use-size.js'

/** The lanes are laid out anew at most so often. */
const LAY_OUT_EVERY_MS = 400

/** The view by thread. */
export function ThreadView(props: {
  readonly view: RunView
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
}): JSX.Element {
  const { view, onSelect, selected } = props
  const { store } = view
  const [trackRef, trackSize] = useSize<HTMLDivElement>()
  const canvas = useRef<HTMLCanvasElement | null>(null)
  const lanes = useSignal<readonly ThreadLane[]>([])
  const places = useSignal<readonly LanePlace[]>([])
  const axisWindow = useSignal<TimeWindow>(view.window(view.whole()))
  const pointer = useSignal<{ x: number; y: number } | undefined>(undefined)
  const down = useRef<{ x: number; window: TimeWindow; moved: boolean } | undefined>(undefined)
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
      const target = canvas.current
      const { width } = trackSize.peek()
      if (target === null || width === 0) return
      const window = view.window(whole)
      const looks = [
        laidOut,
        width,
        window.from,
        window.to,
        now,
        view.hovered.peek(),
        selectedRow.current,
        palette.peek().text,
      ].join()
      if (looks === drawn) return
      drawn = looks
      if (axisWindow.peek().from !== window.from || axisWindow.peek().to !== window.to)
        axisWindow.value = window
      const last = places.peek().at(-1)
      const height = Math.max(1, last === undefined ? 1 : last.top + last.height)
      const pen = penOf(target, width, height)
      if (pen === null) return
      paintLanes(pen, {
        table,
        places: places.peek(),
        width,
        height,
        window,
        now,
        gridLines: ticks(window, width, whole.from, 90).moments,
        hovered: view.hovered.peek(),
        selected: selectedRow.current,
        palette: palette.peek(),
      })
    })
  }, [view])

  const rowUnder = (event: PointerEvent): number => {
    const bounds = canvas.current?.getBoundingClientRect()
    if (bounds === undefined) return NONE
    const window = view.window(view.whole())
    const table = store.table.peek()
    const at = momentAt(window, bounds.width, event.clientX - bounds.left)
    const slackMs = ((window.to - window.from) / bounds.width) * 2
    return hitLane(table, places.peek(), event.clientY - bounds.top, at, slackMs, store.clock.now())
  }

  useEffect(() => {
    const target = canvas.current
    if (target === null) return
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const bounds = target.getBoundingClientRect()
      const whole = view.whole()
      const window = view.window(whole)
      const around = momentAt(window, bounds.width, event.clientX - bounds.left)
      view.choose(zoom(window, whole, around, Math.exp(Math.max(-80, Math.min(80, event.deltaY)) * 0.006)))
    }
    target.addEventListener('wheel', onWheel, { passive: false })
    return () => target.removeEventListener('wheel', onWheel)
  }, [view])

  const whole = view.whole()
  const spanMs = Math.max(1, whole.to - whole.from)
  return (
    <section class="threads" aria-label="Threads">
      <Overview view={view} />
      <div class="threads-body" tabIndex={0} role="region" aria-label="What ran on each thread">
        <div class="threads-head">
          <span class="threads-label">Thread</span>
          <div class="threads-track" ref={trackRef}>
            <TimeAxis window={axisWindow} origin={view} width={trackSize} />
          </div>
        </div>
        {lanes.value.length === 0 ? (
          <p class="blank">Nothing has started on a thread yet.</p>
        ) : (
          <div class="threads-lanes">
            <ul class="threads-labels">
              {places.value.map(({ lane, height }) => (
                <li key={lane.thread} style={{ height: `${height}px` }}>
                  <strong>{lane.thread === 0 ? 'main' : lane.thread}</strong>
                  <span class="muted">
                    {Math.min(100, Math.round((lane.busyMs / spanMs) * 100))} % ·{' '}
                    {showCounted(lane.actions, 'action')}
                  </span>
                  <span class="visually-hidden">, busy for {showDuration(lane.busyMs)}</span>
                </li>
              ))}
            </ul>
            <canvas
              ref={canvas}
              aria-hidden="true"
              onPointerDown={(event) => {
                event.currentTarget.setPointerCapture(event.pointerId)
                down.current = { x: event.clientX, window: view.window(view.whole()), moved: false }
              }}
              onPointerMove={(event) => {
                view.hovered.value = rowUnder(event)
                pointer.value = { x: event.clientX, y: event.clientY }
                const held = down.current
                if (held === undefined) return
                const byMs =
                  ((held.x - event.clientX) / trackSize.peek().width) * (held.window.to - held.window.from)
                if (Math.abs(held.x - event.clientX) > 4) held.moved = true
                if (held.moved && view.chosen.peek() !== undefined) {
                  view.choose({ from: held.window.from + byMs, to: held.window.to + byMs })
                }
              }}
              onPointerUp={(event) => {
                const isClick = down.current?.moved === false
                down.current = undefined
                if (!isClick) return
                const row = rowUnder(event)
                if (row !== NONE) onSelect(store.table.peek().ids[row])
              }}
              onPointerLeave={() => {
                view.hovered.value = NONE
                pointer.value = undefined
              }}
              onDblClick={() => view.choose(undefined)}
            />
          </div>
        )}
      </div>
      <TimeTip view={view} pointer={pointer} />
    </section>
  )
}
