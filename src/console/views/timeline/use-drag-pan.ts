// The pointer over the lanes: it says which action is under it, chooses that by a click, and pans by a drag.

import type { ReadonlySignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { TimeWindow } from '../../model/timeline/time-window.js'
import type { Size } from '../use-size.js'
import {
  usePointerRow,
  type PointerHandlers,
  type PointerRow,
  type PointerRowOptions,
} from './use-pointer-row.js'

/** A drag of fewer pixels is a click. */
const SHORTEST_DRAG = 4

/** What the pointer moves over. */
export interface DragPanOptions extends PointerRowOptions {
  readonly trackSize: ReadonlySignal<Size>
}

/** The place of the pointer, and what the lanes listen by. */
export interface DragPan {
  readonly pointer: PointerRow['pointer']
  readonly handlers: PointerHandlers
}

/** Has the pointer choose and pan. */
export function useDragPan({ trackSize, ...options }: DragPanOptions): DragPan {
  const { view } = options
  const { pointer, moved, clicked, left: onPointerLeave } = usePointerRow(options)
  const held = useRef<{ readonly x: number; readonly window: TimeWindow; moved: boolean } | undefined>(
    undefined,
  )
  const onPointerDown = (event: PointerEvent): void => {
    const target = event.currentTarget as HTMLElement
    target.setPointerCapture(event.pointerId)
    held.current = { x: event.clientX, window: view.window(view.whole()), moved: false }
  }
  const onPointerMove = (event: PointerEvent): void => {
    moved(event)
    const drag = held.current
    if (drag === undefined) return
    const { x, window } = drag
    if (Math.abs(x - event.clientX) > SHORTEST_DRAG) drag.moved = true
    const { width } = trackSize.peek()
    if (drag.moved) view.panBy(window, ((x - event.clientX) / width) * (window.to - window.from))
  }
  const onPointerUp = (event: PointerEvent): void => {
    const isClick = held.current?.moved === false
    held.current = undefined
    if (isClick) clicked(event)
  }
  return { pointer, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerLeave } }
}
