// Draws the bars of the timeline on a canvas: for each shown row what its action did when. Only what is in sight is
// drawn, a few dozen rows, so that a frame costs the same for ten actions and for a hundred thousand.

import type { ActionTable } from '../../model/runs/action-table.js'
import type { Density } from '../../model/timeline/density.js'
import { phaseCode } from '../../model/words/phases.js'
import { showCountdown, showDuration, showElapsed } from '../../model/words/show-duration.js'
import { pixelOf, type TimeWindow } from '../../model/timeline/time-window.js'
import type { Palette } from '../palette.js'

/** What is to be drawn. */
export interface BarScene {
  readonly table: ActionTable
  /** Rows of the table, of which those from `first` on are in sight. */
  readonly rows: ArrayLike<number>
  readonly first: number
  /** What goes on in the group that a row stands for, and over which stretch of time; `undefined` of an action's row. */
  readonly densityOf: (row: number) => GroupDensity | undefined
  /** How far the first one is scrolled out at the top, in pixels. */
  readonly offset: number
  readonly rowHeight: number
  readonly width: number
  readonly height: number
  readonly window: TimeWindow
  /** Until when what still runs is drawn. */
  readonly now: number
  /** Whether anything does. */
  readonly isLive: boolean
  /** Where vertical lines go. */
  readonly gridLines: readonly number[]
  readonly hovered: number
  readonly palette: Palette
}

/** What goes on in a group. */
export interface GroupDensity {
  readonly density: Density
  readonly over: TimeWindow
}

const QUEUED = phaseCode('queued')
const ABORTING = phaseCode('aborting')
const FAILED = phaseCode('failed')
const BAR_INSET = 6
const hatches = new Map<string, CanvasPattern | null>()

/** Draws it all; the canvas is already scaled to the pixels of the screen. */
export function paintBars(context: CanvasRenderingContext2D, scene: BarScene): void {
  const { width, height, window, rows, first, rowHeight, offset, palette } = scene
  context.clearRect(0, 0, width, height)
  context.fillStyle = palette.line
  for (const moment of scene.gridLines) {
    context.fillRect(Math.round(pixelOf(window, width, moment)), 0, 1, height)
  }
  context.font = palette.font
  context.textBaseline = 'middle'
  for (let index = first, y = -offset; index < rows.length && y < height; index += 1, y += rowHeight) {
    const group = scene.densityOf(rows[index]!)
    if (group === undefined) paintRow(context, scene, rows[index]!, y)
    else paintGroup(context, scene, group, y)
  }
  const nowPixel = pixelOf(window, width, scene.now)
  if (scene.isLive && nowPixel > 0 && nowPixel < width) {
    context.fillStyle = palette.phases[1]!
    context.globalAlpha = 0.5
    context.fillRect(Math.round(nowPixel), 0, 1, height)
    context.globalAlpha = 1
  }
}

/** How many of a group ran, and were being aborted, in each slice of the time. */
function paintGroup(
  context: CanvasRenderingContext2D,
  { window, width, palette, rowHeight }: BarScene,
  { density, over }: GroupDensity,
  y: number,
): void {
  const { running, aborting, peak } = density
  const base = y + rowHeight - 4
  const scale = (rowHeight - 8) / peak
  const slices = running.length
  for (let slice = 0; slice < slices; slice += 1) {
    const work = running[slice]! * scale
    const stopping = aborting[slice]! * scale
    // Sums of shares leave a little behind where nothing is any more.
    if (running[slice]! + aborting[slice]! < 0.001) continue
    const momentOf = (at: number): number => over.from + ((over.to - over.from) * at) / slices
    const left = Math.floor(pixelOf(window, width, momentOf(slice)))
    const right = Math.max(left + 1, Math.floor(pixelOf(window, width, momentOf(slice + 1))))
    if (right < 0 || left > width) continue
    context.fillStyle = palette.phases[1]!
    context.fillRect(left, base - Math.max(1, work), right - left, Math.max(1, work))
    context.fillStyle = palette.phases[ABORTING]!
    if (stopping > 0) context.fillRect(left, base - work - stopping, right - left, Math.max(1, stopping))
  }
}

function paintRow(context: CanvasRenderingContext2D, scene: BarScene, row: number, y: number): void {
  const { table, window, width, now, palette, rowHeight } = scene
  const phase = table.phase[row]!
  const queuedAt = table.attemptQueuedAt(row)
  const startedAt = table.attemptStartedAt(row)
  const requestedAt = table.abortRequestedAt[row]!
  const end = Number.isNaN(table.settledAt[row]!) ? now : table.settledAt[row]!
  const top = y + BAR_INSET
  const tall = rowHeight - 2 * BAR_INSET
  const at = (moment: number): number => clamp(pixelOf(window, width, moment), -4, width + 4)

  const queuedUntil = Number.isNaN(startedAt) ? end : startedAt
  const middle = Math.round(y + rowHeight / 2)
  let dueAt = -Infinity
  for (const attempt of table.details.get(row)?.earlier ?? []) {
    const attemptStart = attempt.startedAt ?? attempt.endedAt
    paintQueued(context, palette, at(Math.max(attempt.queuedAt, dueAt)), at(attemptStart), middle)
    paintGhost(context, palette, at(attemptStart), at(attempt.endedAt), top, tall)
    // The wait that another attempt has to make: dots, as it isn't even queued.
    dueAt = Math.min(attempt.endedAt + attempt.delayMs, end)
    paintWait(context, palette, at(attempt.endedAt), at(dueAt), middle)
  }
  paintQueued(context, palette, at(Math.max(queuedAt, dueAt)), at(queuedUntil), middle)

  const colour = palette.phases[phase]!
  if (Number.isNaN(startedAt)) {
    // It never started, or doesn't yet: its end is a mark only.
    if (phase !== QUEUED) {
      context.fillStyle = colour
      context.fillRect(at(end) - 1.5, top, 3, tall)
    }
  } else {
    const workUntil = Number.isNaN(requestedAt) ? end : Math.max(startedAt, requestedAt)
    const left = at(startedAt)
    const right = Math.max(left + 2, at(workUntil))
    if (right > 0 && left < width) {
      context.fillStyle = phase === ABORTING ? palette.phases[1]! : colour
      bar(context, left, top, right - left, tall)
    }
    if (!Number.isNaN(requestedAt))
      paintAborting(context, scene, row, right, Math.max(right + 2, at(end)), top, tall)
  }
  paintLabel(context, scene, row, at(Number.isNaN(startedAt) ? queuedAt : startedAt), at(end), y)
  if (row === scene.hovered) {
    context.strokeStyle = palette.text
    context.globalAlpha = 0.55
    const left = Math.max(-2, at(table.queuedAt[row]!)) - 0.5
    context.strokeRect(left, top - 2.5, Math.max(3, Math.min(width + 2, at(end)) - left), tall + 5)
    context.globalAlpha = 1
  }
}

/** Queued: a thin line, since nothing is done meanwhile. */
function paintQueued(
  context: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  right: number,
  middle: number,
): void {
  if (right <= left) return
  context.fillStyle = palette.phases[QUEUED]!
  context.fillRect(left, middle - 1, Math.max(1, right - left), 2)
  context.fillRect(left, middle - 3, 1, 6)
}

/** An attempt that failed and that another one followed: an outline, as the action itself may not have failed. */
export function paintGhost(
  context: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  right: number,
  top: number,
  tall: number,
): void {
  // On whole pixels, so that its outline is one line and no blur.
  const x = Math.round(left)
  const wide = Math.max(2, Math.round(right) - x)
  const colour = palette.phases[FAILED]!
  context.fillStyle = colour
  context.strokeStyle = colour
  context.globalAlpha = 0.14
  context.fillRect(x, top, wide, tall)
  context.globalAlpha = 1
  context.strokeRect(x + 0.5, top + 0.5, Math.max(1, wide - 1), tall - 1)
}

function paintWait(
  context: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  right: number,
  middle: number,
): void {
  context.fillStyle = palette.phases[QUEUED]!
  for (let dot = left + 2; dot < right - 1; dot += 5) context.fillRect(dot, middle - 1, 2, 2)
}

/** From the abort's request to the end: hatched, with a mark where the body saw it. */
function paintAborting(
  context: CanvasRenderingContext2D,
  { table, window, width, palette }: BarScene,
  row: number,
  left: number,
  right: number,
  top: number,
  tall: number,
): void {
  if (right < 0 || left > width) return
  const colour = palette.phases[ABORTING]!
  context.fillStyle = hatch(context, colour, palette.surface)
  context.fillRect(left, top, right - left, tall)
  context.strokeStyle = colour
  context.strokeRect(left + 0.5, top + 0.5, Math.max(1, right - left - 1), tall - 1)
  const deliveredAt = table.abortDeliveredAt[row]!
  if (!Number.isNaN(deliveredAt)) {
    const seen = clamp(pixelOf(window, width, deliveredAt), left, right)
    context.fillStyle = palette.text
    context.fillRect(Math.round(seen) - 0.5, top - 2, 1, tall + 4)
  }
  if (table.hasEnded(row)) {
    context.fillStyle = palette.phases[table.phase[row]!]!
    context.fillRect(right - 3, top, 3, tall)
  }
}

/** What stands behind a bar, or before it where there is no room: its duration, and of an aborting one its grace. */
function paintLabel(
  context: CanvasRenderingContext2D,
  scene: BarScene,
  row: number,
  left: number,
  right: number,
  y: number,
): void {
  const { table, now, palette, width, rowHeight } = scene
  const phase = table.phase[row]!
  const forceAt = table.forceAt[row]!
  let text: string
  let colour = palette.textMuted
  if (phase === ABORTING) {
    if (Number.isNaN(forceAt)) text = `aborting ${showElapsed(now - table.abortRequestedAt[row]!)}`
    else if (forceAt > now) text = `grace ${showCountdown(forceAt - now)}`
    else text = 'forcing'
    colour = palette.text
  } else if (phase === QUEUED) {
    const dueAt = table.dueAt(row)
    text =
      dueAt > now
        ? `again in ${showCountdown(dueAt - now)}`
        : `queued ${showElapsed(now - Math.max(dueAt, table.attemptQueuedAt(row)))}`
  } else if (Number.isNaN(table.startedAt[row]!)) text = 'never started'
  else if (table.hasEnded(row)) text = showDuration(table.settledAt[row]! - table.startedAt[row]!)
  else text = showElapsed(now - table.startedAt[row]!)
  const requestedAt = table.abortRequestedAt[row]!
  const workRight = Number.isNaN(requestedAt)
    ? right
    : Math.min(right, pixelOf(scene.window, width, requestedAt))
  const how = table.details.get(row)?.how
  if (how === 'forced' || how === 'abandoned') text += ` · ${how}`
  const wide = context.measureText(text).width
  context.fillStyle = colour
  const middle = y + rowHeight / 2 + 0.5
  if (right < 0 || left > width) {
    // Out of sight: an arrow says where it is.
    const outLeft = right < 0
    context.textAlign = outLeft ? 'left' : 'right'
    context.fillStyle = palette.textFaint
    context.fillText(outLeft ? `‹ ${text}` : `${text} ›`, outLeft ? 4 : width - 4, middle)
  } else if (right + wide + 10 < width) {
    context.textAlign = 'left'
    context.fillText(text, right + 6, middle)
  } else if (
    Math.min(workRight, width) - Math.max(0, pixelOf(scene.window, width, table.attemptStartedAt(row))) >
    wide + 16
  ) {
    // Inside of its bar, at the end of its work: what is hatched stays in sight.
    context.textAlign = 'right'
    context.fillStyle = palette.surface
    context.fillText(text, Math.min(workRight, width) - 6, middle)
  } else {
    const isBefore = left - wide - 12 > 0
    const edge = isBefore ? left - 6 : Math.min(right, width) - 8
    const isFree = isBefore && left - pixelOf(scene.window, width, table.queuedAt[row]!) < 2
    // How long it took can be read elsewhere; the attempts that failed can't be seen elsewhere.
    const triedUntil = table.details.get(row)?.earlier?.at(-1)?.endedAt
    const isOver = triedUntil !== undefined && edge - wide - 4 < pixelOf(scene.window, width, triedUntil)
    if (isOver && table.hasEnded(row)) return
    context.textAlign = 'right'
    if (!isFree) {
      // Over the hatching, the wait or the attempts before: on a ground of its own.
      context.fillStyle = palette.surface
      context.beginPath()
      context.roundRect(edge - wide - 4, y + 5, wide + 8, rowHeight - 10, 3)
      context.fill()
      context.fillStyle = colour
    }
    context.fillText(text, edge, middle)
  }
}

function bar(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  if (width < 5) {
    context.fillRect(x, y, width, height)
    return
  }
  context.beginPath()
  context.roundRect(x, y, width, height, 2.5)
  context.fill()
}

/** Slanted lines of a colour: what is being aborted. */
export function hatch(
  context: CanvasRenderingContext2D,
  colour: string,
  ground: string,
): CanvasPattern | string {
  const key = `${colour} ${ground}`
  let pattern = hatches.get(key)
  if (pattern === undefined) {
    const tile = document.createElement('canvas')
    tile.width = 8
    tile.height = 8
    const pen = tile.getContext('2d')
    if (pen !== null) {
      pen.fillStyle = ground
      pen.fillRect(0, 0, 8, 8)
      pen.strokeStyle = colour
      pen.lineWidth = 2.2
      pen.beginPath()
      for (const shift of [-8, 0, 8]) {
        pen.moveTo(shift - 1, 9)
        pen.lineTo(shift + 9, -1)
      }
      pen.stroke()
    }
    pattern = context.createPattern(tile, 'repeat')
    hatches.set(key, pattern)
  }
  return pattern ?? colour
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value
}
