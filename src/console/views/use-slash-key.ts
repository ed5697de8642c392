// The key `/`: it goes to a search field, from anywhere but another field.

import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** Has the key go to that field, as long as it takes it. */
export function useSlashKey(field: RefObject<HTMLInputElement | null>, takesKey = true): void {
  useEffect(() => {
    if (!takesKey) return
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return
      event.preventDefault()
      field.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [takesKey])
}
