// The times of an action's steps, each also from the one before: queued, started, abort requested, seen, ended.

import type { JSX } from 'preact'
import type { ActionDetail } from '../../../control/api.js'
import { FIRST_TERMINAL, PHASE_LABEL, phaseCode } from '../../model/words/phases.js'
import type { ServerClock } from '../../model/server-clock.js'
import { showClock, showDuration, showElapsed } from '../../model/words/show-duration.js'

/** The steps, as a table. */
export function StepTimes({ detail, clock }: { detail: ActionDetail; clock: ServerClock }): JSX.Element {
  const hasEnded = phaseCode(detail.phase) >= FIRST_TERMINAL
  const steps: [string, number | undefined][] = [
    ['queued', detail.queuedAt],
    ['started', detail.startedAt],
    [`attempt ${detail.attempt} queued`, detail.attemptQueuedAt],
    [`attempt ${detail.attempt} started`, detail.attemptStartedAt],
    ['abort requested', detail.abortRequestedAt],
    ['abort seen inside', detail.abortDeliveredAt],
    [hasEnded ? PHASE_LABEL[detail.phase] : 'settled', detail.settledAt],
  ]
  const known = steps
    .filter((step): step is [string, number] => step[1] !== undefined)
    .toSorted(([, left], [, right]) => left - right)
  return (
    <table class="steps">
      <tbody>
        {known.map(([label, at], index) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{showClock(at)}</td>
            <td class="number">{index === 0 ? '' : `+${showDuration(at - known[index - 1]![1])}`}</td>
          </tr>
        ))}
        {!hasEnded && (
          <tr>
            <th scope="row">now</th>
            <td class="muted">{detail.phase}</td>
            <td class="number muted">+{showElapsed(clock.now() - known.at(-1)![1])}</td>
          </tr>
        )}
        {hasEnded && detail.abortRequestedAt !== undefined && detail.startedAt === undefined && (
          <tr>
            <th scope="row">started</th>
            <td class="muted" colSpan={2}>
              never
            </td>
          </tr>
        )}
      </tbody>
    </table>
  )
}
