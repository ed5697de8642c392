// One entry of a log: when, how important, of which action, what; unfolded, all of it.

import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { LogEntry } from '../../../control/api.js'
import { briefValue } from '../../model/words/brief-value.js'
import { toLines } from '../../model/logs/log-filter.js'
import { showClock } from '../../model/words/show-duration.js'
import { isolated } from '../../model/words/show-name.js'
import { Icon } from '../glyphs.js'
import { ValueView } from '../panel/value-view.js'

/** The row. */
export function LogRow(props: {
  readonly entry: LogEntry
  /** Folded, in pixels. */
  readonly height: number
  /** From 1, of so many. */
  readonly place: number
  readonly count: number
  readonly isUnfolded: boolean
  /** Whether it says whose it is. */
  readonly hasAction: boolean
  /** Called with how much higher it is unfolded, in pixels; with nothing when it is folded. */
  readonly onHeight: (more: number | undefined) => void
  readonly onSelect: (id: string) => void
}): JSX.Element {
  const { entry, height, isUnfolded, onHeight } = props
  const { at, level, id, name, message, fields, attempt } = entry
  return (
    <li
      class={`log-row log-${level}${isUnfolded ? ' unfolded' : ''}`}
      aria-posinset={props.place}
      aria-setsize={props.count}
    >
      <div class="log-line" style={{ height: `${height}px` }}>
        <button
          type="button"
          class="plain icon-only log-fold"
          aria-expanded={isUnfolded}
          aria-label={`All of it: ${message.slice(0, 80)}`}
          onClick={() => onHeight(isUnfolded ? undefined : 0)}
        >
          <Icon name="caret" />
        </button>
        <time class="mono muted" dateTime={new Date(at).toISOString()} title={new Date(at).toISOString()}>
          {showClock(at)}
        </time>
        <span class="log-level">{level}</span>
        {props.hasAction && (
          <button
            type="button"
            class="link log-action"
            title={`${isolated(name)} ${id}${attempt > 1 ? `, attempt ${attempt}` : ''}`}
            onClick={() => props.onSelect(id)}
          >
            <bdi>{name}</bdi>
          </button>
        )}
        <span class="log-message">
          <bdi>{message}</bdi>
          {fields !== undefined && (
            <span class="muted mono">
              {' '}
              <bdi>{briefValue(fields.value)}</bdi>
            </span>
          )}
        </span>
      </div>
      {isUnfolded && <Whole entry={entry} folded={height} onHeight={onHeight} />}
    </li>
  )
}

/** The message in full, and the fields. */
function Whole(props: {
  readonly entry: LogEntry
  /** How high the row is without it, in pixels. */
  readonly folded: number
  readonly onHeight: (more: number) => void
}): JSX.Element {
  const { entry, folded, onHeight } = props
  const ref = useRef<HTMLDivElement>(null)
  const said = useSignal('')
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    // It may begin within the row, in place of the message there.
    const measure = (): void => onHeight((element.parentElement?.offsetHeight ?? folded) - folded)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [folded])
  const { message, fields, id, attempt } = entry
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(toLines([entry]))
      said.value = 'Copied'
    } catch {
      said.value = 'The browser has refused it'
    }
  }
  return (
    <div ref={ref} class="log-whole">
      <p class="log-text">
        <bdi>{message}</bdi>
      </p>
      {fields !== undefined && <ValueView shown={fields} />}
      <p class="muted">
        <span class="mono">{id}</span>, attempt {attempt}{' '}
        <button type="button" class="link" onClick={() => void copy()}>
          Copy as JSON
        </button>{' '}
        <span role="status">{said.value}</span>
      </p>
    </div>
  )
}
