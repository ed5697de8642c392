// The tree and its timeline in one table. Only the rows in sight exist, as elements that a screen reader and the keyboard
// find, and their bars are drawn on one canvas behind them; both are placed by the same scroll position, in the same
// frame, so that they never come apart.

import { useSignal, useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { NONE } from '../model/action-table.js'
import type { AbortTarget } from '../model/abort-target.js'
import { everyFrame } from '../model/frames.js'
import type { RunView } from '../model/run-view.js'
import { momentAt, ticks, zoom, type TimeWindow } from '../model/time-window.js'
import { Overview } from './overview.js'
import { palette } from './palette.js'
import { paintBars } from './paint-bars.js'
import { TimeAxis } from './time-axis.js'
import { TimeTip } from './time-tip.js'
import { TreeRow } from './tree-row.js'
import { penOf, useSize } from './use-size.js'
import { useTreeKeys } from './tree-keys.js'

const ROW_HEIGHT = 26
const HEAD_HEIGHT = 28
const WORDS_EVERY_MS = 1000

/** What the timeline needs of the page around it. */
export interface TimelineProps {
  readonly view: RunView
  /** Id of the action whose panel is open. */
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}

/** The tree with its timeline. */
export function Timeline(props: TimelineProps): JSX.Element {
  const { view, selected, onSelect, onAbort } = props
  const { store } = view
  const [gridRef, size] = useSize<HTMLDivElement>()
  const [trackRef, trackSize] = useSize<HTMLDivElement>()
  const canvasRef = useRef<HTMLCanvasElement | null>(null)
  const scrollTop = useSignal(0)
  const brush = useSignal<{ from: number; to: number } | undefined>(undefined)
  const pointer = useSignal<{ x: number; y: number } | undefined>(undefined)
  const axisWindow = useSignal<TimeWindow>(view.window(view.whole()))

  // What the rows say in words counts up and down, too.
  const beat = useSignal(0)
  useEffect(() => {
    const timer = setInterval(() => {
      if (view.isLive()) beat.value += 1
    }, WORDS_EVERY_MS)
    return () => clearInterval(timer)
  }, [view])

  void beat.value
  void store.revision.value
  const table = store.table.value
  const { rows } = view.shown.value
  const marked = view.marked.value
  const collapsed = view.collapsed.value
  const current = view.current.value
  const bodyHeight = Math.max(0, size.value.height - HEAD_HEIGHT)
  const first = Math.min(Math.max(0, rows.length - 1), Math.floor(scrollTop.value / ROW_HEIGHT))
  const offset = scrollTop.value - first * ROW_HEIGHT
  const inSight = Math.min(rows.length - first, Math.ceil((bodyHeight + offset) / ROW_HEIGHT) + 1)

  useEffect(() => {
    let drawn = ''
    const draw = (): void => {
      const canvas = canvasRef.current
      if (canvas === null) return
      const currentTable = store.table.peek()
      const shown = view.shown.peek().rows
      const whole = view.whole()
      const window = view.window(whole)
      const { width } = trackSize.peek()
      const height = Math.max(0, size.peek().height - HEAD_HEIGHT)
      const top = scrollTop.peek()
      const firstRow = Math.floor(top / ROW_HEIGHT)
      const now = view.isLive() ? store.clock.now() : whole.to
      const key = [currentTable.version, shown.length, top, width, height, window.from, window.to, now].join()
      const looks = `${key},${view.hovered.peek()},${palette.peek().text},${devicePixelRatio}`
      if (looks === drawn) return
      drawn = looks
      const pen = penOf(canvas, width, height)
      if (pen === null) return
      const { from, to } = axisWindow.peek()
      if (from !== window.from || to !== window.to) axisWindow.value = window
      paintBars(pen, {
        table: currentTable,
        rows: shown,
        first: firstRow,
        offset: top - firstRow * ROW_HEIGHT,
        rowHeight: ROW_HEIGHT,
        width,
        height,
        window,
        now,
        isLive: view.isLive(),
        gridLines: ticks(window, width, whole.from, 90).moments,
        hovered: view.hovered.peek(),
        palette: palette.peek(),
      })
    }
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    return everyFrame(draw, calm ? 250 : 0)
  }, [view])

  const scrollTo = (index: number): void => {
    const grid = gridRef.current
    if (grid === null) return
    const top = index * ROW_HEIGHT
    const visible = grid.clientHeight - HEAD_HEIGHT
    if (top < grid.scrollTop) grid.scrollTop = top
    else if (top + ROW_HEIGHT > grid.scrollTop + visible) grid.scrollTop = top + ROW_HEIGHT - visible
  }

  // A link to an action brings its row into sight, once there are rows.
  const shownFor = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (selected === undefined || rows.length === 0 || shownFor.current === selected) return
    const index = rows.indexOf(table.rowOf(selected))
    if (index !== -1) {
      shownFor.current = selected
      view.current.value = selected
      scrollTo(index)
    }
  }, [selected, rows.length])

  const onKeyDown = useTreeKeys({ ...props, rowsInSight: Math.max(1, inSight - 2), scrollTo })

  // With the wheel: sideways pans, with ctrl zooms; passive listeners couldn't keep the page from doing so itself.
  useEffect(() => {
    const track = trackRef.current
    const grid = gridRef.current
    if (track === null || grid === null) return
    const onWheel = (event: WheelEvent): void => {
      const sideways = event.shiftKey ? event.deltaY : event.deltaX
      const zooms = event.ctrlKey || event.metaKey
      if (!zooms && Math.abs(sideways) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return
      event.preventDefault()
      const whole = view.whole()
      const window = view.window(whole)
      const bounds = track.getBoundingClientRect()
      if (zooms) {
        const around = momentAt(window, bounds.width, event.clientX - bounds.left)
        view.choose(zoom(window, whole, around, Math.exp(Math.max(-80, Math.min(80, event.deltaY)) * 0.006)))
      } else if (view.chosen.peek() !== undefined) {
        const byMs = (sideways / bounds.width) * (window.to - window.from)
        view.choose({ from: window.from + byMs, to: window.to + byMs })
      }
    }
    grid.addEventListener('wheel', onWheel, { passive: false })
    return () => grid.removeEventListener('wheel', onWheel)
  }, [view])

  const rowUnder = (event: PointerEvent): number => {
    const pane = canvasRef.current
    if (pane === null) return NONE
    const y = event.clientY - pane.getBoundingClientRect().top + scrollTop.peek()
    return view.shown.peek().rows[Math.floor(y / ROW_HEIGHT)] ?? NONE
  }

  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || event.pointerType === 'touch') return
    const track = event.currentTarget as HTMLElement
    track.setPointerCapture(event.pointerId)
    const x = event.clientX - track.getBoundingClientRect().left
    brush.value = { from: x, to: x }
  }
  const onPointerMove = (event: PointerEvent): void => {
    const track = event.currentTarget as HTMLElement
    const bounds = track.getBoundingClientRect()
    const x = event.clientX - bounds.left
    if (brush.value !== undefined)
      brush.value = { from: brush.value.from, to: Math.max(0, Math.min(bounds.width, x)) }
    view.hovered.value = rowUnder(event)
    pointer.value = { x: event.clientX, y: event.clientY }
  }
  const onPointerUp = (event: PointerEvent): void => {
    const stretch = brush.value
    brush.value = undefined
    if (stretch === undefined) return
    if (Math.abs(stretch.to - stretch.from) < 5) {
      const row = rowUnder(event)
      if (row !== NONE) onSelect(store.table.peek().ids[row])
      return
    }
    const window = view.window(view.whole())
    const { width } = trackSize.peek()
    view.choose({
      from: momentAt(window, width, Math.min(stretch.from, stretch.to)),
      to: momentAt(window, width, Math.max(stretch.from, stretch.to)),
    })
  }

  useSignalEffect(() => {
    // Fewer rows than before, by a filter: the scroll position may be beyond them.
    const last = Math.max(0, view.shown.value.rows.length * ROW_HEIGHT - bodyHeight)
    if (scrollTop.peek() > last) scrollTop.value = last
  })

  const liveMarks = [...marked].length
  return (
    <section class="timeline" aria-label="Actions">
      <Overview view={view} />
      <div
        ref={gridRef}
        class="grid"
        role="treegrid"
        tabIndex={0}
        aria-label={`Tree of actions, ${rows.length} rows`}
        aria-rowcount={rows.length + 1}
        aria-multiselectable="true"
        {...(current !== undefined && { 'aria-activedescendant': rowElementId(current) })}
        onKeyDown={onKeyDown}
        onScroll={(event) => {
          scrollTop.value = Math.max(0, event.currentTarget.scrollTop)
        }}
        data-marks={liveMarks}
      >
        <div class="grid-head" role="rowgroup">
          <div role="row" class="row-line" aria-rowindex={1}>
            <div role="columnheader" class="cell-tree">
              Action
            </div>
            <div role="columnheader" class="cell-time" ref={trackRef}>
              <span class="visually-hidden">When it was queued, ran and ended</span>
              <TimeAxis window={axisWindow} origin={view} width={trackSize} />
            </div>
          </div>
        </div>
        {rows.length === 0 && (
          <div class="grid-empty" role="presentation">
            <p class="blank">No action matches the filter.</p>
          </div>
        )}
        <Spacer height={Math.max(rows.length * ROW_HEIGHT, bodyHeight)}>
          <div class="pane" role="rowgroup" style={{ height: `${bodyHeight}px` }}>
            <div role="presentation" style={{ transform: `translateY(${-offset}px)` }}>
              {Array.from({ length: inSight }, (_, index) => {
                const row = rows[first + index]!
                const id = table.ids[row]!
                return (
                  <TreeRow
                    key={id}
                    elementId={rowElementId(id)}
                    table={table}
                    row={row}
                    index={first + index}
                    now={store.clock.now()}
                    isCollapsed={collapsed.has(id)}
                    isMarked={marked.has(id)}
                    isSelected={id === selected}
                    isCurrent={id === current}
                    onSelect={onSelect}
                    onToggle={(isCollapsed) => view.toggle(id, isCollapsed)}
                    onMark={(isMarked, extends_) => markRange(view, first + index, isMarked, extends_)}
                    onAbort={onAbort}
                  />
                )
              })}
            </div>
            <div
              class="track"
              role="presentation"
              onPointerDown={onPointerDown}
              onPointerMove={onPointerMove}
              onPointerUp={onPointerUp}
              onPointerLeave={() => {
                view.hovered.value = NONE
                pointer.value = undefined
              }}
              onDblClick={() => view.choose(undefined)}
            >
              <canvas ref={canvasRef} class="bars" aria-hidden="true" />
              {brush.value !== undefined && Math.abs(brush.value.to - brush.value.from) >= 5 && (
                <div
                  class="brush"
                  style={{
                    left: `${Math.min(brush.value.from, brush.value.to)}px`,
                    width: `${Math.abs(brush.value.to - brush.value.from)}px`,
                  }}
                />
              )}
            </div>
          </div>
        </Spacer>
      </div>
      <TimeTip view={view} pointer={pointer} />
    </section>
  )
}

function Spacer({ height, children }: { height: number; children: JSX.Element }): JSX.Element {
  return (
    <div role="presentation" class="spacer" style={{ height: `${height}px` }}>
      {children}
    </div>
  )
}

/** Marks a row; with shift, all shown rows from the one marked last. */
function markRange(view: RunView, index: number, isMarked: boolean, extendsRange: boolean): void {
  const table = view.store.table.peek()
  const { rows } = view.shown.peek()
  const last = lastMarked.get(view) ?? index
  lastMarked.set(view, index)
  const [from, to] = extendsRange ? [Math.min(last, index), Math.max(last, index)] : [index, index]
  view.mark(
    Array.from(rows.subarray(from, to + 1), (row) => table.ids[row]!),
    isMarked,
  )
}

const lastMarked = new WeakMap<RunView, number>()

function rowElementId(id: string): string {
  return `row-${id}`
}
