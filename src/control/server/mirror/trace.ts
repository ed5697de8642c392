// A run as files: in Chrome's Trace Event Format, which Perfetto and the browser's tools show, and as JSON with all that
// is kept. Made in slices and written piece by piece, as fast as the reader takes them.

import type { HostName } from '../../../protocol/host-name.js'
import type { LogEntry, RunExport } from '../../api.js'
import { itemPieces } from '../routes/answer.js'
import type { ActionEntry, RunIndex } from './catalog.js'
import { eachEntry } from './pages.js'
import { sortInSlices } from './sort-in-slices.js'
import type { TimeSlices } from './time-slices.js'
import { actionItem, actionSeries } from './views.js'

interface Slice {
  readonly entry: ActionEntry
  readonly attempt: number
  readonly thread: number
  /** The machine of that thread; `undefined` for that of the runtime. */
  readonly host: HostName | undefined
  readonly from: number
  readonly to: number
  /** Its row of its thread, and whether it is the first there. */
  row: number
  isNew: boolean
}

/** The run as a trace. Each machine is a process in it, that of the runtime the first; each thread has as many rows as bodies overlapped on it: those that wait hold no thread. */
export async function* traceOf(
  index: RunIndex,
  now: number,
  timeSlices: TimeSlices,
): AsyncGenerator<string, void> {
  const slices: Slice[] = []
  for await (const some of eachEntry(() => index.entries, -1, timeSlices)) {
    for (const entry of some) if (entry.isKept) addSlices(slices, entry, now)
  }
  const begun = await sortInSlices(
    slices,
    (one, other) => one.from - other.from || other.to - one.to,
    timeSlices,
  )
  const ended = await sortInSlices(slices, (one, other) => one.to - other.to, timeSlices)
  yield '{"displayTimeUnit":"ms","traceEvents":['
  yield JSON.stringify({ ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: index.name } })
  const rows = new Rows(ended)
  const processes = new Map<string | undefined, number>([[undefined, 1]])
  for (const [at, slice] of begun.entries()) {
    const { host } = slice
    let pid = processes.get(host?.instance)
    if (pid === undefined) {
      pid = processes.size + 1
      processes.set(host?.instance, pid)
      yield `,${JSON.stringify({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name: `host ${host?.name}` } })}`
    }
    rows.place(slice)
    yield traceEvents(slice, pid)
    // What was written isn't needed any more.
    begun[at] = undefined as never
  }
  yield ']}'
}

function addSlices(slices: Slice[], entry: ActionEntry, now: number): void {
  const { action, earlier } = entry
  const add = (slice: Omit<Slice, 'entry' | 'row' | 'isNew'>): void =>
    void slices.push({ entry, ...slice, row: -1, isNew: false })
  for (const { attempt, thread = 0, host, hostInstance, startedAt, endedAt } of earlier ?? []) {
    if (startedAt === undefined) continue
    const machine =
      host === undefined || hostInstance === undefined ? undefined : { name: host, instance: hostInstance }
    add({ attempt, thread, host: machine, from: startedAt, to: endedAt })
  }
  const { attempt, thread = 0, host, startedAt, settledAt } = action
  if (startedAt !== undefined) add({ attempt, thread, host, from: startedAt, to: settledAt ?? now })
}

/** A row of its thread for each slice, free from the end of the one before. Slices come in the order of their starts. */
class Rows {
  readonly #byEnd: readonly Slice[]
  readonly #free = new Map<string, number[]>()
  readonly #count = new Map<string, number>()
  #ended = 0

  constructor(byEnd: readonly Slice[]) {
    this.#byEnd = byEnd
  }

  place(slice: Slice): void {
    const { from } = slice
    const thread = keyOf(slice)
    for (;;) {
      const other = this.#byEnd[this.#ended]
      // One without a row begins and ends at this very moment, and hasn't had its turn.
      if (other === undefined || other.to > from || other.row === -1) break
      const freeOfThread = this.#free.get(keyOf(other))
      if (freeOfThread === undefined) this.#free.set(keyOf(other), [other.row])
      else freeOfThread.push(other.row)
      this.#ended += 1
    }
    const reused = this.#free.get(thread)?.pop()
    const next = this.#count.get(thread) ?? 0
    if (reused === undefined) this.#count.set(thread, next + 1)
    slice.row = reused ?? next
    slice.isNew = reused === undefined
  }
}

function keyOf({ thread, host }: Slice): string {
  return `${host?.instance} ${thread}`
}

function traceEvents({ entry, attempt, thread, from, to, row, isNew }: Slice, pid: number): string {
  const place = { pid, tid: thread * 1000 + row }
  const { id, name, phase, parent, queuedAt, abortRequestedAt, how, reason, error, ...item } =
    actionItem(entry)
  const isLast = attempt === item.attempt
  const args = {
    id,
    attempt,
    ...(parent !== undefined && { parent }),
    queuedMs: isLast ? from - (item.attemptQueuedAt ?? queuedAt) : undefined,
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
export async function* exportOf(
  index: RunIndex,
  about: Pick<RunExport, 'heddle' | 'exportedAt' | 'run'>,
  timeSlices: TimeSlices,
): AsyncGenerator<string, void> {
  const { heddle, exportedAt, run } = about
  yield `{"heddle":${JSON.stringify(heddle)},"exportedAt":${exportedAt},"run":${JSON.stringify(run)},"actions":[`
  yield* entryPieces(index, timeSlices, (entry) => actionItem(entry, { input: true, output: true }))
  yield '],"logs":['
  yield* itemPieces(keptEntries(index), (entry) => entry)
  yield '],"series":['
  yield* entryPieces(index, timeSlices, (entry) => entry.reports && actionSeries(entry, 1000, undefined))
  yield ']}'
}

/** Those that are kept when they are first asked for. */
function* keptEntries({ logs }: RunIndex): Generator<LogEntry, void> {
  const { row, start, end } = logs.kept()
  for (let at = start; at < end; at += 1) yield row[at] as LogEntry
}

async function* entryPieces(
  index: RunIndex,
  timeSlices: TimeSlices,
  show: (entry: ActionEntry) => unknown,
): AsyncGenerator<string, void> {
  let isFirst = true
  for await (const some of eachEntry(() => index.entries, -1, timeSlices)) {
    for (const entry of some) {
      const shown = entry.isKept ? show(entry) : undefined
      if (shown === undefined) continue
      yield `${isFirst ? '' : ','}${JSON.stringify(shown)}`
      isFirst = false
    }
  }
}
