// The attempts of an action that was tried again, oldest first: how long each took and why it failed.

import type { JSX } from 'preact'
import type { ActionDetail } from '../../control/api.js'
import { showClock, showDuration } from '../model/show-duration.js'
import { showName } from '../model/show-name.js'
import { ErrorChain } from './error-chain.js'
import { PhaseBadge } from './glyphs.js'

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
          <ErrorChain error={attempt.error} id={detail.id} />
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
