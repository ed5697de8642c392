// The record of an abort: how those that it stops have ended, who asked for it, why, when, and with which grace.

import type { JSX } from 'preact'
import type { AbortProgress } from '../../../control/api.js'
import { showClock, showDuration } from '../../model/words/show-duration.js'
import { showCount } from '../../model/words/show-number.js'

/** The record of one abort. */
export function AbortProgressView({ progress }: { progress: AbortProgress }): JSX.Element {
  const endings: [string, number][] = [
    ['cleaned up and ended', progress.cooperative],
    ['forced', progress.forced],
    ['abandoned', progress.abandoned],
    ['never started', progress.neverStarted],
  ]
  const grace = progress.force
    ? 'none: forced at once'
    : progress.graceMs === undefined
      ? 'each action’s own'
      : `${showDuration(progress.graceMs)} for all`
  const record: [string, string][] = [
    ['who', progress.by],
    ['why', progress.message],
    ['when', showClock(progress.at)],
    ['grace', grace],
  ]
  return (
    <div class="abort-progress">
      <dl class="endings">
        {endings.map(([label, count]) => (
          <div key={label} class={count === 0 ? 'zero' : ''}>
            <dt>{label}</dt>
            <dd>{showCount(count)}</dd>
          </div>
        ))}
      </dl>
      <dl class="pairs record">
        {record.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
