// Draws the threads' lanes, and finds what is under the pointer in them.

import { NONE, type ActionTable } from '../../model/runs/action-table.js'
import { firstInSight, type LaneBar, type ThreadLane } from '../../model/process/thread-lanes.js'
import { pixelOf, type TimeWindow } from '../../model/timeline/time-window.js'
import { hatch, paintGhost } from './paint-bars.js'
import type { Palette } from '../palette.js'

/** Where a lane is drawn. */
export interface LanePlace {
  readonly lane: ThreadLane
  /** How much is left above it for what is said of its machine: of the first one of each, where there are several. */
  readonly head: number
  /** Without that. */
  readonly top: number
  readonly height: number
  readonly trackHeight: number
}

/** What is to be drawn. */
export interface LaneScene {
  readonly table: ActionTable
  readonly places: readonly LanePlace[]
  readonly width: number
  readonly height: number
  readonly window: TimeWindow
  readonly now: number
  readonly gridLines: readonly number[]
  readonly hovered: number
  readonly selected: number
  readonly palette: Palette
}

const LANE_GAP = 10
const LEAST_HEIGHT = 40
const HEAD_HEIGHT = 28

/** One below the other; a lane with many tracks has flatter ones. */
export function placeLanes(lanes: readonly ThreadLane[]): LanePlace[] {
  let top = 0
  const hasHosts = lanes.some(({ host }) => host !== undefined)
  return lanes.map((lane, index) => {
    const isFirst = index === 0 || lanes[index - 1]?.host?.hostInstance !== lane.host?.hostInstance
    const head = hasHosts && isFirst ? HEAD_HEIGHT : 0
    top += head
    const tracks = Math.max(1, lane.tracks.length)
    const trackHeight = tracks === 1 ? 24 : tracks < 6 ? 16 : 9
    const height = Math.max(LEAST_HEIGHT, tracks * trackHeight + LANE_GAP)
    const place = { lane, head, top, height, trackHeight }
    top += height
    return place
  })
}

/** Draws all lanes. */
export function paintLanes(pen: CanvasRenderingContext2D, scene: LaneScene): void {
  const { width, height, window, palette, table } = scene
  pen.clearRect(0, 0, width, height)
  pen.fillStyle = palette.line
  for (const moment of scene.gridLines) pen.fillRect(Math.round(pixelOf(window, width, moment)), 0, 1, height)
  pen.font = palette.font
  pen.textBaseline = 'middle'
  for (const { lane, head, top, height: laneHeight, trackHeight } of scene.places) {
    pen.fillStyle = palette.lineStrong
    if (head > 0) pen.fillRect(0, top - 1, width, 1)
    pen.fillRect(0, top + laneHeight - 1, width, 1)
    lane.tracks.forEach((track, index) => {
      const y = top + LANE_GAP / 2 + index * trackHeight
      let drawnUntil = -1
      for (let at = firstInSight(track, window.from); at < track.length; at += 1) {
        const bar = track[at]!
        const { row } = bar
        const left = pixelOf(window, width, bar.from)
        if (left > width) break
        const end = endOf(table, bar, scene.now)
        const right = Math.max(left + 1, pixelOf(window, width, end))
        // Of many within one pixel, one is drawn.
        if (right <= drawnUntil + 0.5 && row !== scene.hovered && row !== scene.selected) continue
        drawnUntil = right
        paintAction(pen, scene, bar, left, right, y, trackHeight - 2)
      }
    })
  }
}

function paintAction(
  pen: CanvasRenderingContext2D,
  { table, window, width, palette, hovered, selected }: LaneScene,
  { row, isEarlier }: LaneBar,
  left: number,
  right: number,
  y: number,
  tall: number,
): void {
  const phase = table.phase[row]!
  const requestedAt = isEarlier ? Number.NaN : table.abortRequestedAt[row]!
  const from = Math.max(-2, left)
  const to = Math.min(width + 2, right)
  const gap = to - from > 3 ? 1 : 0
  if (isEarlier) paintGhost(pen, palette, from, to - gap, y, tall)
  else {
    pen.fillStyle = phase === 2 ? palette.phases[1]! : palette.phases[phase]!
    pen.fillRect(from, y, to - from - gap, tall)
  }
  if (!Number.isNaN(requestedAt)) {
    const since = Math.min(to, Math.max(from, pixelOf(window, width, requestedAt)))
    if (to - since > 1) {
      pen.fillStyle = hatch(pen, palette.phases[2]!, palette.surface)
      pen.fillRect(since, y, to - since - gap, tall)
    }
  }
  if (row === hovered || row === selected) {
    pen.strokeStyle = palette.text
    pen.lineWidth = row === selected ? 2 : 1
    pen.strokeRect(from + 0.5, y + 0.5, Math.max(2, to - from - 1), tall - 1)
    pen.lineWidth = 1
  }
  const name = table.names[row]!
  if (tall > 12 && to - from > 34 && pen.measureText(name).width + 10 < to - from) {
    pen.fillStyle = isEarlier ? palette.textMuted : palette.surface
    pen.textAlign = 'left'
    pen.fillText(name, Math.max(0, from) + 5, y + tall / 2 + 0.5)
  }
}

/** The row at a height and a moment, or -1. */
export function hitLane(
  table: ActionTable,
  places: readonly LanePlace[],
  y: number,
  at: number,
  slackMs: number,
  now: number,
): number {
  const place = places.find(({ top, height }) => y >= top && y < top + height)
  const track = place?.lane.tracks[Math.floor((y - place.top - LANE_GAP / 2) / place.trackHeight)]
  if (track === undefined) return NONE
  for (let index = firstInSight(track, at - slackMs); index < track.length; index += 1) {
    const bar = track[index]!
    if (bar.from > at + slackMs) break
    if (endOf(table, bar, now) >= at - slackMs) return bar.row
  }
  return NONE
}

/** The lanes are laid out anew now and then: what lived then may have ended. */
function endOf(table: ActionTable, { row, to }: LaneBar, now: number): number {
  if (to !== Infinity) return to
  const settledAt = table.settledAt[row]!
  return Number.isNaN(settledAt) ? now : settledAt
}
