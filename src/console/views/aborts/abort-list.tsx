// The record of all aborts of a run: when, of what, by whom, why; and for those asked for from outside, how they went. At
// first, those that people asked for: what the app's code stops, as a sweep does by the hundred, is a switch away.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { groupRecords, type AbortEntry } from '../../model/aborts/abort-records.js'
import { NONE } from '../../model/runs/action-table.js'
import { abortsNotKept, abortsOf, type RunStore } from '../../model/runs/run-store.js'
import { showClock, showDuration } from '../../model/words/show-duration.js'
import { showCount, showCounted } from '../../model/words/show-number.js'

const MOST_TARGETS = 5

/** As it was chosen last, for all runs. */
const isForAll = signal(false)

/** The list, newest first. */
export function AbortList({
  store,
  onSelect,
}: {
  store: RunStore
  onSelect: (id: string) => void
}): JSX.Element {
  useEffect(() => {
    store.client.aborts(store.run).then(
      (known) => known.forEach((progress) => store.tookProgress(progress)),
      () => {
        // Without them, the list still says who and why; the event stream says that the server is gone.
      },
    )
  }, [store])
  const all = entriesOf(store)
  const byPeople = all.filter((entry) => entry.isByPeople)
  const shown = isForAll.value ? all : byPeople
  const missing = abortsNotKept(store.detail.value)
  if (all.length === 0) {
    return (
      <div class="blank">
        <h2>Nothing was aborted</h2>
        <p>Each abort is kept here: when, by whom, why, and what became of it.</p>
      </div>
    )
  }
  return (
    <div class="abort-list" tabIndex={0} role="region" aria-label="Aborts">
      <div class="abort-switch" role="group" aria-label="Whose aborts">
        <button
          type="button"
          class="chip"
          aria-pressed={!isForAll.value}
          onClick={() => (isForAll.value = false)}
        >
          By people <span class="count">{showCount(byPeople.length)}</span>
        </button>
        <button
          type="button"
          class="chip"
          aria-pressed={isForAll.value}
          onClick={() => (isForAll.value = true)}
        >
          By code, too <span class="count">{showCount(all.length + missing)}</span>
        </button>
      </div>
      {shown.length === 0 ? (
        <p class="blank">
          Nobody has asked for an abort. {showCounted(all.length + missing, 'stop')} came from the app’s own
          code.
        </p>
      ) : (
        <table class="records">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Aimed at</th>
              <th scope="col">By</th>
              <th scope="col">Reason</th>
              <th scope="col">Progress</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((entry) => (
              <AbortLine key={entry.key} entry={entry} store={store} onSelect={onSelect} />
            ))}
          </tbody>
        </table>
      )}
      {shown.length > 0 && isForAll.value && missing > 0 && (
        <p class="muted">{showCounted(missing, 'earlier one')} of the app’s own code: no longer on record.</p>
      )}
    </div>
  )
}

/** How many aborts people have asked for. */
export function countByPeople(store: RunStore): number {
  return entriesOf(store).filter(({ isByPeople }) => isByPeople).length
}

function entriesOf(store: RunStore): AbortEntry[] {
  const progresses = [...store.progress.value.values()].filter(({ run }) => run === store.run)
  return groupRecords(abortsOf(store.detail.value), progresses)
}

function AbortLine(props: {
  readonly entry: AbortEntry
  readonly store: RunStore
  readonly onSelect: (id: string) => void
}): JSX.Element {
  const { entry, store } = props
  const { reason, progress, ids } = entry
  const table = store.table.value
  return (
    <tr>
      <td class="nowrap">{showClock(entry.at)}</td>
      <td>
        {ids.slice(0, MOST_TARGETS).map((id, index) => {
          const row = table.rowOf(id)
          return (
            <span key={id}>
              {index > 0 && ', '}
              <button type="button" class="link" onClick={() => props.onSelect(id)}>
                <bdi>{row === NONE ? '' : table.names[row]}</bdi> <span class="mono muted">{id}</span>
              </button>
            </span>
          )
        })}
        {ids.length > MOST_TARGETS && (
          <span class="muted"> and {showCount(ids.length - MOST_TARGETS)} more</span>
        )}
      </td>
      <td>
        {reason.by === undefined ? <span class="muted">{reason.source}</span> : <bdi>{reason.by}</bdi>}
        {reason.by !== undefined && <span class="muted"> · {reason.source}</span>}
      </td>
      <td>
        <bdi>{reason.message}</bdi>
        {entry.escalation && <span class="tag">came later: changed deadlines only</span>}
      </td>
      <td>
        {progress === undefined ? (
          <span class="muted">{ending(store, table.rowOf(ids[0]!))}</span>
        ) : (
          <span>
            {showCount(progress.requested)} requested, {showCount(progress.acknowledged)} acknowledged,{' '}
            {showCount(progress.forced)} forced
            {progress.settledAt !== undefined && (
              <span class="muted"> · {showDuration(progress.settledAt - progress.at)}</span>
            )}
          </span>
        )}
      </td>
    </tr>
  )
}

function ending(store: RunStore, row: number): string {
  if (row === NONE) return ''
  const table = store.table.peek()
  const how = table.details.get(row)?.how
  const requestedAt = table.abortRequestedAt[row]!
  const settledAt = table.settledAt[row]!
  if (how === undefined || Number.isNaN(settledAt)) return 'still ending'
  return Number.isNaN(requestedAt) ? how : `${how}, ${showDuration(settledAt - requestedAt)}`
}
