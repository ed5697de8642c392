// What is marked, or what the filter lets through, and what can be done with it. It lies over the head of the table, so that
// nothing moves when it comes and goes.

import type { JSX } from 'preact'
import type { AbortTarget } from '../model/aborts/abort-target.js'
import { NO_FILTER } from '../model/runs/filter.js'
import { FIRST_TERMINAL, PHASE_LABEL, phaseOf } from '../model/words/phases.js'
import type { RunView } from '../model/runs/run-view.js'
import { showCount, showCounted } from '../model/words/show-number.js'
import { change } from '../router.js'
import { focusTable } from './focus-table.js'
import { Icon } from './glyphs.js'

interface SelectionBarProps {
  readonly view: RunView
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}

/** The bar. */
export function SelectionBar(props: SelectionBarProps): JSX.Element {
  const { view } = props
  void view.store.revision.value
  const filter = view.filter.value
  const hasFilter = filter.phases.size > 0 || filter.text !== ''
  const hasMarks = view.marked.value.size > 0
  return (
    <div class={`selection-bar${hasMarks || hasFilter ? ' shown' : ''}`}>
      {hasMarks ? <Marked {...props} /> : hasFilter && <Matching {...props} />}
    </div>
  )
}

function Marked({ view, onAbort }: SelectionBarProps): JSX.Element {
  const table = view.store.table.value
  const counts = new Map<number, number>()
  const live: string[] = []
  for (const id of view.marked.value) {
    const row = table.rowOf(id)
    if (row === -1) continue
    const code = table.phase[row]!
    counts.set(code, (counts.get(code) ?? 0) + 1)
    if (code < FIRST_TERMINAL) live.push(id)
  }
  const parts = [...counts]
    .toSorted(([left], [right]) => left - right)
    .map(([code, count]) => `${showCount(count)} ${PHASE_LABEL[phaseOf(code)]}`)
  return (
    <>
      <strong role="status">{showCount(view.marked.value.size)} marked</strong>
      <span class="muted selection-parts">{parts.join(' · ')}</span>
      <button
        type="button"
        class="plain"
        aria-label="Clear the marks"
        onClick={() => {
          view.marked.value = new Set()
          focusTable()
        }}
      >
        Clear
      </button>
      {onAbort !== undefined && live.length > 0 && (
        <button
          type="button"
          class="danger"
          onClick={() => onAbort({ kind: 'actions', ids: live, label: 'the marked actions' })}
        >
          <Icon name="stop" />
          Abort {showCount(live.length)} marked …
        </button>
      )}
    </>
  )
}

function Matching({ view, onAbort }: SelectionBarProps): JSX.Element {
  const table = view.store.table.value
  const { phases } = view.filter.value
  const { matching } = view.shown.value
  const isEnding = phases.size > 0 && [...phases].every((code) => code >= FIRST_TERMINAL)
  return (
    <>
      <span role="status">
        {showCount(matching)} of {showCounted(table.length, 'action')}
      </span>
      <button
        type="button"
        class="plain"
        aria-label="Clear the filter"
        onClick={() => {
          change({ filter: NO_FILTER }, true)
          focusTable()
        }}
      >
        Clear
      </button>
      {!isEnding && onAbort !== undefined && matching > 0 && (
        <button
          type="button"
          class="danger"
          onClick={() => onAbort({ kind: 'actions', ids: view.matchingIds(), label: describeFilter(view) })}
        >
          <Icon name="stop" />
          Abort matching …
        </button>
      )}
    </>
  )
}

function describeFilter(view: RunView): string {
  const { text } = view.filter.peek()
  return text === '' ? 'what the filter shows' : `what the filter “${text}” shows`
}
