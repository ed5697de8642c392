// A run as files: in Chrome's Trace Event Format, which Perfetto and the browser's tools show, and as JSON with all that
// is kept. Written piece by piece, as fast as the reader takes them.

import type { ActionItem, RunExport } from '../api.js'
import type { RunIndex } from './catalog.js'
import { actionItem, actionSeries } from './views.js'

/** Actions that are written at a time. */
const PIECE = 200

interface Slice {
  readonly item: ActionItem
  readonly attempt: number
  readonly thread: number
  readonly from: number
  readonly to: number
}

/** The run as a trace. Each thread has as many rows as bodies overlapped on it: those that wait hold no thread. */
export function* traceOf(index: RunIndex, now: number): Generator<string> {
  const slices: Slice[] = []
  for (const entry of index.entries) {
    if (!entry.isKept) continue
    const item = actionItem(entry)
    for (const { attempt, thread, startedAt, endedAt } of item.earlier ?? []) {
      if (startedAt !== undefined)
        slices.push({ item, attempt, thread: thread ?? 0, from: startedAt, to: endedAt })
    }
    if (item.startedAt !== undefined) {
      const { attempt, thread = 0, startedAt, settledAt } = item
      slices.push({ item, attempt, thread, from: startedAt, to: settledAt ?? now })
    }
  }
  slices.sort((one, other) => one.from - other.from || other.to - one.to)
  const rows = rowsOf(slices)
  yield '{"displayTimeUnit":"ms","traceEvents":['
  yield JSON.stringify({ ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: index.name } })
  let text = ''
  for (const [at, slice] of slices.entries()) {
    text += traceEvents(slice, rows.get(slice) as Row)
    if (at % PIECE === PIECE - 1) {
      yield text
      text = ''
    }
  }
  yield `${text}]}`
}

interface Row {
  readonly number: number
  readonly isNew: boolean
}

/** A row of its thread for each slice, free from the end of the one before. Slices come in the order of their starts. */
function rowsOf(slices: readonly Slice[]): Map<Slice, Row> {
  const rows = new Map<Slice, Row>()
  const byEnd = slices.toSorted((one, other) => one.to - other.to)
  const free = new Map<number, number[]>()
  const count = new Map<number, number>()
  let ended = 0
  for (const slice of slices) {
    for (let other = byEnd[ended]; other !== undefined && other.to <= slice.from; other = byEnd[ended]) {
      const row = rows.get(other)
      // It begins and ends at this very moment, and hasn't had its turn.
      if (row === undefined) break
      const freeOfThread = free.get(other.thread)
      if (freeOfThread === undefined) free.set(other.thread, [row.number])
      else freeOfThread.push(row.number)
      ended += 1
    }
    const reused = free.get(slice.thread)?.pop()
    const next = count.get(slice.thread) ?? 0
    if (reused === undefined) count.set(slice.thread, next + 1)
    rows.set(slice, { number: reused ?? next, isNew: reused === undefined })
  }
  return rows
}

function traceEvents({ item, attempt, thread, from, to }: Slice, { number: row, isNew }: Row): string {
  const place = { pid: 1, tid: thread * 1000 + row }
  const { id, name, phase, parent, queuedAt, abortRequestedAt, how, reason, error } = item
  const isLast = attempt === item.attempt
  const args = {
    id,
    attempt,
    ...(parent !== undefined && { parent }),
    queuedMs: isLast ? from - queuedAt : undefined,
    ...(isLast && { phase, how, reason, error: error?.message }),
  }
  const events: unknown[] = []
  if (isNew) {
    const title = `thread ${thread}${row === 0 ? '' : ` (${row + 1})`}`
    events.push({ ph: 'M', name: 'thread_name', ...place, args: { name: title } })
  }
  events.push({ ph: 'X', cat: 'action', name, ...place, ts: us(from), dur: Math.max(0, us(to - from)), args })
  if (isLast && abortRequestedAt !== undefined) {
    const begun = Math.max(from, abortRequestedAt)
    events.push({
      ph: 'X',
      cat: 'abort',
      name: 'aborting',
      ...place,
      ts: us(begun),
      dur: Math.max(0, us(to - begun)),
    })
  }
  return events.map((event) => `,${JSON.stringify(event)}`).join('')
}

/** Microseconds, as the format has them. */
function us(ms: number): number {
  return Math.round(ms * 1000)
}

/** The run as JSON: a `RunExport`. */
export function* exportOf(
  index: RunIndex,
  about: Pick<RunExport, 'heddle' | 'exportedAt' | 'run'>,
): Generator<string> {
  const { heddle, exportedAt, run } = about
  const entries = index.entries.filter((entry) => entry.isKept)
  yield `{"heddle":${JSON.stringify(heddle)},"exportedAt":${exportedAt},"run":${JSON.stringify(run)},"actions":[`
  yield* pieces(entries, (entry) => actionItem(entry, { input: true, output: true }))
  yield '],"logs":['
  yield* pieces(index.logs.entries(), (entry) => entry)
  yield '],"series":['
  yield* pieces(
    entries.filter(({ reports }) => reports !== undefined),
    (entry) => actionSeries(entry, 1000, undefined),
  )
  yield ']}'
}

function* pieces<Item>(items: readonly Item[], show: (item: Item) => unknown): Generator<string> {
  for (let at = 0; at < items.length; at += PIECE) {
    const texts = items.slice(at, at + PIECE).map((item) => JSON.stringify(show(item)))
    yield `${at === 0 ? '' : ','}${texts.join(',')}`
  }
}
