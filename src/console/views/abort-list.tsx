// The record of all aborts of a run: when, of what, by whom, why; and for those asked for from outside, how they went.

import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { AbortProgress, AbortRecord } from '../../control/api.js'
import { NONE } from '../model/action-table.js'
import { abortsOf, type RunStore } from '../model/run-store.js'
import { showClock, showDuration } from '../model/show-duration.js'
import { showCount } from '../model/show-number.js'

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
  const records = abortsOf(store.detail.value).toReversed()
  const progresses = [...store.progress.value.values()].filter(({ run }) => run === store.run)
  if (records.length === 0) {
    return (
      <div class="blank">
        <h2>Nothing was aborted</h2>
        <p>Each abort is kept here: when, by whom, why, and what became of it.</p>
      </div>
    )
  }
  return (
    <div class="abort-list" tabIndex={0} role="region" aria-label="Aborts">
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
          {records.map((record) => (
            <AbortLine
              key={`${record.seq} ${record.id}`}
              record={record}
              store={store}
              progress={progressOf(record, progresses)}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function AbortLine(props: {
  readonly record: AbortRecord
  readonly store: RunStore
  readonly progress: AbortProgress | undefined
  readonly onSelect: (id: string) => void
}): JSX.Element {
  const { record, store, progress } = props
  const table = store.table.value
  const row = table.rowOf(record.id)
  const { reason } = record
  return (
    <tr>
      <td class="nowrap">{showClock(record.at)}</td>
      <td>
        <button type="button" class="link" onClick={() => props.onSelect(record.id)}>
          {row === NONE ? '' : table.names[row]} <span class="mono muted">{record.id}</span>
        </button>
      </td>
      <td>
        {reason.by ?? <span class="muted">{reason.source}</span>}
        {reason.by !== undefined && <span class="muted"> · {reason.source}</span>}
      </td>
      <td>
        {reason.message}
        {record.escalation && <span class="tag">came later: changed deadlines only</span>}
      </td>
      <td>
        {progress === undefined ? (
          <span class="muted">{ending(store, row)}</span>
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

/** Which request an abort belongs to: the one that was aimed at it, at that moment, with those words. */
function progressOf(record: AbortRecord, all: readonly AbortProgress[]): AbortProgress | undefined {
  return all.find(
    ({ targets, at, message, by }) =>
      targets.includes(record.id) &&
      Math.abs(at - record.at) < 50 &&
      message === record.reason.message &&
      by === record.reason.by,
  )
}
