// The picture of a running run that is drawn at the foot of a terminal: its phase and counts, and the tree of what lives,
// as far as there is room.

import type { PhaseCounts } from '../../control/api.js'
import { isPruning } from '../../control/shown/pruned.js'
import type { AbortHow } from '../../protocol/errors/errors.js'
import { depthOf } from '../../protocol/ids.js'
import type { Phase } from '../../protocol/outcome.js'
import { inOrderOfAttention } from './action-order.js'
import { formatDuration } from './duration.js'
import { describeError, describeHow, describeReason } from './event-lines.js'
import { hyperlink } from '../commands/links.js'
import { columnsFor, idCell, nameCell } from './line-columns.js'
import { fitInto, padTo, printable } from './printable.js'
import { type Endings, type LiveAction, type RunTotals } from './run-totals.js'
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
const PRUNED_SIGN = '✂'

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
  const { note, rows, style } = options
  const head = ['', ...drawHead(totals, options)]
  if (note !== undefined) head.push(`  ${style('yellow', note)}`)
  const room = Math.max(0, rows - head.length - 1)
  return [
    ...head,
    ...(drawSweepsAndOthers(totals, room, options) ?? drawTree([...totals.live], room, options)),
  ]
}

/** How the run as a whole stands: two lines. */
export function drawHead(
  totals: RunTotals,
  { run, url, link, now, style }: Pick<ScreenOptions, 'run' | 'url' | 'link' | 'now' | 'style'>,
): string[] {
  const phase = totals.root?.phase ?? 'queued'
  const elapsed = formatDuration((totals.root?.settledAt ?? now) - (totals.root?.queuedAt ?? now))
  const where = url === undefined ? '' : `  ${style('dim', link === undefined ? url : hyperlink(url, link))}`
  return [
    `${inPhase(style, phase, `${PHASE_SIGNS[phase]} ${phase === 'timedOut' ? 'timed out' : phase}`)}  ${style('bold', printable(run))}  ${elapsed}${where}`,
    `  ${describeCounts(totals.counts(), style, totals.endings)}`,
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

/** `12 actions  ▸ 3 running  ✔ 9 succeeded`. `endings`: says how those were stopped, too. */
export function describeCounts(
  counts: PhaseCounts,
  style: Style,
  endings?: Pick<Endings, 'pruned'> & Partial<Endings>,
): string {
  const total = ORDER.reduce((sum, phase) => sum + counts[phase], 0)
  const parts = ORDER.flatMap((phase) => {
    const pruned = phase === 'aborted' ? (endings?.pruned ?? 0) : 0
    const count = counts[phase] - pruned
    const hows = phase === 'aborted' || phase === 'timedOut' ? endings?.[phase] : undefined
    const word = phase === 'timedOut' ? 'timed out' : phase
    return [
      ...(pruned > 0 ? [inPhase(style, phase, `${PRUNED_SIGN} ${pruned} pruned`)] : []),
      ...(count > 0
        ? [inPhase(style, phase, `${PHASE_SIGNS[phase]} ${count} ${word}${describeHows(hows, count)}`)]
        : []),
    ]
  })
  return [`${total} ${total === 1 ? 'action' : 'actions'}`, ...parts].join('  ')
}

/** `: 3 cooperative, 1 forced`; `, cooperative` where all are; nothing where it isn't known of all. */
function describeHows(hows: Readonly<Record<AbortHow, number>> | undefined, count: number): string {
  const known = (Object.entries(hows ?? {}) as [AbortHow, number][]).filter(([, number]) => number > 0)
  if (known.reduce((sum, [, number]) => sum + number, 0) !== count) return ''
  const [[how] = []] = known
  if (how !== undefined && known.length === 1) return `, ${describeHow(how)}`
  return `: ${known.map(([one, number]) => `${number} ${describeHow(one)}`).join(', ')}`
}

function drawTree(all: readonly LiveAction[], room: number, options: ScreenOptions): string[] {
  if (room === 0) return []
  const { style, columns: width } = options
  const limit = all.length > room ? Math.max(1, room - 1) : room
  const chosen = inOrderOfAttention(all).slice(0, limit).toSorted(compareIds)
  const columns = columnsFor(width)
  const lines = chosen.map((action) => {
    const { phase, id, name } = action
    const line = `  ${inPhase(style, phase, PHASE_SIGNS[phase])} ${style('dim', idCell(id, columns))}  ${nameCell(name, columns, 2 * depthOf(id))}  ${describeLive(action, options)}`
    return fitInto(line, width - 1)
  })
  const left = all.length - chosen.length
  return left > 0 ? [...lines, style('dim', `    … and ${left} more that live`)] : lines
}

/** How long an action has taken, and what there is to say of it. */
export function describeLive(
  action: LiveAction,
  { now, style, columns }: Pick<ScreenOptions, 'now' | 'style' | 'columns'>,
): string {
  const { id, phase, startedAt, queuedAt, attempt, failure, againAt, report } = action
  const time = padTo(formatDuration(now - (startedAt ?? queuedAt)), columnsFor(columns).time, 'right')
  if (phase === 'aborting') {
    const { forceAt, abortRequestedAt = now, reason } = action
    const word = isPruning(reason) ? 'pruning' : 'aborting'
    const until =
      forceAt === undefined
        ? ` for ${formatDuration(now - abortRequestedAt)}`
        : `, force in ${formatDuration(forceAt - now)}`
    return `${time}  ${inPhase(style, phase, `${word}${until}`)}, ${describeReason(reason)}`
  }
  const isWaiting = phase === 'queued' && againAt !== undefined
  const next = isWaiting ? attempt + 1 : attempt
  const again = isWaiting && againAt > now ? ` in ${formatDuration(againAt - now)}` : ''
  const after = failure === undefined ? '' : `, after ${describeError(failure, id)}`
  const parts = [
    ...(next > 1 ? [style('yellow', `attempt ${next}${again}${after}`)] : []),
    ...(report === undefined ? [] : [showReport(report)]),
  ]
  return [time, ...parts].join('  ')
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
