// The pointer over the bars: it says which action is under it, chooses that by a click, and a stretch of time by a drag.

import { useSignal, type ReadonlySignal } from '@preact/signals'
import { momentAt } from '../../model/timeline/time-window.js'
import type { Size } from '../use-size.js'
import {
  usePointerRow,
  type PointerHandlers,
  type PointerRow,
  type PointerRowOptions,
} from './use-pointer-row.js'

/** A drag of fewer pixels is a click. */
const SHORTEST_DRAG = 5

/** What the pointer moves over. */
export interface BrushOptions extends PointerRowOptions {
  readonly trackSize: ReadonlySignal<Size>
}

/** The stretch that is being dragged, in pixels, the place of the pointer, and what the track listens by. */
export interface Brush {
  readonly stretch: { readonly left: number; readonly width: number } | undefined
  readonly pointer: PointerRow['pointer']
  readonly handlers: PointerHandlers
}

/** Has the pointer choose. */
export function useBrush({ trackSize, ...options }: BrushOptions): Brush {
  const { view } = options
  const { pointer, moved, clicked, left: onPointerLeave } = usePointerRow(options)
  const drag = useSignal<{ readonly from: number; readonly to: number } | undefined>(undefined)

  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || event.pointerType === 'touch') return
    const track = event.currentTarget as HTMLElement
    track.setPointerCapture(event.pointerId)
    const x = event.clientX - track.getBoundingClientRect().left
    drag.value = { from: x, to: x }
  }
  const onPointerMove = (event: PointerEvent): void => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const x = event.clientX - left
    if (drag.value !== undefined) drag.value = { from: drag.value.from, to: Math.max(0, Math.min(width, x)) }
    moved(event)
  }
  const onPointerUp = (event: PointerEvent): void => {
    const dragged = drag.value
    drag.value = undefined
    if (dragged === undefined) return
    const { left, width } = stretchOf(dragged)
    if (width < SHORTEST_DRAG) {
      clicked(event)
      return
    }
    const window = view.window(view.whole())
    const { width: all } = trackSize.peek()
    view.choose({ from: momentAt(window, all, left), to: momentAt(window, all, left + width) })
  }

  const stretch = drag.value && stretchOf(drag.value)
  return {
    stretch: stretch !== undefined && stretch.width >= SHORTEST_DRAG ? stretch : undefined,
    pointer,
    handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerLeave },
  }
}

function stretchOf({ from, to }: { readonly from: number; readonly to: number }): {
  readonly left: number
  readonly width: number
} {
  return { left: Math.min(from, to), width: Math.abs(to - from) }
}
