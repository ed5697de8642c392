// The line between two parts of the page, by which one of them is made wider: dragged, or moved by the arrow keys.

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { PaneBounds, PaneWidth } from '../model/pane-width.js'

/** By how much an arrow key moves it, in CSS pixels; with Shift, more. */
const STEP = 16
const LARGE_STEP = 64

/** A separator. */
export function Separator(props: {
  readonly width: PaneWidth
  readonly bounds: PaneBounds
  /** Which side of it the part is on that has this width. */
  readonly side: 'left' | 'right'
  /** What that part is. */
  readonly label: string
  /** The id of its element. */
  readonly controls: string
}): JSX.Element {
  const { width, bounds, side } = props
  const now = width.within(bounds)
  const grabbed = useRef<{ readonly x: number; readonly width: number } | undefined>(undefined)
  const outwards = side === 'left' ? 1 : -1
  const widen = (from: number, by: number): void =>
    width.choose(Math.round(Math.min(bounds.most, Math.max(bounds.least, from + by * outwards))))
  const release = (): void => {
    grabbed.current = undefined
  }
  return (
    <div
      class={`separator ${side}`}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={`Width of ${props.label}`}
      aria-controls={props.controls}
      aria-valuenow={now}
      aria-valuemin={bounds.least}
      aria-valuemax={bounds.most}
      aria-valuetext={`${now} pixels`}
      title="Drag, or press the arrow keys; Enter or a double click: as it was"
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        grabbed.current = { x: event.clientX, width: now }
      }}
      onPointerMove={(event) => {
        const from = grabbed.current
        if (from !== undefined) widen(from.width, event.clientX - from.x)
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onDblClick={() => width.choose(undefined)}
      onKeyDown={(event) => {
        const step = event.shiftKey ? LARGE_STEP : STEP
        switch (event.key) {
          case 'ArrowLeft':
            widen(now, -step)
            break
          case 'ArrowRight':
            widen(now, step)
            break
          case 'Home':
            width.choose(bounds.least)
            break
          case 'End':
            width.choose(bounds.most)
            break
          case 'Enter':
            width.choose(undefined)
            break
          default:
            return
        }
        event.preventDefault()
        event.stopPropagation()
      }}
    />
  )
}
