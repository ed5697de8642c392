// How the process stands: a cell for each thread, and as curves of the last minutes what waits for a thread, how late the
// app's event loop is, and how much memory there is in use.

import type { JSX } from 'preact'
import type { StatsInfo } from '../../../control/api.js'
import { threadState, type ProcessState, type ThreadState } from '../../model/process/process-store.js'
import { showDuration } from '../../model/words/show-duration.js'
import { showCount, showCounted } from '../../model/words/show-number.js'

const STATES: readonly ThreadState[] = ['busy', 'parked', 'silent', 'leaving']

/** A curve is of so long at least: of a process that has just been served, it begins at its end. */
const LEAST_SPAN_MS = 60_000

/** The strip. */
export function ProcessStrip({ state }: { state: ProcessState | undefined }): JSX.Element | null {
  if (state === undefined) return null
  const { at, queued, loopP99Ms, rssBytes } = state.history
  return (
    <section class="process" aria-label="The process">
      <Threads lanes={state.now.lanes} />
      <Spark label="Queue" at={at} values={queued} show={showCount} />
      <Spark label="Event loop, p99" at={at} values={loopP99Ms} show={showDuration} />
      <Spark label="Memory" at={at} values={rssBytes} show={showBytes} />
    </section>
  )
}

function Threads({ lanes: all }: Pick<StatsInfo, 'lanes'>): JSX.Element {
  const lanes = all.filter(({ state }) => state !== 'wanted')
  const words = STATES.flatMap((state) => {
    const count = lanes.filter((lane) => threadState(lane) === state).length
    return count === 0 ? [] : [`${showCount(count)} ${state}`]
  })
  return (
    <div class="process-part">
      <span class="tile-label">Threads</span>
      <ul class="cells">
        {lanes.map((lane, index) => {
          const state = threadState(lane)
          const where = lane.host === undefined ? '' : ` of ${lane.host}`
          const what = `${lane.thread === undefined ? 'A thread' : `Thread ${lane.thread}`}${where} (${lane.role}): ${state}, ${showCounted(lane.inFlight, 'action')}`
          return (
            <li
              key={`${lane.hostInstance} ${lane.thread ?? `new ${index}`}`}
              class="cell"
              data-state={state}
              title={what}
            >
              <span class="visually-hidden">{what}</span>
            </li>
          )
        })}
      </ul>
      <span class="tile-note">{words.length === 0 ? 'none is up' : words.join(' · ')}</span>
    </div>
  )
}

function Spark(props: {
  readonly label: string
  readonly at: readonly number[]
  readonly values: readonly number[]
  readonly show: (value: number) => string
}): JSX.Element {
  const { label, at, values, show } = props
  const most = Math.max(...values, Number.MIN_VALUE)
  const now = at.at(-1)!
  const spanMs = Math.max(LEAST_SPAN_MS, now - at[0]!)
  const points = values.map((value, index) => {
    const x = 100 - ((now - at[index]!) / spanMs) * 100
    return `${x.toFixed(1)},${(22 - (value / most) * 20).toFixed(1)}`
  })
  return (
    <div class="process-part">
      <span class="tile-label">{label}</span>
      <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
        <polyline points={points.join(' ')} />
      </svg>
      <span class="tile-note">
        <strong>{show(values.at(-1)!)}</strong>, at most {show(Math.max(...values))}
      </span>
    </div>
  )
}

function showBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}
