// The attempts of an action that was tried again, oldest first: how long each took and why it failed,
// in a line: causes and stack are kept of the last one only.

import type { JSX } from 'preact'
import type { ActionDetail } from '../../../control/api.js'
import { briefError } from '../../model/words/brief-error.js'
import { showClock, showDuration } from '../../model/words/show-duration.js'
import { showName } from '../../model/words/show-name.js'
import { PhaseBadge } from '../glyphs.js'

/** The attempts. */
export function AttemptList({ detail }: { detail: ActionDetail }): JSX.Element {
  return (
    <ol class="attempts">
      {detail.earlier?.map((attempt) => (
        <li key={attempt.attempt}>
          <div class="attempt-head">
            <strong>Attempt {attempt.attempt}</strong>
            <span class="muted">
              {showClock(attempt.startedAt ?? attempt.queuedAt)} ·{' '}
              {attempt.startedAt === undefined
                ? 'never started'
                : `ran ${showDuration(attempt.endedAt - attempt.startedAt)}`}
              {attempt.thread !== undefined && ` on thread ${attempt.thread}`}
              {attempt.host !== undefined && (
                <>
                  {' of '}
                  <bdi>{showName(attempt.host)}</bdi>
                </>
              )}
              {` · next after ${showDuration(attempt.delayMs)}`}
            </span>
          </div>
          <p class="error-message bad">{briefError(attempt.error)}</p>
        </li>
      ))}
      <li>
        <div class="attempt-head">
          <strong>Attempt {Math.max(detail.attempt, (detail.earlier?.length ?? 0) + 1)}</strong>
          <PhaseBadge phase={detail.phase} />
        </div>
      </li>
    </ol>
  )
}
