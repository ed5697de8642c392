// The thread view: a lane for each thread, each action a bar in it. Drawn on one canvas; the table beneath says the same in
// numbers, for who doesn't see it.

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { StatsInfo } from '../../../control/api.js'
import type { HostName } from '../../model/process/host-names.js'
import type { RunView } from '../../model/runs/run-view.js'
import { showDuration } from '../../model/words/show-duration.js'
import { showName } from '../../model/words/show-name.js'
import { showCount, showCounted } from '../../model/words/show-number.js'
import { Overview } from './overview.js'
import type { LanePlace } from './paint-lanes.js'
import { TimeAxis } from './time-axis.js'
import { TimeTip } from './time-tip.js'
import { useDragPan } from './use-drag-pan.js'
import { useLanes } from './use-lanes.js'
import { useSize } from '../use-size.js'
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
            <LaneLabels places={places.value} spanMs={spanMs} stats={view.store.stats.value} />
            <canvas ref={canvas} aria-hidden="true" {...handlers} onDblClick={() => view.choose(undefined)} />
          </div>
        )}
      </div>
      <TimeTip view={view} pointer={pointer} />
    </section>
  )
}

/** Threads for actions that hold no share of one: none of another machine's. */
function sharedThreads(stats: StatsInfo | undefined): ReadonlySet<number> {
  const lanes = stats?.lanes.filter(({ role }) => role === 'shared') ?? []
  return new Set(lanes.flatMap(({ thread }) => thread ?? []))
}

/** What each thread did, in numbers. */
function LaneLabels({
  places,
  spanMs,
  stats,
}: {
  places: readonly LanePlace[]
  spanMs: number
  stats: StatsInfo | undefined
}): JSX.Element {
  const shared = sharedThreads(stats)
  return (
    <ul class="threads-labels">
      {places.flatMap(({ lane, head, height }) => [
        head > 0 && (
          <li key={`of ${lane.host?.hostInstance}`} class="lane-host" style={{ height: `${head}px` }}>
            <HostLabel host={lane.host} stats={stats} />
          </li>
        ),
        <li key={`${lane.host?.hostInstance} ${lane.thread}`} style={{ height: `${height}px` }}>
          <span class="lane-line">
            <strong>{lane.thread === 0 ? 'main' : `thread ${lane.thread}`}</strong>
            {lane.host === undefined && shared.has(lane.thread) && (
              <span class="muted" title="Actions that hold no share of a thread wait here side by side">
                {' '}
                shared
              </span>
            )}
          </span>
          <span
            class="lane-line muted"
            title="The share of the time in which an action was open there, and how many were"
          >
            <span class="lane-word">open </span>
            {Math.min(100, Math.round((lane.busyMs / spanMs) * 100))} % ·{' '}
            {showCounted(lane.actions, 'action')}
          </span>
          {lane.covered > 0 && (
            <span class="lane-more muted">{showCount(lane.covered)} more lie over the last line</span>
          )}
          <span class="visually-hidden">, busy for {showDuration(lane.busyMs)}</span>
        </li>,
      ])}
    </ul>
  )
}

/** Which machine the threads below are of, and how far away it is. */
function HostLabel({
  host,
  stats,
}: {
  host: HostName | undefined
  stats: StatsInfo | undefined
}): JSX.Element {
  if (host === undefined) return <strong>this machine</strong>
  const lane = stats?.lanes.find(({ hostInstance }) => hostInstance === host.hostInstance)
  const heldWords = lane?.rttMs === undefined ? 'another machine' : `round trip ${showDuration(lane.rttMs)}`
  const words = stats === undefined ? '' : lane === undefined ? 'no thread held now' : heldWords
  return (
    <>
      <strong class="lane-line" title={`${host.hostInstance}\n${words}`}>
        <bdi>{showName(host.host)}</bdi>
      </strong>
      <span class="lane-word muted">{words}</span>
    </>
  )
}
