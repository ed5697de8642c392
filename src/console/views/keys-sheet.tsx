// The sheet of keys: opened by `?`, or by its button.

import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './glyphs.js'

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['↑', '↓', 'Page ↑', 'Page ↓', 'Home', 'End'], 'go through the actions'],
  [['→', '←'], 'show what is under one, or hide it; to its parent'],
  [['Enter'], 'open an action'],
  [['Space'], 'mark it; with Shift and the arrows, several'],
  [['Delete'], 'abort what is marked, or the action'],
  [['+', '−', '0'], 'closer, further, the whole run'],
  [['F'], 'follow what happens now'],
  [['/'], 'search'],
  [['Esc'], 'close, unmark, clear the search'],
  [['?'], 'this sheet'],
]

/** The button, and the sheet. */
export function KeysSheet(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return
      if (document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      dialog.current?.showModal()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <button
        type="button"
        class="plain icon-only optional"
        title="Keys (?)"
        aria-label="Keys"
        onClick={() => dialog.current?.showModal()}
      >
        <kbd>?</kbd>
      </button>
      <dialog ref={dialog} class="keys-sheet" aria-labelledby="keys-title">
        <div class="dialog-head">
          <h2 id="keys-title">Keys</h2>
          <button
            type="button"
            class="plain icon-only"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            <Icon name="close" />
          </button>
        </div>
        <dl class="dialog-body">
          {KEYS.map(([keys, what]) => (
            <div key={what}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </dialog>
    </>
  )
}
