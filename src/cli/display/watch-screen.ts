// The screen of `heddle watch`: how the run stands, its actions in the order in which they deserve attention, what has
// happened last, and what keys do. Text only; who draws it has the terminal.

import { placeOf, type Choice, type Prompt, type WatchState } from '../input/watch-keys.js'
import { inOrderOfAttention } from './action-order.js'
import { formatDuration } from './duration.js'
import { describeEnd, describeError } from './event-lines.js'
import { columnsFor, idCell, nameCell } from './line-columns.js'
import { fitInto, padTo, printable } from './printable.js'
import { describeLive, drawHead } from './run-screen.js'
import type { FailedAction, LiveAction, RunTotals } from './run-totals.js'
import { inPhase, PHASE_SIGNS, type Style } from './style.js'
import { showReport } from './show-value.js'
import type { drawSweeps } from './sweep-screen.js'
import { wrapWords } from './wrap-words.js'

/** Of many that have failed, so many are shown where no filter asks for more. */
const SHOWN_FAILURES = 5
/** The least room of what has happened last, where the terminal isn't small. */
const LEAST_RECENT = 4
const SMALL_SCREEN = 16
/** Where what is said of a fact goes on in a further line. */
const SHEET_INDENT = 14

/** A row of the list. */
export type WatchRow = Choice & { readonly action: LiveAction | FailedAction }

/** What a screen shows besides totals and state. */
export interface WatchScreenOptions {
  readonly run: string
  readonly now: number
  readonly columns: number
  readonly rows: number
  readonly style: Style
  /** The rows that the filter lets through. */
  readonly all: readonly WatchRow[]
  /** Lines about what has happened, the last one last. */
  readonly recent: readonly string[]
  /** What the operator should know now. */
  readonly note: string | undefined
  /** What is read on the sheet that is open. */
  readonly sheet: readonly string[]
  /** Draws sweeps, once that is loaded. */
  readonly drawSweeps?: typeof drawSweeps | undefined
}

/** The rows there are, by the filter: what has failed last, then what lives. */
export function rowsOf(totals: RunTotals, filter: string): WatchRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const failures = words.length === 0 ? totals.failures.slice(0, SHOWN_FAILURES) : totals.failures
  const all = [...failures, ...inOrderOfAttention(totals.live)]
  const chosen = words.length === 0 ? all : all.filter((action) => hasAll(action, words))
  return chosen.map((action) => ({ id: action.id, name: action.name, phase: action.phase, action }))
}

/** How many rows of the list, or lines of a sheet, there is room for. */
export function pageOf(rows: number): number {
  return Math.max(1, rows - 5)
}

/** The lines of the screen: as many as the terminal has. */
export function drawWatch(totals: RunTotals, state: WatchState, options: WatchScreenOptions): string[] {
  const { rows, columns, style, note, all } = options
  const width = columns - 1
  const head = [...drawHead(totals, options).flatMap((line) => wrapWords(line, width, 4)), '']
  const foot = [
    ...(note === undefined ? [] : wrapWords(` ${note}`, width, 1)),
    state.prompt === undefined ? drawKeys(state, style) : drawPrompt(state.prompt, all.length, style),
  ]
  const room = Math.max(1, rows - head.length - foot.length)
  const body =
    state.sheet === undefined ? drawBody(totals, state, room, options) : drawSheet(state, room, options)
  const filling = Array.from({ length: Math.max(0, room - body.length) }, () => '')
  return [...head, ...body.slice(0, room), ...filling, ...foot].map((line) => fitInto(line, width))
}

function drawKeys({ sheet, filter }: WatchState, style: Style): string {
  if (sheet !== undefined) return style('dim', ' ↑↓ scroll  a abort  l logs  o open  ? keys  Esc back')
  const shown = filter === '' ? '/ filter  o open' : `/${printable(filter)} (Esc drops it)`
  return style('dim', ` ↑↓ choose  Enter show  a abort  l logs  ${shown}  ? keys  q leave`)
}

function drawPrompt(prompt: Prompt, listed: number, style: Style): string {
  const text = `${printable(prompt.text)}▏`
  if (prompt.kind === 'filter')
    return ` ${style('bold', '/')}${text} ${style('dim', ` ${listed} listed. Enter keeps it, Esc drops it`)}`
  const { force, name, id, requested = 1 } = prompt
  const under = requested > 1 ? ` and ${requested - 1} under it` : ''
  const what = `${force ? 'Force' : 'Abort'} ${printable(name)} (${printable(id)})${under}?`
  return ` ${style('yellow', what)} Why: ${text} ${style('dim', ` Enter ${force ? 'forces' : 'aborts'}, Esc doesn’t`)}`
}

/** Sweeps, the list, and below it what has happened last. */
function drawBody(
  totals: RunTotals,
  state: WatchState,
  room: number,
  { all, recent, columns, style, now, drawSweeps }: WatchScreenOptions,
): string[] {
  const sweeps =
    totals.sweeps.size === 0 || state.filter !== ''
      ? []
      : [...(drawSweeps?.(totals.sweeps.values(), { columns, style, rows: Math.floor(room / 2) }) ?? [])]
  if (sweeps.length > 0) sweeps.push('')
  const left = room - sweeps.length
  const least = left < SMALL_SCREEN ? 0 : Math.min(recent.length, LEAST_RECENT)
  const list = drawList(state, all, left - (least > 0 ? least + 1 : 0), { columns, style, now })
  const roomOfRecent = left - list.length - 1
  const said = roomOfRecent <= 0 ? [] : recent.slice(-roomOfRecent)
  const gap = Math.max(0, left - list.length - said.length)
  return [...sweeps, ...list, ...Array.from({ length: said.length === 0 ? 0 : gap }, () => ''), ...said]
}

/** As much of the list as there is room for, with the chosen row among it. */
function drawList(
  state: WatchState,
  all: readonly WatchRow[],
  room: number,
  options: Pick<WatchScreenOptions, 'columns' | 'style' | 'now'>,
): string[] {
  const { style } = options
  if (all.length === 0) {
    return [
      style(
        'dim',
        state.filter === '' ? '  nothing lives' : `  nothing is like '${printable(state.filter)}'`,
      ),
    ]
  }
  const at = placeOf(state.selected, all)
  const isCut = all.length > room
  const size = Math.max(1, isCut ? room - 1 : room)
  const first = Math.min(Math.max(0, at - Math.floor(size / 2)), Math.max(0, all.length - size))
  const lines = all
    .slice(first, first + size)
    .map((row, index) => drawRow(row, first + index === at, options))
  if (!isCut) return lines
  const below = all.length - first - size
  const places = [...(first > 0 ? [`${first} above`] : []), ...(below > 0 ? [`${below} below`] : [])]
  return [...lines, style('dim', `    … ${places.join(', ')}`)]
}

function drawRow(
  { id, name, phase, action }: WatchRow,
  isChosen: boolean,
  { columns: width, style, now }: Pick<WatchScreenOptions, 'columns' | 'style' | 'now'>,
): string {
  const columns = columnsFor(width)
  const place = `${idCell(id, columns)}  ${nameCell(name, columns)}`
  const what =
    'settledAt' in action
      ? describeFailed(action, columns.time, style)
      : describeLive(action, { now, style, columns: width })
  return `${isChosen ? style('bold', '❯') : ' '} ${inPhase(style, phase, PHASE_SIGNS[phase])} ${isChosen ? style('inverse', place) : place}  ${what}`
}

function describeFailed(
  { id, phase, how, startedAt, settledAt, error }: FailedAction,
  timeWidth: number,
  style: Style,
): string {
  const time = padTo(formatDuration(settledAt - startedAt), timeWidth, 'right')
  return `${time}  ${inPhase(style, phase, describeEnd(phase, how))}: ${describeError(error, id)}`
}

function drawSheet(
  { sheet, scroll }: WatchState,
  room: number,
  { columns, sheet: text }: WatchScreenOptions,
): string[] {
  const lines = text.flatMap((line) => wrapWords(line, columns - 1, SHEET_INDENT))
  const most = Math.max(0, lines.length - room)
  const offset = Math.min(scroll, most)
  const first = sheet === 'logs' ? most - offset : offset
  return lines.slice(first, first + room)
}

function hasAll(action: LiveAction | FailedAction, words: readonly string[]): boolean {
  const { id, name, phase } = action
  const said =
    'settledAt' in action
      ? (action.error?.message ?? '')
      : `${action.report === undefined ? '' : showReport(action.report)} ${action.reason?.message ?? ''} ${action.reason?.by ?? ''}`
  const text = `${id} ${name} ${phase === 'timedOut' ? 'timed out' : phase} ${said}`.toLowerCase()
  return words.every((word) => text.includes(word))
}
