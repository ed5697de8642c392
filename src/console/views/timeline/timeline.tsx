// The tree and its timeline in one table. Only the rows in sight exist, as elements that a screen reader and the keyboard
// find, and their bars are drawn on one canvas behind them; both are placed by the same scroll position, in the same
// frame, so that they never come apart.

import { useSignal, useSignalEffect, type Signal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { NONE, type ActionTable } from '../../model/runs/action-table.js'
import type { RunView } from '../../model/runs/run-view.js'
import { groupOf } from '../../model/runs/tree-rows.js'
import { GroupRow } from './group-row.js'
import { Overview } from './overview.js'
import { HEAD_HEIGHT, ROW_HEIGHT, rowsInSight, type RowsInSight } from './row-geometry.js'
import { TimeAxis } from './time-axis.js'
import { TimeTip } from './time-tip.js'
import { useTreeKeys, type TreeProps } from './tree-keys.js'
import { TreeRow } from './tree-row.js'
import { useBars } from './use-bars.js'
import { useBrush } from './use-brush.js'
import { useRowSlots } from './use-row-slots.js'
import { useSize } from '../use-size.js'
import { useWheelZoom } from './use-wheel-zoom.js'

const WORDS_EVERY_MS = 1000

/** The tree with its timeline. */
export function Timeline(props: TreeProps): JSX.Element {
  const { view, onSelect } = props
  const [gridRef, gridSize] = useSize<HTMLDivElement>()
  const [trackRef, trackSize] = useSize<HTMLDivElement>()
  const scrollTop = useSignal(0)
  useBeat(view)
  const bars = useBars({ view, scrollTop, gridSize, trackSize })
  useWheelZoom({ view, area: gridRef, track: trackRef, pans: true })

  void view.store.revision.value
  const table = view.store.table.value
  const { rows } = view.shown.value
  const current = view.current.value
  const bodyHeight = Math.max(0, gridSize.value.height - HEAD_HEIGHT)
  const inSight = rowsInSight(rows.length, scrollTop.value, bodyHeight)

  const scrollTo = (index: number): void => {
    const grid = gridRef.current
    if (grid === null) return
    const top = index * ROW_HEIGHT
    const visible = grid.clientHeight - HEAD_HEIGHT
    if (top < grid.scrollTop) grid.scrollTop = top
    else if (top + ROW_HEIGHT > grid.scrollTop + visible) grid.scrollTop = top + ROW_HEIGHT - visible
  }
  useSelectedInSight(props, rows, scrollTo)
  useScrollWithinRows(view, scrollTop, bodyHeight)
  const onKeyDown = useTreeKeys({ ...props, rowsInSight: Math.max(1, inSight.count - 2), scrollTo })

  const rowUnder = (event: PointerEvent): number => {
    const pane = bars.canvas.current
    if (pane === null) return NONE
    const y = event.clientY - pane.getBoundingClientRect().top + scrollTop.peek()
    return Math.max(NONE, view.shown.peek().rows[Math.floor(y / ROW_HEIGHT)] ?? NONE)
  }
  const { stretch, pointer, handlers } = useBrush({ view, trackSize, rowUnder, onSelect })

  return (
    <section class="timeline" aria-label="Actions">
      <Overview view={view} />
      <div
        ref={gridRef}
        id="actions"
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
        data-marks={view.marked.value.size}
      >
        <GridHead>
          <div role="columnheader" class="cell-time" ref={trackRef}>
            <span class="visually-hidden">When it was queued, ran and ended</span>
            <TimeAxis window={bars.window} origin={view} width={trackSize} />
          </div>
        </GridHead>
        {rows.length === 0 && (
          <div class="grid-empty" role="presentation">
            <p class="blank">No action matches the filter.</p>
          </div>
        )}
        <Spacer height={Math.max(rows.length * ROW_HEIGHT, bodyHeight)}>
          <div class="pane" role="rowgroup" style={{ height: `${bodyHeight}px` }}>
            <Rows {...props} table={table} rows={rows} inSight={inSight} />
            <div class="track" role="presentation" {...handlers} onDblClick={() => view.choose(undefined)}>
              <canvas ref={bars.canvas} class="bars" aria-hidden="true" />
              {stretch !== undefined && (
                <div class="brush" style={{ left: `${stretch.left}px`, width: `${stretch.width}px` }} />
              )}
            </div>
          </div>
        </Spacer>
      </div>
      <TimeTip view={view} pointer={pointer} />
    </section>
  )
}

/** What the rows say in words counts up and down, too: they are made anew now and then. */
function useBeat(view: RunView): void {
  const beat = useSignal(0)
  useEffect(() => {
    const timer = setInterval(() => {
      if (view.isLive()) beat.value += 1
    }, WORDS_EVERY_MS)
    return () => clearInterval(timer)
  }, [view])
  void beat.value
}

/** A link to an action brings its row into sight, once there are rows. */
function useSelectedInSight(
  { view, selected }: TreeProps,
  rows: Int32Array,
  scrollTo: (index: number) => void,
): void {
  const shownFor = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (selected === undefined || rows.length === 0 || shownFor.current === selected) return
    const row = view.store.table.peek().rowOf(selected)
    const index = row === NONE ? -1 : rows.indexOf(row)
    if (index === -1) view.reveal(row)
    else {
      shownFor.current = selected
      view.current.value = selected
      scrollTo(index)
    }
  }, [selected, rows.length])
}

/** With fewer rows than before, by a filter, the scroll position may be beyond them. */
function useScrollWithinRows(view: RunView, scrollTop: Signal<number>, bodyHeight: number): void {
  useSignalEffect(() => {
    const last = Math.max(0, view.shown.value.rows.length * ROW_HEIGHT - bodyHeight)
    if (scrollTop.peek() > last) scrollTop.value = last
  })
}

function GridHead({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <div class="grid-head" role="rowgroup">
      <div role="row" class="row-line" aria-rowindex={1}>
        <div role="columnheader" class="cell-tree">
          Action
        </div>
        {children}
      </div>
    </div>
  )
}

function Spacer({ height, children }: { height: number; children: JSX.Element }): JSX.Element {
  return (
    <div role="presentation" class="spacer" style={{ height: `${height}px` }}>
      {children}
    </div>
  )
}

/** The rows in sight. */
function Rows(
  props: TreeProps & {
    readonly table: ActionTable
    readonly rows: Int32Array
    readonly inSight: RowsInSight
  },
): JSX.Element {
  const { view, selected, onSelect, onAbort, table, rows, inSight } = props
  const marked = view.marked.value
  const collapsed = view.collapsed.value
  const current = view.current.value
  const { first, offset, count } = inSight
  const elementIds = Array.from(rows.subarray(first, first + count), (row) => rowElementId(view.idOf(row)))
  const slots = useRowSlots()(elementIds)
  return (
    <div role="presentation" style={{ transform: `translateY(${-offset}px)` }}>
      {Array.from({ length: count }, (_, index) => {
        const row = rows[first + index]!
        const group = groupOf(view.shown.value, row)
        if (group !== undefined) {
          return (
            <GroupRow
              key={group.key}
              elementId={elementIds[index]!}
              name={group.name}
              size={group.rows.length}
              facts={view.factsOf(group)}
              liveNow={() => view.factsOf(group, true).live}
              depth={table.depth[group.parent]! + 1}
              index={first + index}
              isOpen={view.openGroups.value.has(group.key)}
              isCurrent={group.key === current}
              onToggle={() => view.toggleGroup(group.key)}
              onAbort={onAbort}
            />
          )
        }
        const id = table.ids[row]!
        return (
          <TreeRow
            key={slots[index]}
            elementId={elementIds[index]!}
            table={table}
            row={row}
            index={first + index}
            now={view.store.clock.now()}
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
    Array.from(rows.subarray(from, to + 1))
      .filter((row) => row > NONE && (!isMarked || !table.hasEnded(row)))
      .map((row) => table.ids[row]!),
    isMarked,
  )
}

const lastMarked = new WeakMap<RunView, number>()

function rowElementId(id: string): string {
  return `row-${id}`
}
