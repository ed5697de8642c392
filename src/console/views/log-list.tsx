// Log entries, oldest first.

import type { JSX } from 'preact'
import type { LogEntry } from '../../control/api.js'
import { briefValue } from '../model/brief-value.js'
import { showClock } from '../model/show-duration.js'

/** The entries. */
export function LogList({ entries }: { entries: readonly LogEntry[] }): JSX.Element {
  return (
    <ol class="log" tabIndex={0} aria-label="Log">
      {entries.map((entry) => (
        <li key={entry.seq} class={`log-${entry.level}`}>
          <time class="mono muted">{showClock(entry.at)}</time>
          <span class="log-level">{entry.level}</span>
          <span class="log-message">
            {entry.message}
            {entry.fields !== undefined && <span class="muted mono"> {briefValue(entry.fields.value)}</span>}
          </span>
        </li>
      ))}
    </ol>
  )
}
