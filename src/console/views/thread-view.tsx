// The thread view: a lane for each thread, each action a bar in it. Drawn on one canvas; the table beneath says the same in
// numbers, for who doesn't see it.

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { StatsInfo } from '../../control/api.js'
import type { RunView } from '../model/run-view.js'
import { showDuration } from '../model/show-duration.js'
import { showCount, showCounted } from '../model/show-number.js'
import { Overview } from './overview.js'
import type { LanePlace } from './paint-lanes.js'
import { TimeAxis } from './time-axis.js'
import { TimeTip } from './time-tip.js'
import { useDragPan } from './use-drag-pan.js'
import { useLanes } from './use-lanes.js'
import { useSize } from './use-size.js'
import { useWheelZoom } from './use-wheel-zoom.js'

/** The view by thread. */
export function ThreadView(props: {
  readonly view: RunView
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
}): JSX.Element {
  const { view, onSelect, selected } = props
  const [trackRef, trackSize] = useSize<HTMLDivElement>()
  const body = useRef<HTMLDivElement | null>(null)
  const { canvas, lanes, places, window, rowUnder } = useLanes({ view, selected, trackSize })
  const { pointer, handlers } = useDragPan({ view, trackSize, rowUnder, onSelect })
  useWheelZoom({ view, area: body, track: trackRef, pans: false })

  const { from, to } = view.whole()
  const spanMs = Math.max(1, to - from)
  return (
    <section class="threads" aria-label="Threads">
      <Overview view={view} />
      <div ref={body} class="threads-body" tabIndex={0} role="region" aria-label="What ran on each thread">
        <div class="threads-head">
          <span class="threads-label">Thread</span>
          <div class="threads-track" ref={trackRef}>
            <TimeAxis window={window} origin={view} width={trackSize} />
          </div>
        </div>
        {lanes.value.length === 0 ? (
          <p class="blank">Nothing has started on a thread yet.</p>
        ) : (
          <div class="threads-lanes">
            <LaneLabels
              places={places.value}
              spanMs={spanMs}
              shared={sharedThreads(view.store.stats.value)}
            />
            <canvas ref={canvas} aria-hidden="true" {...handlers} onDblClick={() => view.choose(undefined)} />
          </div>
        )}
      </div>
      <TimeTip view={view} pointer={pointer} />
    </section>
  )
}

/** Threads for actions that hold no share of one. */
function sharedThreads(stats: StatsInfo | undefined): ReadonlySet<number> {
  const lanes = stats?.lanes.filter(({ role }) => role === 'shared') ?? []
  return new Set(lanes.flatMap(({ thread }) => thread ?? []))
}

/** What each thread did, in numbers. */
function LaneLabels({
  places,
  spanMs,
  shared,
}: {
  places: readonly LanePlace[]
  spanMs: number
  shared: ReadonlySet<number>
}): JSX.Element {
  return (
    <ul class="threads-labels">
      {places.map(({ lane, height }) => (
        <li key={lane.thread} style={{ height: `${height}px` }}>
          <strong>{lane.thread === 0 ? 'main' : `thread ${lane.thread}`}</strong>
          {shared.has(lane.thread) && (
            <span class="muted" title="Actions that hold no share of a thread wait here side by side">
              shared
            </span>
          )}
          <span
            class="muted"
            title="The share of the time in which an action was open there, and how many were"
          >
            {Math.min(100, Math.round((lane.busyMs / spanMs) * 100))} % ·{' '}
            {showCounted(lane.actions, 'action')}
            {lane.covered > 0 && (
              <span class="lane-more">{showCount(lane.covered)} more lie over the last line</span>
            )}
          </span>
          <span class="visually-hidden">, busy for {showDuration(lane.busyMs)}</span>
        </li>
      ))}
    </ul>
  )
}
