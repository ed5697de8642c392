// The picture of a running run that is drawn at the foot of a terminal: its phase and counts, and the tree of what lives,
// as far as there is room.

import type { PhaseCounts } from '../../control/api.js'
import { depthOf } from '../../protocol/ids.js'
import type { Phase } from '../../protocol/outcome.js'
import { formatDuration } from './duration.js'
import { describeReason } from './event-lines.js'
import { hyperlink } from '../commands/links.js'
import { fitInto, padTo, printable, widthOf } from './printable.js'
import type { LiveAction, RunTotals } from './run-totals.js'
import { inPhase, PHASE_SIGNS, type Style } from './style.js'
import { showReport } from './show-value.js'
import type { drawSweeps } from './sweep-screen.js'

const ORDER: readonly Phase[] = [
  'running',
  'aborting',
  'queued',
  'succeeded',
  'failed',
  'timedOut',
  'aborted',
]
/** The widest that names are laid out for. */
const WIDEST_NAME = 36

/** What the picture shows besides the totals. */
export interface ScreenOptions {
  readonly run: string
  readonly url?: string | undefined
  /** Where a click on the address leads. */
  readonly link?: string | undefined
  /** What the operator should know now: how a second Ctrl-C acts. */
  readonly note?: string | undefined
  readonly now: number
  readonly columns: number
  readonly rows: number
  readonly style: Style
  /** Draws sweeps in place of their trials, once that is loaded. */
  readonly drawSweeps?: typeof drawSweeps | undefined
}

/** The lines of the picture, at most `rows`. */
export function drawRun(totals: RunTotals, options: ScreenOptions): string[] {
  const { run, url, link, note, now, rows, style } = options
  const phase = totals.root?.phase ?? 'queued'
  const elapsed = formatDuration((totals.root?.settledAt ?? now) - (totals.root?.queuedAt ?? now))
  const head = [
    '',
    `${inPhase(style, phase, `${PHASE_SIGNS[phase]} ${phase === 'timedOut' ? 'timed out' : phase}`)}  ${style('bold', printable(run))}  ${elapsed}${url === undefined ? '' : `  ${style('dim', link === undefined ? url : hyperlink(url, link))}`}`,
    `  ${describeCounts(totals.counts(), style)}`,
  ]
  if (note !== undefined) head.push(`  ${style('yellow', note)}`)
  const room = Math.max(0, rows - head.length - 1)
  return [
    ...head,
    ...(drawSweepsAndOthers(totals, room, options) ?? drawTree([...totals.live], room, options)),
  ]
}

/** The sweeps, and the tree of what isn't part of one. `undefined`: there is none, or none that can be shown. */
function drawSweepsAndOthers(totals: RunTotals, room: number, options: ScreenOptions): string[] | undefined {
  if (totals.sweeps.size === 0 || options.drawSweeps === undefined) return undefined
  // Above a sweep there is only what waits for it.
  const studies = [...totals.sweeps.keys()]
  const others = [...totals.live].filter(
    ({ id }) => !totals.isOfSweep(id) && !studies.some((study) => study.startsWith(`${id}.`)),
  )
  const roomOfOthers = Math.min(others.length, Math.floor(room / 3))
  const { columns, style } = options
  const sweeps = options.drawSweeps(totals.sweeps.values(), { columns, style, rows: room - roomOfOthers })
  return sweeps && [...sweeps, ...drawTree(others, roomOfOthers, options)]
}

/** `12 actions: 3 running, 9 succeeded`. */
export function describeCounts(counts: PhaseCounts, style: Style): string {
  const total = ORDER.reduce((sum, phase) => sum + counts[phase], 0)
  const parts = ORDER.filter((phase) => counts[phase] > 0).map((phase) =>
    inPhase(
      style,
      phase,
      `${PHASE_SIGNS[phase]} ${counts[phase]} ${phase === 'timedOut' ? 'timed out' : phase}`,
    ),
  )
  return [`${total} ${total === 1 ? 'action' : 'actions'}`, ...parts].join('  ')
}

function drawTree(all: readonly LiveAction[], room: number, options: ScreenOptions): string[] {
  if (room === 0) return []
  const { chosen, left } = choose(all, room)
  const idWidth = Math.max(0, ...chosen.map(({ id }) => widthOf(id)))
  const nameWidth = Math.min(WIDEST_NAME, Math.max(0, ...chosen.map((action) => widthOf(nameOf(action)))))
  const lines = chosen.map((action) => {
    const { phase, id } = action
    const label = padTo(fitInto(nameOf(action), nameWidth), nameWidth)
    const line = `  ${inPhase(options.style, phase, PHASE_SIGNS[phase])} ${options.style('dim', padTo(id, idWidth))}  ${label}  ${describeLive(action, options)}`
    return fitInto(line, options.columns - 1)
  })
  return left > 0 ? [...lines, options.style('dim', `    … and ${left} more that live`)] : lines
}

function nameOf({ id, name }: LiveAction): string {
  return `${'  '.repeat(depthOf(id))}${printable(name)}`
}

function describeLive(action: LiveAction, { now, style }: ScreenOptions): string {
  const { phase, startedAt, abortRequestedAt, queuedAt, attempt } = action
  const since = phase === 'aborting' ? (abortRequestedAt ?? now) : (startedAt ?? queuedAt)
  const time = padTo(formatDuration(now - since), 8, 'right')
  const attempts = attempt > 1 ? ` ${style('yellow', `attempt ${attempt}`)}` : ''
  if (phase === 'aborting') {
    const force = action.forceAt === undefined ? '' : `, force in ${formatDuration(action.forceAt - now)}`
    return `${time}  ${inPhase(style, phase, `aborting ${describeReason(action.reason)}${force}`)}`
  }
  const report = action.report === undefined ? '' : `  ${showReport(action.report)}`
  return `${time}${attempts}${report}`
}

/** Which actions are shown, in the order of the tree: first those that are stopping, then those that run. */
function choose(
  all: readonly LiveAction[],
  room: number,
): { readonly chosen: LiveAction[]; readonly left: number } {
  const chosen = new Set<LiveAction>()
  const limit = all.length > room ? Math.max(1, room - 1) : room
  for (const phase of ['aborting', 'running', 'queued'] as const) {
    for (const action of all) {
      if (chosen.size >= limit) break
      if (action.phase === phase) chosen.add(action)
    }
  }
  return { chosen: [...chosen].toSorted(compareIds), left: all.length - chosen.size }
}

/** `a0.2` before `a0.10`, a parent before its children. */
export function compareIds(a: { readonly id: string }, b: { readonly id: string }): number {
  const left = a.id.split('.')
  const right = b.id.split('.')
  for (let index = 1; index < Math.min(left.length, right.length); index += 1) {
    const difference = Number(left[index]) - Number(right[index])
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
