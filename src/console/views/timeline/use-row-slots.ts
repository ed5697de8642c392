// Has the rows in sight take over each other's elements, but none that is in use: a press that began on a row must not end on
// another one, nor may a focus go over to it.

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { RowSlots } from '../../model/runs/row-slots.js'

/** Gives a number for each row in sight, by the ids of their elements. */
export function useRowSlots(): (elementIds: readonly string[]) => readonly number[] {
  const slots = useMemo(() => new RowSlots(), [])
  const isPressed = useRef(false)
  useEffect(() => {
    const onPress = (): void => {
      isPressed.current = true
    }
    // The click that a press ends with comes first.
    const onRelease = (): void => {
      setTimeout(() => {
        isPressed.current = false
      })
    }
    const listeners = new AbortController()
    const options = { capture: true, signal: listeners.signal }
    addEventListener('pointerdown', onPress, options)
    addEventListener('pointerup', onRelease, options)
    addEventListener('pointercancel', onRelease, options)
    return () => listeners.abort()
  }, [])
  return (elementIds) => {
    const focused = document.activeElement?.closest('.row')?.id
    return slots.assign(elementIds, (id) => !isPressed.current && id !== focused)
  }
}
