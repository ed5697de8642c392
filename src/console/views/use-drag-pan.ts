// The pointer over the lanes: it says which action is under it, chooses that by a click, and pans by a drag.

import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { NONE } from '../model/action-table.js'
import type { RunView } from '../model/run-view.js'
import type { TimeWindow } from '../model/time-window.js'
import type { Size } from './use-size.js'

/** A drag of fewer pixels is a click. */
const SHORTEST_DRAG = 4

/** What the pointer moves over. */
export interface DragPanOptions {
  readonly view: RunView
  readonly trackSize: ReadonlySignal<Size>
  /** The row under the pointer, or `NONE`. */
  readonly rowUnder: (event: PointerEvent) => number
  readonly onSelect: (id: string | undefined) => void
}

/** The place of the pointer, and what the lanes listen by. */
export interface DragPan {
  readonly pointer: ReadonlySignal<{ readonly x: number; readonly y: number } | undefined>
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent) => void
    readonly onPointerMove: (event: PointerEvent) => void
    readonly onPointerUp: (event: PointerEvent) => void
    readonly onPointerLeave: () => void
  }
}

/** Has the pointer choose and pan. */
export function useDragPan({ view, trackSize, rowUnder, onSelect }: DragPanOptions): DragPan {
  const pointer = useSignal<{ readonly x: number; readonly y: number } | undefined>(undefined)
  const held = useRef<{ readonly x: number; readonly window: TimeWindow; moved: boolean } | undefined>(
    undefined,
  )
  const onPointerDown = (event: PointerEvent): void => {
    const target = event.currentTarget as HTMLElement
    target.setPointerCapture(event.pointerId)
    held.current = { x: event.clientX, window: view.window(view.whole()), moved: false }
  }
  const onPointerMove = (event: PointerEvent): void => {
    view.hovered.value = rowUnder(event)
    pointer.value = { x: event.clientX, y: event.clientY }
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
    if (!isClick) return
    const row = rowUnder(event)
    if (row !== NONE) onSelect(view.store.table.peek().ids[row])
  }
  const onPointerLeave = (): void => {
    view.hovered.value = NONE
    pointer.value = undefined
  }
  return { pointer, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerLeave } }
}
