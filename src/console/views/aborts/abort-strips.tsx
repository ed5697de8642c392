// What has become of the aborts that were asked for: a strip for each at the foot of the page, so that what ends stays in
// sight. It counts down to the use of force, forces earlier where that is wished, and stays until it is dismissed.

import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { AbortProgress } from '../../../control/api.js'
import type { AbortRequests, AskedAbort } from '../../model/aborts/abort-requests.js'
import type { RunStore } from '../../model/runs/run-store.js'
import { showCountdown, showDuration, showElapsed } from '../../model/words/show-duration.js'
import { showCount } from '../../model/words/show-number.js'
import { AbortProgressView } from './abort-progress.js'
import { focusTable } from '../focus-table.js'
import { PhaseGlyph } from '../glyphs.js'

interface AbortStripsProps {
  readonly store: RunStore
  readonly requests: AbortRequests
}

/** The strips, the latest at the foot. */
export function AbortStrips({ store, requests }: AbortStripsProps): JSX.Element | null {
  const asked = requests.asked.value
  if (asked.length === 0) return null
  return (
    <section class="abort-strips" aria-label="Aborts that were asked for">
      {asked.map((one) => (
        <Strip key={one.key} store={store} requests={requests} asked={one} />
      ))}
    </section>
  )
}

function Strip({ store, requests, asked }: AbortStripsProps & { readonly asked: AskedAbort }): JSX.Element {
  const progress = requests.progressOf(asked)
  const isOver = progress === undefined || progress.settledAt !== undefined
  useBeat(!isOver)
  const share = (count: number): number =>
    progress === undefined || progress.requested === 0 ? 100 : (count / progress.requested) * 100
  return (
    <div class={`abort-strip${isOver ? ' over' : ''}`} role="group" aria-label={`Abort of ${asked.label}`}>
      <div class="strip-line">
        <PhaseGlyph phase={isOver ? 'aborted' : 'aborting'} />
        <strong class="strip-label" title={asked.label}>
          <bdi>{asked.label}</bdi>
        </strong>
        <svg class="progress-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect class="fill-ground" width="100" height="8" />
          <rect class="fill-acknowledged" width={share(progress?.acknowledged ?? 0)} height="8" />
          <rect class="fill-settled" width={share(progress?.settled ?? 0)} height="8" />
        </svg>
        <span role="status" class="strip-words">
          {progress === undefined ? 'It had ended by itself; nothing has changed.' : countWords(progress)}
        </span>
        {progress !== undefined && (
          <span class="muted strip-time">{timeWords(store, requests, asked, progress)}</span>
        )}
        {typeof asked.forcing === 'object' && (
          <span class="bad" role="alert">
            {asked.forcing.failure}
          </span>
        )}
        <span class="strip-buttons">
          {!isOver && asked.forcing !== 'sent' && (
            <button
              type="button"
              class="danger"
              onClick={(event) => {
                event.currentTarget.closest('.abort-strip')?.querySelector<HTMLElement>('.done')?.focus()
                void requests.forceNow(asked)
              }}
            >
              Force now
            </button>
          )}
          <button
            type="button"
            class="done"
            onClick={(event) => {
              const strip = event.currentTarget.closest('.abort-strip')!
              const other = strip.nextElementSibling ?? strip.previousElementSibling
              const next = other?.querySelector<HTMLElement>('.done')
              requests.dismiss(asked.key)
              if (next) next.focus()
              else focusTable()
            }}
          >
            Done
          </button>
        </span>
      </div>
      {progress !== undefined && (
        <details>
          <summary>How, who and why</summary>
          <AbortProgressView progress={progress} />
          {asked.finished > 0 && (
            <p class="muted">{showCount(asked.finished)} of the chosen had ended already.</p>
          )}
        </details>
      )}
    </div>
  )
}

function countWords({ requested, acknowledged, forced }: AbortProgress): string {
  return `${showCount(requested)} requested, ${showCount(acknowledged)} acknowledged, ${showCount(forced)} forced`
}

function timeWords(
  store: RunStore,
  requests: AbortRequests,
  asked: AskedAbort,
  { at, requested, settled, settledAt }: AbortProgress,
): string {
  if (settledAt !== undefined) {
    const took = showDuration(settledAt - at)
    return requested === 1
      ? `It has ended, ${took} after the request`
      : `All have ended, ${took} after the request`
  }
  const now = store.clock.now()
  const forceAt = requests.nextForceAt(asked)
  const force = Number.isNaN(forceAt)
    ? ''
    : forceAt > now
      ? `, force in ${showCountdown(forceAt - now)}`
      : ', forcing'
  return `${showCount(requested - settled)} still to end after ${showElapsed(now - at)}${force}`
}

/** Its times count, without an event. */
function useBeat(isOn: boolean): void {
  const beat = useSignal(0)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => {
      beat.value += 1
    }, 250)
    return () => clearInterval(timer)
  }, [isOn])
  void beat.value
}
