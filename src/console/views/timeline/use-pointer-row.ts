// The pointer over rows: it says which action is under it, and a click chooses that.

import { useSignal, type ReadonlySignal } from '@preact/signals'
import { NONE } from '../../model/runs/action-table.js'
import type { RunView } from '../../model/runs/run-view.js'

/** What the pointer moves over. */
export interface PointerRowOptions {
  readonly view: RunView
  /** The row under the pointer, or `NONE`. */
  readonly rowUnder: (event: PointerEvent) => number
  readonly onSelect: (id: string | undefined) => void
}

/** Where the pointer is, and what is to be called when it moves, clicks or leaves. */
export interface PointerRow {
  readonly pointer: ReadonlySignal<{ readonly x: number; readonly y: number } | undefined>
  readonly moved: (event: PointerEvent) => void
  readonly clicked: (event: PointerEvent) => void
  readonly left: () => void
}

/** What tracks listen by. */
export interface PointerHandlers {
  readonly onPointerDown: (event: PointerEvent) => void
  readonly onPointerMove: (event: PointerEvent) => void
  readonly onPointerUp: (event: PointerEvent) => void
  readonly onPointerLeave: () => void
}

/** Follows the pointer. */
export function usePointerRow({ view, rowUnder, onSelect }: PointerRowOptions): PointerRow {
  const pointer = useSignal<{ readonly x: number; readonly y: number } | undefined>(undefined)
  return {
    pointer,
    moved(event) {
      view.hovered.value = rowUnder(event)
      pointer.value = { x: event.clientX, y: event.clientY }
    },
    clicked(event) {
      const row = rowUnder(event)
      if (row !== NONE) onSelect(view.store.table.peek().ids[row])
    },
    left() {
      view.hovered.value = NONE
      pointer.value = undefined
    },
  }
}
