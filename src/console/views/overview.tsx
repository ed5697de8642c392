// The whole run at a glance, above the timeline: how many actions ran and how many were being aborted, and which stretch
// of it is shown below. Drag to choose a stretch, drag its middle or its edges to change it; the buttons do the same.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { measureDensity, type Density } from '../model/density.js'
import { everyFrame } from '../model/frames.js'
import type { RunView } from '../model/run-view.js'
import { momentAt, pixelOf, zoom, type TimeWindow } from '../model/time-window.js'
import { Icon } from './glyphs.js'
import { palette, type Palette } from './palette.js'
import { penOf, useSize } from './use-size.js'

const HEIGHT = 40
/** How often the curve is measured anew, in milliseconds; the view's edges follow at each frame. */
const MEASURE_EVERY_MS = 500
const EDGE_PIXELS = 6
const SLICE_PIXELS = 2

type Drag =
  | { readonly kind: 'new'; readonly start: number }
  | { readonly kind: 'move'; readonly grabbedAt: number; readonly window: TimeWindow }
  | { readonly kind: 'edge'; readonly edge: 'from' | 'to'; readonly window: TimeWindow }

/** The overview of a run. */
export function Overview({ view }: { view: RunView }): JSX.Element {
  const [ref, size] = useSize<HTMLDivElement>()
  const canvas = useRef<HTMLCanvasElement | null>(null)
  const drag = useRef<Drag | undefined>(undefined)
  const cursor = useSignal('crosshair')

  useEffect(() => {
    let density: Density | undefined
    let measuredAt = -Infinity
    let measured = ''
    let drawn = ''
    return everyFrame(() => {
      const target = canvas.current
      const { width } = size.peek()
      if (target === null || width === 0) return
      const table = view.store.table.peek()
      const whole = view.whole()
      const key = `${table.version},${width},${view.isLive() ? '' : 'ended'}`
      if (performance.now() - measuredAt > MEASURE_EVERY_MS && (key !== measured || view.isLive())) {
        measuredAt = performance.now()
        measured = key
        density = measureDensity(
          table,
          whole,
          Math.max(1, Math.ceil(width / SLICE_PIXELS)),
          view.store.clock.now(),
        )
        drawn = ''
      }
      const window = view.window(whole)
      const looks = `${measuredAt},${window.from - whole.from},${window.to - whole.to},${palette.peek().text}`
      if (density === undefined || looks === drawn) return
      drawn = looks
      const pen = penOf(target, width, HEIGHT)
      if (pen !== null) paint(pen, density, whole, view.chosen.peek() && window, width, palette.peek())
    })
  }, [view])

  const pixelIn = (event: PointerEvent): number =>
    event.clientX - (ref.current?.getBoundingClientRect().left ?? 0)

  const under = (x: number): Drag => {
    const whole = view.whole()
    const { width } = size.peek()
    const chosen = view.chosen.peek()
    if (chosen !== undefined) {
      const window = view.window(whole)
      const left = pixelOf(whole, width, window.from)
      const right = pixelOf(whole, width, window.to)
      if (Math.abs(x - left) <= EDGE_PIXELS) return { kind: 'edge', edge: 'from', window }
      if (Math.abs(x - right) <= EDGE_PIXELS) return { kind: 'edge', edge: 'to', window }
      if (x > left && x < right) return { kind: 'move', grabbedAt: momentAt(whole, width, x), window }
    }
    return { kind: 'new', start: momentAt(whole, width, x) }
  }

  const onPointerMove = (event: PointerEvent): void => {
    const x = pixelIn(event)
    const held = drag.current
    if (held === undefined) {
      const { kind } = under(x)
      cursor.value = kind === 'edge' ? 'ew-resize' : kind === 'move' ? 'grab' : 'crosshair'
      return
    }
    const at = momentAt(view.whole(), size.peek().width, x)
    switch (held.kind) {
      case 'new':
        if (Math.abs(at - held.start) > 0.1)
          view.choose({ from: Math.min(at, held.start), to: Math.max(at, held.start) })
        break
      case 'move': {
        const by = at - held.grabbedAt
        view.choose({ from: held.window.from + by, to: held.window.to + by })
        break
      }
      case 'edge': {
        const other = held.edge === 'from' ? held.window.to : held.window.from
        if (Math.abs(at - other) > 0.1) view.choose({ from: Math.min(at, other), to: Math.max(at, other) })
        break
      }
    }
  }

  const zoomBy = (factor: number): void => {
    const whole = view.whole()
    const window = view.window(whole)
    view.choose(zoom(window, whole, (window.from + window.to) / 2, factor))
  }
  const isChosen = view.chosen.value !== undefined
  const { revision } = view.store
  void revision.value
  const isLive = view.isLive()
  return (
    <div class="overview-line">
      <div class="overview-buttons">
        <button
          type="button"
          class="plain icon-only"
          title="Zoom in (+)"
          aria-label="Zoom in"
          onClick={() => zoomBy(0.5)}
        >
          <Icon name="closer" />
        </button>
        <button
          type="button"
          class="plain icon-only"
          title="Zoom out (−)"
          aria-label="Zoom out"
          onClick={() => zoomBy(2)}
        >
          <Icon name="further" />
        </button>
        <button
          type="button"
          class="plain icon-only"
          title="Show the whole run (0)"
          aria-label="Show the whole run"
          disabled={!isChosen}
          onClick={() => view.choose(undefined)}
        >
          <Icon name="fit" />
        </button>
        <FollowButton view={view} isLive={isLive} />
      </div>
      <div
        ref={ref}
        class="overview"
        style={{ cursor: cursor.value }}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.current = under(pixelIn(event))
        }}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          drag.current = undefined
        }}
        onDblClick={() => view.choose(undefined)}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </div>
    </div>
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
      onClick={() => toggleFollowing(view)}
    >
      <Icon name="follow" />
    </button>
  )
}

/** Follows, or stands still. */
export function toggleFollowing(view: RunView): void {
  if (view.follows.peek()) {
    view.choose(view.window(view.whole()))
    return
  }
  if (view.chosen.peek() === undefined) {
    const whole = view.whole()
    const length = Math.max(1, Math.min(whole.to - whole.from, Math.max(5000, (whole.to - whole.from) / 4)))
    view.choose({ from: whole.to - length, to: whole.to })
  }
  view.follows.value = true
}

function paint(
  pen: CanvasRenderingContext2D,
  { running, aborting, peak }: Density,
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
  const most = `${peak < 10 ? Number(peak.toFixed(1)) : Math.round(peak)} at once`
  pen.globalAlpha = 0.85
  pen.fillStyle = colours.surface
  pen.fillRect(0, 0, pen.measureText(most).width + 10, 15)
  pen.globalAlpha = 1
  pen.fillStyle = colours.textMuted
  pen.fillText(most, 5, 2)
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
