// The whole run at a glance, above the timeline: how many actions ran and how many were being aborted, and which stretch
// of it is shown below. Drag to choose a stretch, drag its middle or its edges to change it; the buttons do the same.

import { useSignal, type ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { measureDensity, mostAtOnce, type Density } from '../../model/timeline/density.js'
import { everyFrame } from '../../model/frames.js'
import type { RunView } from '../../model/runs/run-view.js'
import { showCount } from '../../model/words/show-number.js'
import { momentAt, pixelOf, type TimeWindow } from '../../model/timeline/time-window.js'
import { Icon } from '../glyphs.js'
import { palette, type Palette } from '../palette.js'
import { penOf, useSize, type Size } from '../use-size.js'

const HEIGHT = 40
/** How often the curve is measured anew, in milliseconds; the view's edges follow at each frame. */
const MEASURE_EVERY_MS = 500
/** How many times as long as it took to count the most at once passes before it is counted anew. */
const REST = 20
const EDGE_PIXELS = 6
const SLICE_PIXELS = 2

type Drag =
  | { readonly kind: 'new'; readonly start: number }
  | { readonly kind: 'move'; readonly grabbedAt: number; readonly window: TimeWindow }
  | { readonly kind: 'edge'; readonly edge: 'from' | 'to'; readonly window: TimeWindow }

const CURSORS: Readonly<Record<Drag['kind'], string>> = { new: 'crosshair', move: 'grab', edge: 'ew-resize' }

/** The overview of a run. */
export function Overview({ view }: { view: RunView }): JSX.Element {
  const [ref, size] = useSize<HTMLDivElement>()
  const canvas = useDensity(view, size)
  const { cursor, handlers } = useStretchDrag(view, ref, size)
  return (
    <div class="overview-line">
      <OverviewButtons view={view} />
      <div
        ref={ref}
        class="overview"
        style={{ cursor: cursor.value }}
        {...handlers}
        onDblClick={() => view.choose(undefined)}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </div>
    </div>
  )
}

/** Has the curve measured and drawn; gives what it is drawn on. */
function useDensity(view: RunView, size: ReadonlySignal<Size>): { current: HTMLCanvasElement | null } {
  const canvas = useRef<HTMLCanvasElement | null>(null)
  useEffect(() => {
    let density: Density | undefined
    let most = 0
    let countAgainAt = -Infinity
    let measuredAt = -Infinity
    let measured = ''
    let drawn = ''
    return everyFrame(() => {
      const { width } = size.peek()
      if (canvas.current === null || width === 0) return
      const table = view.store.table.peek()
      const whole = view.whole()
      const key = `${table.version},${width},${view.isLive() ? '' : 'ended'}`
      if (performance.now() - measuredAt > MEASURE_EVERY_MS && (key !== measured || view.isLive())) {
        measuredAt = performance.now()
        measured = key
        const slices = Math.max(1, Math.ceil(width / SLICE_PIXELS))
        density = measureDensity(table, whole, slices, view.store.clock.now())
        if (measuredAt >= countAgainAt || !view.isLive()) {
          most = mostAtOnce(table, view.store.clock.now())
          countAgainAt = measuredAt + REST * (performance.now() - measuredAt)
        }
        drawn = ''
      }
      // All of it needs no edges, and goes on growing: nothing is drawn anew for that alone.
      const window = view.chosen.peek() && view.window(whole)
      const edges = window && `${window.from - whole.from},${window.to - whole.to}`
      const looks = `${measuredAt},${edges},${palette.peek().text}`
      if (density === undefined || looks === drawn) return
      drawn = looks
      const pen = penOf(canvas.current, width, HEIGHT)
      if (pen !== null) paint(pen, density, most, whole, window, width, palette.peek())
    })
  }, [view])
  return canvas
}

/** Has a drag choose a stretch of time, or change the one that is chosen; says which pointer belongs there. */
function useStretchDrag(
  view: RunView,
  ref: { readonly current: HTMLElement | null },
  size: ReadonlySignal<Size>,
): {
  readonly cursor: ReadonlySignal<string>
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent) => void
    readonly onPointerMove: (event: PointerEvent) => void
    readonly onPointerUp: () => void
  }
} {
  const drag = useRef<Drag | undefined>(undefined)
  const cursor = useSignal('crosshair')
  const pixelIn = (event: PointerEvent): number =>
    event.clientX - (ref.current?.getBoundingClientRect().left ?? 0)
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return
    const target = event.currentTarget as HTMLElement
    target.setPointerCapture(event.pointerId)
    drag.current = dragAt(view, size.peek().width, pixelIn(event))
  }
  const onPointerMove = (event: PointerEvent): void => {
    const x = pixelIn(event)
    const { width } = size.peek()
    if (drag.current !== undefined) dragTo(view, drag.current, momentAt(view.whole(), width, x))
    else cursor.value = CURSORS[dragAt(view, width, x).kind]
  }
  const onPointerUp = (): void => {
    drag.current = undefined
  }
  return { cursor, handlers: { onPointerDown, onPointerMove, onPointerUp } }
}

/** What a drag from there would do. */
function dragAt(view: RunView, width: number, x: number): Drag {
  const whole = view.whole()
  if (view.chosen.peek() !== undefined) {
    const window = view.window(whole)
    const left = pixelOf(whole, width, window.from)
    const right = pixelOf(whole, width, window.to)
    if (Math.abs(x - left) <= EDGE_PIXELS) return { kind: 'edge', edge: 'from', window }
    if (Math.abs(x - right) <= EDGE_PIXELS) return { kind: 'edge', edge: 'to', window }
    if (x > left && x < right) return { kind: 'move', grabbedAt: momentAt(whole, width, x), window }
  }
  return { kind: 'new', start: momentAt(whole, width, x) }
}

/** Chooses what has been dragged to a moment. */
function dragTo(view: RunView, drag: Drag, at: number): void {
  if (drag.kind === 'move') {
    const by = at - drag.grabbedAt
    view.choose({ from: drag.window.from + by, to: drag.window.to + by })
    return
  }
  const other = drag.kind === 'new' ? drag.start : drag.edge === 'from' ? drag.window.to : drag.window.from
  if (Math.abs(at - other) > 0.1) view.choose({ from: Math.min(at, other), to: Math.max(at, other) })
}

/** The same by buttons. */
function OverviewButtons({ view }: { view: RunView }): JSX.Element {
  void view.store.revision.value
  return (
    <div class="overview-buttons">
      <TimeButton icon="closer" label="Zoom in" keyName="+" onClick={() => view.zoomBy(0.5)} />
      <TimeButton icon="further" label="Zoom out" keyName="−" onClick={() => view.zoomBy(2)} />
      <TimeButton
        icon="fit"
        label="Show the whole run"
        keyName="0"
        isDisabled={view.chosen.value === undefined}
        onClick={() => view.choose(undefined)}
      />
      <FollowButton view={view} isLive={view.isLive()} />
    </div>
  )
}

function TimeButton(props: {
  readonly icon: 'closer' | 'further' | 'fit'
  readonly label: string
  /** The key that does the same. */
  readonly keyName: string
  readonly isDisabled?: boolean
  readonly onClick: () => void
}): JSX.Element {
  return (
    <button
      type="button"
      class="plain icon-only"
      title={`${props.label} (${props.keyName})`}
      aria-label={props.label}
      disabled={props.isDisabled === true}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  )
}

/** Follows what happens now, with a window of steady length. */
function FollowButton({ view, isLive }: { view: RunView; isLive: boolean }): JSX.Element {
  return (
    <button
      type="button"
      class="plain icon-only toggle"
      title="Follow live (F): the end of the timeline stays at now"
      aria-label="Follow live"
      aria-pressed={view.follows.value && isLive}
      disabled={!isLive}
      onClick={() => view.toggleFollowing()}
    >
      <Icon name="follow" />
    </button>
  )
}

function paint(
  pen: CanvasRenderingContext2D,
  { running, aborting, peak }: Density,
  /** At once. */
  most: number,
  whole: TimeWindow,
  window: TimeWindow | undefined,
  width: number,
  colours: Palette,
): void {
  pen.clearRect(0, 0, width, HEIGHT)
  const base = HEIGHT - 1
  const scale = (HEIGHT - 8) / peak
  const step = SLICE_PIXELS
  for (let slice = 0; slice < running.length; slice += 1) {
    const work = running[slice]! * scale
    const stopping = aborting[slice]! * scale
    if (work > 0) {
      pen.fillStyle = colours.phases[1]!
      pen.globalAlpha = 0.75
      pen.fillRect(slice * step, base - Math.max(0.75, work), step, Math.max(0.75, work))
    }
    if (stopping > 0) {
      pen.fillStyle = colours.phases[2]!
      pen.globalAlpha = 1
      pen.fillRect(slice * step, base - work - Math.max(0.75, stopping), step, Math.max(0.75, stopping))
    }
  }
  pen.globalAlpha = 1
  pen.font = colours.font
  pen.textBaseline = 'top'
  const words = `${showCount(most)} at once at most`
  pen.globalAlpha = 0.85
  pen.fillStyle = colours.surface
  pen.fillRect(0, 0, pen.measureText(words).width + 10, 15)
  pen.globalAlpha = 1
  pen.fillStyle = colours.textMuted
  pen.fillText(words, 5, 2)
  if (window === undefined) return
  const left = pixelOf(whole, width, window.from)
  const right = pixelOf(whole, width, window.to)
  pen.fillStyle = colours.surface
  pen.globalAlpha = 0.68
  pen.fillRect(0, 0, Math.max(0, left), HEIGHT)
  pen.fillRect(right, 0, Math.max(0, width - right), HEIGHT)
  pen.globalAlpha = 1
  pen.strokeStyle = colours.accent
  pen.strokeRect(left + 0.5, 0.5, Math.max(2, right - left - 1), HEIGHT - 1)
  pen.fillStyle = colours.accent
  pen.fillRect(left - 1, HEIGHT / 2 - 7, 3, 14)
  pen.fillRect(right - 2, HEIGHT / 2 - 7, 3, 14)
}
