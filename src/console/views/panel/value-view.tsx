// A value of the app's, laid out as JSON would be but with the names of what JSON doesn't have.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Shown } from '../../../control/api.js'
import { printValue } from '../../model/words/print-value.js'

/** More lines than this are shown on demand. */
const FIRST_LINES = 24

/** The value. */
export function ValueView({ shown }: { shown: Shown }): JSX.Element {
  const isOpen = useSignal(false)
  const lines = printValue(shown.value)
  const isLong = lines.length > FIRST_LINES
  const visible = isLong && !isOpen.value ? lines.slice(0, FIRST_LINES) : lines
  return (
    <div class="value">
      <pre tabIndex={0}>
        {visible.join('\n')}
        {isLong && !isOpen.value && '\n…'}
      </pre>
      {isLong && (
        <button type="button" class="link" onClick={() => (isOpen.value = !isOpen.value)}>
          {isOpen.value ? 'Show less' : `Show all ${lines.length} lines`}
        </button>
      )}
      {shown.cut && <p class="muted">Parts of it were left out, because it is large.</p>}
    </div>
  )
}
