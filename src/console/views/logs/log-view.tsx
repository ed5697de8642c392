// A log: of a whole run as a view of its own, of one action as a part of its panel. Only the rows in sight exist. It begins at
// the newest entry and stays there, until one scrolls up.

import { useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { LogEntry } from '../../../control/api.js'
import { lowerBound } from '../../../collections/lower-bound.js'
import {
  FilteredLog,
  LOG_LEVELS,
  toLines,
  type LogFilter,
  type LogLevel,
} from '../../model/logs/log-filter.js'
import { rowAt, topOfRow, type Unfolded } from '../../model/logs/log-rows.js'
import { LogStore } from '../../model/logs/log-store.js'
import type { RunStore } from '../../model/runs/run-store.js'
import { showCount, showCounted } from '../../model/words/show-number.js'
import { moment, saveFile } from '../../save-export.js'
import { Icon } from '../glyphs.js'
import { LogRow } from './log-row.js'
import { useSize } from '../use-size.js'
import { useSlashKey } from '../use-slash-key.js'

const ROW_HEIGHT = 24
/** Where there is no room beside the action for the message, that has a line of its own. */
const TWO_LINES_HEIGHT = 42
const TWO_LINES_BELOW = 640
/** So near to the end counts as the end. */
const AT_END_PIXELS = 8
/** More than these aren't put on the clipboard: there is the file. */
const MOST_COPIED = 10_000

interface LogProps {
  readonly store: RunStore
  readonly onSelect: (id: string) => void
  /** Only of this action. Default: of all. */
  readonly action?: string
  /** It has some, whose entries can be shown, too. */
  readonly hasChildren?: boolean
  /** It has the page for itself, and its search field the key. */
  readonly isPage?: boolean
}

/** The log. */
export function LogView(props: LogProps): JSX.Element {
  const { store, action, isPage = false } = props
  const under = useSignal(false)
  const log = useLog(store, action, under.value)
  const filter = useSignal<LogFilter>({ levels: new Set(), text: '' })
  const follows = useSignal(true)
  const filtered = useMemo(() => new FilteredLog(), [log])
  void log.revision.value
  const { shown, counts } = filtered.update(log.entries, filter.value)
  const isEmpty = log.entries.length === 0

  return (
    <section
      class={`log-view${isPage ? ' page' : ''}`}
      aria-label={action === undefined ? 'Log' : `Log of ${action}`}
    >
      <div class="log-tools">
        <LevelChips filter={filter} counts={counts} />
        <SearchField filter={filter} takesKey={isPage} />
        {props.hasChildren === true && (
          <label class="inline-field">
            <input
              type="checkbox"
              checked={under.value}
              onChange={(event) => (under.value = event.currentTarget.checked)}
            />
            with what is under it
          </label>
        )}
        <Count log={log} shown={shown.length} />
        <LogButtons
          store={store}
          shown={shown}
          log={log}
          filter={filter.value}
          follows={follows}
          action={action}
        />
      </div>
      {isEmpty ? (
        <div class="blank">
          {log.isLoading.value ? (
            <p role="status">Loading the log …</p>
          ) : (
            <>
              <h2>Nothing was logged</h2>
              <p>
                What bodies tell <code>ctx.log</code> stands here, from the moment at which the process is
                served.
              </p>
            </>
          )}
        </div>
      ) : (
        <Rows
          log={log}
          shown={shown}
          follows={follows}
          isOfOne={action !== undefined && !under.value}
          {...props}
        />
      )}
    </section>
  )
}

function useLog(store: RunStore, action: string | undefined, under: boolean): LogStore {
  const log = useMemo(
    () => new LogStore(store, action === undefined ? {} : { action, ...(under && { under }) }),
    [store, action, under],
  )
  useEffect(() => {
    log.start()
    return () => log.stop()
  }, [log])
  return log
}

function LevelChips(props: {
  readonly filter: Signal<LogFilter>
  readonly counts: Readonly<Record<LogLevel, number>>
}): JSX.Element {
  const { filter, counts } = props
  const { levels } = filter.value
  const toggle = (level: LogLevel): void => {
    const next = new Set(levels)
    if (next.has(level)) next.delete(level)
    else next.add(level)
    filter.value = { ...filter.peek(), levels: next }
  }
  return (
    <div class="chips" role="group" aria-label="Show only entries of these levels">
      {LOG_LEVELS.map((level) => (
        <button
          key={level}
          type="button"
          class={`chip log-${level}${counts[level] === 0 ? ' zero' : ''}`}
          aria-pressed={levels.has(level)}
          onClick={() => toggle(level)}
        >
          <span class="log-level">{level}</span>
          <span class="count">{showCount(counts[level])}</span>
        </button>
      ))}
    </div>
  )
}

function SearchField({ filter, takesKey }: { filter: Signal<LogFilter>; takesKey: boolean }): JSX.Element {
  const field = useRef<HTMLInputElement>(null)
  useSlashKey(field, takesKey)
  const search = (text: string): void => {
    filter.value = { ...filter.peek(), text }
  }
  return (
    <input
      ref={field}
      type="search"
      class="filter-text"
      placeholder={takesKey ? 'Message, action, field …  ( / )' : 'Search'}
      aria-label="Search the log"
      spellcheck={false}
      autocomplete="off"
      value={filter.value.text}
      onInput={(event) => search(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || filter.peek().text === '') return
        event.preventDefault()
        event.stopPropagation()
        search('')
      }}
    />
  )
}

function LogButtons(props: {
  readonly store: RunStore
  readonly log: LogStore
  readonly shown: readonly LogEntry[]
  readonly filter: LogFilter
  readonly follows: Signal<boolean>
  readonly action: string | undefined
}): JSX.Element {
  const { store, log, shown, filter, follows, action } = props
  const said = useSignal('')
  // Of what was shown when it was said.
  useEffect(() => {
    said.value = ''
  }, [filter])
  const copy = async (): Promise<void> => {
    const copied = shown.slice(-MOST_COPIED)
    try {
      await navigator.clipboard.writeText(toLines(copied))
      said.value =
        copied.length === shown.length
          ? `Copied ${showCount(copied.length)}`
          : `Copied the last ${showCount(copied.length)}`
    } catch {
      said.value = 'The browser has refused it'
    }
  }
  const isWhole = !log.isLoading.value
  return (
    <div class="log-buttons">
      <span class="muted" role="status">
        {said.value}
      </span>
      <button
        type="button"
        aria-pressed={follows.value}
        title="Stay at the newest entry"
        onClick={() => (follows.value = !follows.peek())}
      >
        <Icon name="follow" />
        Follow
      </button>
      <button
        type="button"
        disabled={shown.length === 0}
        title="Copies what is shown as lines of JSON"
        onClick={() => void copy()}
      >
        Copy
      </button>
      <button
        type="button"
        disabled={shown.length === 0 || !isWhole}
        title={isWhole ? 'Saves what is shown as lines of JSON (NDJSON)' : 'Not all is loaded yet'}
        onClick={() =>
          saveFile(
            `${store.run}${action === undefined ? '' : `-${action}`}-${moment()}.log.ndjson`,
            'application/x-ndjson',
            toLines(shown),
          )
        }
      >
        <Icon name="down" />
        NDJSON
      </button>
    </div>
  )
}

/** How many entries are shown, of how many. */
function Count({ log, shown }: { log: LogStore; shown: number }): JSX.Element {
  const { forgotten, count } = log
  return (
    <p class="log-count muted">
      <span role="status">
        {shown === count
          ? showCounted(count, 'entry', 'entries')
          : `${showCount(shown)} of ${showCounted(count, 'entry', 'entries')}`}
      </span>
      {log.isLoading.value && shown > 0 && ', older ones are being loaded …'}
      {forgotten > 0 && `, the oldest ${showCount(forgotten)} of the run aren’t kept any more`}
      {log.failure.value !== undefined && (
        <span class="bad" role="alert">
          {' '}
          {log.failure.value}{' '}
          <button type="button" class="link" onClick={() => log.reload()}>
            Try again
          </button>
        </span>
      )}
    </p>
  )
}

function Rows(
  props: LogProps & {
    readonly log: LogStore
    readonly shown: readonly LogEntry[]
    readonly follows: Signal<boolean>
    readonly isOfOne: boolean
  },
): JSX.Element {
  const { shown, follows, isOfOne } = props
  const [ref, size] = useSize<HTMLDivElement>()
  const scrollTop = useSignal(0)
  /** By how much unfolded rows are higher, by the numbers of their entries. */
  const more = useSignal<ReadonlyMap<number, number>>(new Map())
  const { width, height } = size.value
  const isTall = width < TWO_LINES_BELOW
  const rowHeight = isTall ? TWO_LINES_HEIGHT : ROW_HEIGHT
  const unfolded = unfoldedIn(shown, more.value)
  const total = topOfRow(shown.length, rowHeight, unfolded)
  const first = Math.min(Math.max(0, shown.length - 1), rowAt(scrollTop.value, rowHeight, unfolded))
  const last = Math.min(shown.length, rowAt(scrollTop.value + height, rowHeight, unfolded) + 1)
  const anchor = useAnchor({ ref, shown, total, rowHeight, unfolded, follows })

  const setMore = (seq: number, pixels: number | undefined): void => {
    if (more.peek().get(seq) === pixels) return
    const next = new Map(more.peek())
    if (pixels === undefined) next.delete(seq)
    else next.set(seq, pixels)
    more.value = next
  }
  return (
    <div
      ref={ref}
      class={`log-rows${isTall ? ' tall' : ''}`}
      tabIndex={0}
      role="region"
      aria-label={props.action === undefined ? 'Entries, the newest last' : `Entries of ${props.action}`}
      onScroll={(event) => {
        const { scrollTop: top, scrollHeight, clientHeight } = event.currentTarget
        const isAtEnd = scrollHeight - top - clientHeight <= AT_END_PIXELS
        if (isAtEnd) follows.value = true
        // Upwards, it is somebody who scrolls; else the log may have grown since.
        else if (top < scrollTop.peek() - 1) follows.value = false
        scrollTop.value = Math.max(0, top)
        anchor(top)
      }}
    >
      <div class="log-spacer" style={{ height: `${total}px` }}>
        <ol style={{ transform: `translateY(${topOfRow(first, rowHeight, unfolded)}px)` }}>
          {shown.slice(first, last).map((entry, index) => (
            <LogRow
              key={entry.seq}
              entry={entry}
              height={rowHeight}
              place={first + index + 1}
              count={shown.length}
              isUnfolded={more.value.has(entry.seq)}
              hasAction={!isOfOne}
              onHeight={(pixels) => {
                // What is read isn't carried off.
                if (pixels === 0) follows.value = false
                setMore(entry.seq, pixels)
              }}
              onSelect={props.onSelect}
            />
          ))}
        </ol>
      </div>
    </div>
  )
}

/** Which of the rows are unfolded. */
function unfoldedIn(shown: readonly LogEntry[], more: ReadonlyMap<number, number>): Unfolded {
  return [...more]
    .map(([seq, pixels]) => [indexOf(shown, seq), pixels] as const)
    .filter(([index]) => index !== -1)
    .toSorted(([left], [right]) => left - right)
}

function indexOf(shown: readonly LogEntry[], seq: number): number {
  const index = lowerBound(shown.length, (at) => shown[at]!.seq < seq)
  return shown[index]?.seq === seq ? index : -1
}

/**
 * Keeps what is looked at where it is: the end, while that is followed, or the row at the top, when older ones come above it.
 * Gives what is to be called when somebody has scrolled.
 */
function useAnchor(rows: {
  readonly ref: { current: HTMLDivElement | null }
  readonly shown: readonly LogEntry[]
  readonly total: number
  readonly rowHeight: number
  readonly unfolded: Unfolded
  readonly follows: Signal<boolean>
}): (top: number) => void {
  const { ref, shown, total, rowHeight, unfolded, follows } = rows
  const held = useRef<{ readonly seq: number; readonly beyond: number } | undefined>(undefined)
  const firstSeq = shown[0]?.seq
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    if (follows.value) element.scrollTop = total
    else if (held.current !== undefined) {
      const index = indexOf(shown, held.current.seq)
      if (index !== -1) element.scrollTop = topOfRow(index, rowHeight, unfolded) + held.current.beyond
    }
  }, [firstSeq, rowHeight, follows.value, follows.value ? total : 0])
  return (top) => {
    const index = rowAt(top, rowHeight, unfolded)
    const entry = shown[index]
    held.current = entry && { seq: entry.seq, beyond: top - topOfRow(index, rowHeight, unfolded) }
  }
}
