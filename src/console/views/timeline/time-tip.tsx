// The tip beside the pointer over a bar: the times of that action, to the fraction of a millisecond.

import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { NONE } from '../../model/runs/action-table.js'
import { phaseOf } from '../../model/words/phases.js'
import type { RunView } from '../../model/runs/run-view.js'
import { showDuration } from '../../model/words/show-duration.js'
import { showName } from '../../model/words/show-name.js'
import { PhaseBadge } from '../glyphs.js'

const WIDTH = 260

/** The times of the action under the pointer. */
export function TimeTip(props: {
  readonly view: RunView
  readonly pointer: ReadonlySignal<{ readonly x: number; readonly y: number } | undefined>
}): JSX.Element | null {
  const { view } = props
  const pointer = props.pointer.value
  const row = view.hovered.value
  if (pointer === undefined || row === NONE) return null
  void view.store.revision.value
  const table = view.store.table.value
  if (row >= table.length) return null
  const now = view.store.clock.now()
  const queuedAt = table.queuedAt[row]!
  const startedAt = table.startedAt[row]!
  const requestedAt = table.abortRequestedAt[row]!
  const deliveredAt = table.abortDeliveredAt[row]!
  const settledAt = table.settledAt[row]!
  const end = Number.isNaN(settledAt) ? now : settledAt
  const details = table.details.get(row)
  const lines: [string, string][] = [
    ['queued', showDuration((Number.isNaN(startedAt) ? end : startedAt) - queuedAt)],
  ]
  if (!Number.isNaN(startedAt)) lines.push(['ran', showDuration(end - startedAt)])
  if (!Number.isNaN(requestedAt)) {
    if (!Number.isNaN(deliveredAt)) lines.push(['abort seen after', showDuration(deliveredAt - requestedAt)])
    lines.push([
      Number.isNaN(settledAt) ? 'aborting for' : 'ended after the abort',
      showDuration(end - requestedAt),
    ])
  }
  if (table.thread[row] !== NONE) lines.push(['thread', String(table.thread[row])])
  const host = table.hosts.get(table.host[row]!)
  if (host !== undefined) lines.push(['host', showName(host.host)])
  for (const { attempt, startedAt: from, endedAt, delayMs } of details?.earlier ?? []) {
    const ran = from === undefined ? 'never started' : `ran ${showDuration(endedAt - from)}`
    lines.push([`attempt ${attempt}`, `${ran}, again after ${showDuration(delayMs)}`])
  }
  if (table.attempt[row]! > 1) lines.push(['attempt', String(table.attempt[row])])
  const left = pointer.x + 14 + WIDTH > innerWidth ? pointer.x - WIDTH - 14 : pointer.x + 14
  const above = pointer.y + 190 > innerHeight
  return (
    <div
      class="tip"
      role="presentation"
      style={{
        left: `${left}px`,
        width: `${WIDTH}px`,
        ...(above ? { bottom: `${innerHeight - pointer.y + 12}px` } : { top: `${pointer.y + 16}px` }),
      }}
    >
      <div class="tip-head">
        <strong>
          <bdi>{showName(table.names[row]!)}</bdi>
        </strong>{' '}
        <span class="mono muted">{table.ids[row]}</span>
      </div>
      <PhaseBadge phase={phaseOf(table.phase[row]!)} />
      {details?.how !== undefined && <span class="muted"> · {details.how}</span>}
      <dl class="pairs">
        {lines.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {details?.reason !== undefined && <p class="tip-reason">{details.reason.message}</p>}
    </div>
  )
}
