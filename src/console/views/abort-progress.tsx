// The progress of an abort: requested, acknowledged inside the threads, ended, and how.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { AbortProgress } from '../../control/api.js'
import type { ServerClock } from '../model/server-clock.js'
import { showClock, showDuration, showElapsed } from '../model/show-duration.js'
import { showCount } from '../model/show-number.js'

/** The progress of one abort. */
export function AbortProgressView({
  progress,
  clock,
}: {
  progress: AbortProgress
  clock: ServerClock
}): JSX.Element {
  const { requested, acknowledged, settled } = progress
  const isOver = progress.settledAt !== undefined || settled >= requested
  const beat = useSignal(0)
  useEffect(() => {
    if (isOver) return
    const timer = setInterval(() => {
      beat.value += 1
    }, 250)
    return () => clearInterval(timer)
  }, [isOver])
  void beat.value
  const share = (count: number): number => (requested === 0 ? 100 : (count / requested) * 100)
  const endings: [string, number][] = [
    ['cleaned up and ended', progress.cooperative],
    ['forced', progress.forced],
    ['abandoned', progress.abandoned],
    ['never started', progress.neverStarted],
  ]
  const graceLeftMs =
    progress.graceMs === undefined ? undefined : progress.at + progress.graceMs - clock.now()
  return (
    <div class="abort-progress">
      <svg class="progress-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="fill-ground" width="100" height="8" />
        <rect class="fill-acknowledged" width={share(acknowledged)} height="8" />
        <rect class="fill-settled" width={share(settled)} height="8" />
      </svg>
      <p role="status" aria-live="polite" class="progress-words">
        <strong>{showCount(requested)}</strong> requested, <strong>{showCount(acknowledged)}</strong>{' '}
        acknowledged, <strong>{showCount(progress.forced)}</strong> forced
      </p>
      <p class="muted">
        {isOver
          ? progress.settledAt === undefined
            ? 'All have ended.'
            : `All have ended, ${showDuration(progress.settledAt - progress.at)} after the request.`
          : `${showCount(requested - settled)} still to end, ${showElapsed(clock.now() - progress.at)} after the request${
              graceLeftMs !== undefined && graceLeftMs > 0
                ? `; force in ${(graceLeftMs / 1000).toFixed(1)} s`
                : ''
            }.`}
      </p>
      <dl class="endings">
        {endings.map(([label, count]) => (
          <div key={label} class={count === 0 ? 'zero' : ''}>
            <dt>{label}</dt>
            <dd>{showCount(count)}</dd>
          </div>
        ))}
      </dl>
      <dl class="pairs record">
        <div>
          <dt>who</dt>
          <dd>{progress.by}</dd>
        </div>
        <div>
          <dt>why</dt>
          <dd>{progress.message}</dd>
        </div>
        <div>
          <dt>when</dt>
          <dd>{showClock(progress.at)}</dd>
        </div>
        <div>
          <dt>grace</dt>
          <dd>
            {progress.force
              ? 'none: forced at once'
              : progress.graceMs === undefined
                ? 'each action’s own'
                : `${showDuration(progress.graceMs)} for all`}
          </dd>
        </div>
      </dl>
    </div>
  )
}
