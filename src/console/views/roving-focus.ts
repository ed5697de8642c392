// A row of buttons as one stop of the Tab key: the arrows go from one to the next.

import { useSignal } from '@preact/signals'

/** What the row and its buttons take. */
export interface RovingFocus {
  readonly onKeyDown: (event: KeyboardEvent) => void
  /** Of the button at a place in the row. */
  readonly button: (index: number) => { readonly tabIndex: number; readonly onFocus: () => void }
}

/** The focus within a row of buttons; it enters at the one of that place, and later where it was. */
export function useRovingFocus(first = 0): RovingFocus {
  const at = useSignal(first)
  return {
    onKeyDown: (event) => {
      const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll('button')]
      const here = buttons.findIndex((button) => button === event.target)
      const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: buttons.length - 1 }[event.key]
      if (here === -1 || to === undefined) return
      event.preventDefault()
      buttons[(to + buttons.length) % buttons.length]!.focus()
    },
    button: (index) => ({
      tabIndex: at.value === index ? 0 : -1,
      onFocus: () => (at.value = index),
    }),
  }
}
