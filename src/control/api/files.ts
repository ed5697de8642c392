// A run as a file: all that is kept of it, or a trace.

import type { Json } from '../../protocol/values/shown-value.js'
import type { ActionItem } from './actions.js'
import type { ActionSeries, LogEntry } from './histories.js'
import type { RunDetail } from './runs.js'
import type { Time } from './terms.js'

/** What `GET /runs/:run/export` gives. */
export interface RunExport {
  readonly heddle: string
  readonly exportedAt: Time
  readonly run: RunDetail
  readonly actions: readonly ActionItem[]
  readonly logs: readonly LogEntry[]
  readonly series: readonly ActionSeries[]
}

/** What `GET /runs/:run/trace` gives: Chrome's Trace Event Format. */
export interface TraceFile {
  readonly displayTimeUnit: string
  readonly traceEvents: readonly TraceEvent[]
}

/** One event of a trace; what else it has depends on `ph`. */
export interface TraceEvent {
  readonly ph: string
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly [key: string]: Json
}
