// The contract between a served process and whoever looks at it from outside: the JSON of the HTTP API, its routes and
// its errors. Server, client, command line and console share this one file; it imports types only, so that a page can.

import type { AbortSource } from '../protocol/abort-reason.js'
import type { AbortHow } from '../protocol/errors.js'
import type { LogLevel } from '../protocol/messages.js'
import type { Phase, TerminalPhase } from '../protocol/outcome.js'

/** The prefix of every route but `/metrics` and the console's pages. */
export const API_PREFIX = '/api/v1'

/**
 * The routes, below `API_PREFIX`. `:run` and `:action` are percent-encoded.
 *
 * | method and route | query or body | answer |
 * |---|---|---|
 * | `GET /process` | | `ProcessInfo` |
 * | `GET /stats` | | `StatsInfo` |
 * | `GET /runs` | `RunsQuery` | `Page<RunSummary>`, newest first |
 * | `GET /runs/:run` | | `RunDetail` |
 * | `GET /runs/:run/actions` | `ActionsQuery` | `Page<ActionItem>` |
 * | `GET /runs/:run/actions/:action` | | `ActionDetail` |
 * | `GET /runs/:run/logs` | `LogsQuery` | `Page<LogEntry>`, oldest first |
 * | `GET /runs/:run/series` | `SeriesQuery` | `SeriesAnswer` |
 * | `GET /runs/:run/aborts` | | `{ items: AbortProgress[] }`, newest first |
 * | `GET /runs/:run/trace` | | Chrome's Trace Event Format, as a file |
 * | `GET /runs/:run/export` | | `RunExport`, as a file |
 * | `GET /runs/:run/events` | `EventsQuery` | server-sent events of one run |
 * | `GET /events` | `EventsQuery` | server-sent events of all runs |
 * | `POST /runs/:run/abort` | `AbortRequest` | `202 AbortAnswer`; a dry run `200` |
 * | `POST /runs/:run/actions/:action/abort` | `AbortRequest` without a selection | `202 AbortAnswer` |
 * | `GET /aborts/:abort` | | `AbortProgress` |
 * | `POST /session` | the token, as a bearer | `204`, and the cookie that takes its place in a browser |
 * | `GET /session` | | `SessionInfo` |
 * | `DELETE /session` | | `204`, and the cookie is gone |
 * | `GET /openapi.json` | | OpenAPI 3.1 |
 * | `GET /metrics` (no prefix) | | Prometheus text |
 *
 * Every request but `POST /session` and those for the console's own files needs `Authorization: Bearer <token>` or the
 * cookie. Whatever isn't 2xx has an `ErrorAnswer` as its body.
 */
export const routes = {
  process: '/process',
  stats: '/stats',
  runs: '/runs',
  run: '/runs/:run',
  actions: '/runs/:run/actions',
  action: '/runs/:run/actions/:action',
  logs: '/runs/:run/logs',
  series: '/runs/:run/series',
  aborts: '/runs/:run/aborts',
  trace: '/runs/:run/trace',
  export: '/runs/:run/export',
  runEvents: '/runs/:run/events',
  events: '/events',
  abortRun: '/runs/:run/abort',
  abortAction: '/runs/:run/actions/:action/abort',
  abort: '/aborts/:abort',
  session: '/session',
  openapi: '/openapi.json',
} as const

// ---------------------------------------------------------------------------------------------------- values

/** Whatever JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * A value of the app's, as far as it is shown: JSON, cut to a size. What JSON doesn't have is an object with a `$type`:
 * `{ $type: 'bigint', value: '12' }`, `{ $type: 'Float64Array', length: 1000, value: [0, 1] }`,
 * `{ $type: 'undefined' }`, `{ $type: 'number', value: 'NaN' }`, `{ $type: 'cut' }` where something was left out.
 */
export interface Shown {
  readonly value: Json
  /** Whether anything was left out or shortened. */
  readonly cut: boolean
}

/** An error with its causes. */
export interface ErrorInfo {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  /** Where it happened, for errors of Heddle's. */
  readonly run?: string
  readonly action?: string
  /** Own fields that aren't above: `bound`, `limitMs`, `loss`, those of the app's classes … */
  readonly fields?: { readonly [key: string]: Json }
  /** The error that led to it. A cause that isn't an error is an `ErrorInfo` named `'NonError'`. */
  readonly cause?: ErrorInfo
  /** Of an `AggregateError`. */
  readonly errors?: readonly ErrorInfo[]
}

/** Why an action was stopped, and by whom: `AbortReason` with its cause as data. */
export interface ReasonInfo {
  readonly source: AbortSource
  readonly message: string
  readonly by?: string
  /** Id of the action that the abort was aimed at. */
  readonly origin: string
  /** Epoch milliseconds, fractional, as all times here. */
  readonly at: number
  readonly cause?: ErrorInfo
}

/** How many actions stand in each phase. */
export type PhaseCounts = Readonly<Record<Phase, number>>

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Gives the next page, as the query's `cursor`; left out on the last one. */
  readonly next?: string
  /** Number of the runtime's last event when the page was made: later events aren't in it. */
  readonly seq: number
}

// --------------------------------------------------------------------------------------------------- process

/** What answers. */
export interface ProcessInfo {
  /** New with each `serve()`: tells two processes of one pid, or one address, apart. */
  readonly instance: string
  readonly pid: number
  readonly title: string
  /** The module that was started, where there is one. */
  readonly main?: string
  readonly cwd: string
  readonly hostname: string
  readonly node: string
  readonly heddle: string
  readonly startedAt: number
  readonly servedAt: number
  readonly url: string
  /** Number of the runtime's last event. */
  readonly seq: number
  /** What the request's token allows. */
  readonly scope: Scope
}

/** What a token allows: everything, or only looking. */
export type Scope = 'full' | 'read'

/** What `GET /session` answers. */
export interface SessionInfo {
  readonly scope: Scope
  readonly by: 'token' | 'cookie'
  readonly instance: string
}

/** The runtime's counts. */
export interface StatsInfo {
  readonly at: number
  readonly threads: number
  readonly lanes: readonly {
    readonly thread?: number
    readonly role: string
    readonly state: string
    readonly inFlight: number
    readonly held: number
    /** How long the thread hasn't answered, in milliseconds; 0 while it does. */
    readonly silentMs: number
    /** How long ago it was killed without having exited, in milliseconds. */
    readonly exitPendingMs: number
  }[]
  readonly queued: number
  readonly running: number
  readonly aborting: number
  readonly abandoned: number
  readonly totals: Readonly<Record<TerminalPhase, number>>
  /** Of the app's event loop, since the last look through this server, in milliseconds. */
  readonly eventLoopDelay: { readonly meanMs: number; readonly p99Ms: number; readonly maxMs: number }
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number }
  /** Event streams that are open. */
  readonly streams: number
}

// ------------------------------------------------------------------------------------------------------ runs

/** The query of `GET /runs`. */
export interface RunsQuery {
  /** Phases, separated by commas. */
  readonly phase?: string
  /** Text that the run's name, or its root action's, contains. */
  readonly search?: string
  /** Default 100, at most 1000. */
  readonly limit?: number
  readonly cursor?: string
}

/** One run, in short. */
export interface RunSummary {
  readonly run: string
  /** Name of the root action. */
  readonly name: string
  /** The root's. */
  readonly phase: Phase
  readonly queuedAt: number
  readonly startedAt?: number
  readonly abortRequestedAt?: number
  readonly settledAt?: number
  /** All actions there have been, those whose records are gone included. */
  readonly counts: PhaseCounts
  readonly total: number
  /** Of the counts: settled ones whose records are no longer kept. */
  readonly dropped: number
  /** Failures that nobody has heard of (S19). */
  readonly unheard: number
  /** Why and by whom the root was stopped. */
  readonly reason?: ReasonInfo
  readonly how?: AbortHow
  /** In short: without stack and causes. */
  readonly error?: ErrorInfo
  readonly lastReport?: Shown
  /** Number of the last event of this run. */
  readonly seq: number
}

/** One run. */
export interface RunDetail extends RunSummary {
  readonly url: string
  /** How the aborted and timed-out actions have ended so far. */
  readonly stopped: Readonly<Record<AbortHow, number>>
  /** Aborts that were accepted, whoever asked: the newest 1000, oldest first. */
  readonly aborts: readonly AbortRecord[]
  readonly compute: ComputeInfo
  /** Threads that its actions have run on, in the order of their first use. */
  readonly threads: readonly number[]
  /** Names of its actions with their counts, the most frequent first; at most 200. */
  readonly names: readonly { readonly name: string; readonly counts: PhaseCounts }[]
}

/** What a run took of its threads, and what its aborts have left for others. Of the kept records only. */
export interface ComputeInfo {
  /** Sum of the run times of its actions, each times its cpu share, in milliseconds. */
  readonly usedMs: number
  /** The same of those that were aborted or timed out. */
  readonly stoppedMs: number
  /**
   * What those stopped would have taken on: for each, the mean time of the succeeded actions of the same definition, less
   * its own, not below 0, times its cpu share. An estimate; it leaves out definitions of which none has succeeded.
   */
  readonly freedMs: number
  /** Stopped actions that `freedMs` leaves out. */
  readonly unknown: number
}

/** One accepted abort, on record. */
export interface AbortRecord {
  readonly seq: number
  readonly at: number
  /** The action that it was aimed at. */
  readonly id: string
  readonly reason: ReasonInfo
  /** It was already being aborted. */
  readonly escalation: boolean
}

// --------------------------------------------------------------------------------------------------- actions

/** The query of `GET /runs/:run/actions`. */
export interface ActionsQuery {
  /**
   * `flat` (default): in the order of their spawns. `tree`: each action is followed by what is under it, with its
   * `depth`. Nesting them is left to the reader.
   */
  readonly view?: 'flat' | 'tree'
  /** Phases, separated by commas. */
  readonly phase?: string
  /** Name of the action; `*` stands for any text. Several, separated by commas. */
  readonly name?: string
  /** Only children of this action. */
  readonly parent?: string
  /** Only this action and what is under it. */
  readonly under?: string
  /** Text that id, name, last report or error message contains. */
  readonly search?: string
  /** What else each item shows, separated by commas: `input`, `output`. */
  readonly include?: string
  /** Default 100, at most 5000. */
  readonly limit?: number
  readonly cursor?: string
}

/** One action in a list. */
export interface ActionItem {
  readonly id: string
  readonly name: string
  /** Id of the action it is bound to. */
  readonly parent?: string
  readonly phase: Phase
  /** From 1; 0 if it never started. */
  readonly attempt: number
  /** Share of one thread that it holds. */
  readonly cpu: number
  readonly thread?: number
  readonly queuedAt: number
  readonly startedAt?: number
  readonly abortRequestedAt?: number
  readonly abortDeliveredAt?: number
  readonly settledAt?: number
  /** While it is aborting: how long its clean-up may take, in milliseconds. */
  readonly graceMs?: number
  /** While it is aborting: when force comes. Left out until its own grace runs: its children go first (S5). */
  readonly forceAt?: number
  readonly lastReport?: Shown
  /** In short: without stack and causes. */
  readonly error?: ErrorInfo
  readonly reason?: ReasonInfo
  readonly how?: AbortHow
  /** How many aborts came after the one that won. */
  readonly escalations?: number
  /** Attempts before the present one, oldest first. Left out if there were none. */
  readonly earlier?: readonly AttemptInfo[]
  /** Children whose records are kept, and how many of them live. */
  readonly children: number
  readonly liveChildren: number
  /** In the `tree` view: how many actions lie between the root and it. */
  readonly depth?: number
  /** If asked for, and if it is known. */
  readonly input?: Shown
  readonly output?: Shown
}

/** One attempt that failed and was followed by another. */
export interface AttemptInfo {
  readonly attempt: number
  readonly queuedAt: number
  readonly startedAt?: number
  readonly endedAt: number
  readonly thread?: number
  readonly error: ErrorInfo
  /** The wait before the next one, in milliseconds. */
  readonly delayMs: number
}

/** One action, with what is known of it. */
export interface ActionDetail extends Omit<ActionItem, 'escalations'> {
  readonly run: string
  /** Module that defines it; left out for the body of a scope. */
  readonly module?: string
  readonly definition: string
  /** Whole: with stacks and causes. */
  readonly error?: ErrorInfo
  /** Aborts that came after the one that won. */
  readonly escalations?: readonly ReasonInfo[]
  /** From its parent up to the root. */
  readonly ancestors: readonly { readonly id: string; readonly name: string; readonly phase: Phase }[]
  /** The newest reports, oldest first; at most 100. Those before the server was started aren't known. */
  readonly reports: readonly ReportEntry[]
  /** How many there were in all. */
  readonly reportCount: number
  /** The newest entries, oldest first; at most 200. */
  readonly logs: readonly LogEntry[]
  /** Numbers in its reports, each as a curve. */
  readonly series: readonly Series[]
  readonly seq: number
}

/** One report. */
export interface ReportEntry {
  readonly at: number
  readonly seq: number
  readonly report: Shown
}

// ------------------------------------------------------------------------------------------- logs and curves

/** The query of `GET /runs/:run/logs`. */
export interface LogsQuery {
  /** Only of this action and, with `under=true`, of what is under it. */
  readonly action?: string
  readonly under?: boolean
  /** The least important level that is given. */
  readonly level?: LogLevel
  /** Default 200, at most 5000: the newest ones, unless a cursor says from where. */
  readonly limit?: number
  readonly cursor?: string
}

/** One log entry. */
export interface LogEntry {
  readonly seq: number
  readonly at: number
  readonly id: string
  readonly name: string
  readonly attempt: number
  readonly level: LogLevel
  readonly message: string
  readonly fields?: Shown
}

/** The query of `GET /runs/:run/series`. */
export interface SeriesQuery {
  /** As in `ActionsQuery`. */
  readonly name?: string
  readonly phase?: string
  readonly parent?: string
  readonly under?: string
  /** The fields wanted, separated by commas. Default: all numbers, at most 20 fields an action. */
  readonly field?: string
  /** Points per curve, thinned evenly if there are more; the last one is always among them. Default 200, at most 1000. */
  readonly points?: number
  /** Actions on a page. Default 500, at most 2000. */
  readonly limit?: number
  readonly cursor?: string
}

/** What `GET /runs/:run/series` answers: actions that have reported numbers. */
export interface SeriesAnswer extends Page<ActionSeries> {
  /** All fields there are on this page. */
  readonly fields: readonly string[]
}

/** The curves of one action. */
export interface ActionSeries {
  readonly id: string
  readonly name: string
  readonly phase: Phase
  readonly how?: AbortHow
  readonly startedAt?: number
  readonly settledAt?: number
  readonly input?: Shown
  readonly series: readonly Series[]
}

/**
 * A number that an action reported again and again. `field` is its path in the report, `'loss'` or `'train.loss'`; `''`
 * for a report that is a number itself. The three arrays are equally long.
 */
export interface Series {
  readonly field: string
  /** Epoch milliseconds. */
  readonly at: readonly number[]
  /** The report's `step`, `epoch` or `iteration`, if it has one of them; else how many reports came before. */
  readonly step: readonly number[]
  readonly value: readonly number[]
}

// ---------------------------------------------------------------------------------------------------- aborts

/** The body of a `POST …/abort`. All of it may be left out. */
export interface AbortRequest {
  /** Why; shown wherever the abort is. */
  readonly reason?: string
  /** Who: `'cli'`, `'console'`, a name. Default `'api'`. */
  readonly by?: string
  /** One deadline for what is stopped and everything under it, in milliseconds. Default: each action's own grace. */
  readonly graceMs?: number
  /** No grace at all. */
  readonly force?: boolean
  /** Only these actions of the run. With `where`: those of them that it describes. */
  readonly actions?: readonly string[]
  /** Only the actions of the run that this describes. Without it and without `actions`: the run. */
  readonly where?: ActionFilter
  /** `true`: says what would be stopped, and stops nothing. */
  readonly dryRun?: boolean
}

/** Describes actions; all that is given must hold. An empty one describes all. */
export interface ActionFilter {
  readonly phase?: Phase | readonly Phase[]
  /** `*` stands for any text. */
  readonly name?: string | readonly string[]
  readonly parent?: string
  readonly under?: string
  readonly search?: string
}

/** What an abort has done, or, as a dry run, would do. */
export interface AbortAnswer {
  readonly run: string
  /** Whether anything was, or would be, aborted. `false`: all of it had ended already, and nothing has changed. */
  readonly accepted: boolean
  readonly dryRun: boolean
  /** Where the run, or the one action, stands now; left out for a selection. */
  readonly phase?: Phase
  /** Live actions that were meant. */
  readonly matched: number
  /** Of those meant: had ended already. */
  readonly finished: number
  /** All that is stopped by it, what is under the meant ones included. */
  readonly requested: number
  /** How it goes on: by `GET /aborts/:abort`, and as `abortProgress` events. Left out if nothing was accepted. */
  readonly progress?: AbortProgress
}

/** How far an abort that was asked for through this server has come. The last 1000 are remembered. */
export interface AbortProgress {
  readonly abort: string
  readonly run: string
  readonly at: number
  readonly by: string
  readonly message: string
  readonly graceMs?: number
  readonly force: boolean
  /** Ids of the actions that it was aimed at; at most 1000 of them. */
  readonly targets: readonly string[]
  /** All actions that it stops. */
  readonly requested: number
  /** Of these: have been told inside their thread, or have ended. */
  readonly acknowledged: number
  /** Have ended. When all have, it is over. */
  readonly settled: number
  /** How they have ended: those in none of these ended by themselves first. */
  readonly cooperative: number
  readonly forced: number
  readonly abandoned: number
  readonly neverStarted: number
  /** When the last of them had ended. */
  readonly settledAt?: number
}

// ---------------------------------------------------------------------------------------------------- events

/** The query of the event streams. */
export interface EventsQuery {
  /**
   * `actions` (default): a snapshot of runs and actions, then every event. `runs`: a snapshot of the runs, then a `run`
   * event for each that has changed, at most four times a second each.
   */
  readonly view?: 'actions' | 'runs'
  /** What each action of the snapshot shows besides, separated by commas: `input`. */
  readonly include?: string
}

/**
 * What a stream gives. Each is one server-sent event whose `event` is the `type` and whose `data` is this JSON.
 *
 * First `snapshot`, then `actions` until all are told, then `live`: from there on every event of the runtime (or of the
 * run) in order, without a gap and without a duplicate, each with its number as the SSE `id`. A reader that comes back
 * with `Last-Event-ID` gets what followed, and no snapshot; if that isn't kept any more, `gap` and a snapshot, as does a
 * reader that has fallen behind. One that doesn't read at all is told `dropped` and disconnected.
 */
export type StreamEvent =
  | SnapshotStart
  | SnapshotActions
  | SnapshotEnd
  | GapInfo
  | DroppedInfo
  | RunChanged
  | RunForgotten
  | AbortProgressEvent
  | GraceEvent
  | EndInfo
  | ActionEventInfo

/** A snapshot begins: forget what you know. */
export interface SnapshotStart {
  readonly type: 'snapshot'
  readonly instance: string
  readonly seq: number
  readonly at: number
  readonly runs: readonly RunSummary[]
}

/** A part of the snapshot. An action that is told again takes the place of its earlier form. */
export interface SnapshotActions {
  readonly type: 'actions'
  readonly run: string
  readonly actions: readonly ActionItem[]
}

/** The snapshot is complete, and includes every event up to this number. */
export interface SnapshotEnd {
  readonly type: 'live'
  readonly instance: string
  readonly seq: number
}

/** Events were missed: a snapshot follows. */
export interface GapInfo {
  readonly type: 'gap'
  readonly from: number
  readonly to: number
}

/** The reader is disconnected, because it didn't read. It may come back. */
export interface DroppedInfo {
  readonly type: 'dropped'
  readonly reason: string
  /** The last event that it was sent. */
  readonly seq: number
}

/** The server ends; everything that happened has been told. */
export interface EndInfo {
  readonly type: 'end'
  readonly reason: string
}

/** A run has changed (view `runs`). */
export interface RunChanged {
  readonly type: 'run'
  readonly summary: RunSummary
}

/** A finished run isn't kept any more (view `runs`). */
export interface RunForgotten {
  readonly type: 'forgotten'
  readonly run: string
}

/** An abort has come further. Told at most ten times a second each, and at its end. Not numbered. */
export interface AbortProgressEvent {
  readonly type: 'abortProgress'
  readonly progress: AbortProgress
}

/** The grace of an aborting action has begun, or was shortened. Not numbered, and only as exact as a look now and then. */
export interface GraceEvent {
  readonly type: 'grace'
  readonly run: string
  readonly id: string
  readonly graceMs: number
  readonly forceAt: number
}

/** What all events of an action carry. */
export interface ActionEventInfoBase {
  readonly seq: number
  readonly at: number
  readonly run: string
  readonly id: string
}

/** An event of the runtime, as JSON. */
export type ActionEventInfo =
  | (ActionEventInfoBase & {
      /** `at` is the time of the step: `queuedAt`, `startedAt`, `abortRequestedAt` or `settledAt`. */
      readonly type: 'phase'
      readonly phase: Phase
      readonly name: string
      readonly parent?: string
      readonly attempt: number
      readonly thread?: number
      readonly cpu?: number
      readonly reason?: ReasonInfo
      readonly how?: AbortHow
      /** In short. */
      readonly error?: ErrorInfo
    })
  | (ActionEventInfoBase & { readonly type: 'report'; readonly value: Shown })
  | (ActionEventInfoBase & { readonly type: 'emit'; readonly event: Shown })
  | (ActionEventInfoBase & {
      readonly type: 'log'
      readonly level: LogLevel
      readonly message: string
      readonly fields?: Shown
      readonly attempt: number
    })
  | (ActionEventInfoBase & {
      readonly type: 'abort'
      readonly reason: ReasonInfo
      readonly escalation: boolean
    })
  /** `at` is its `abortDeliveredAt`. */
  | (ActionEventInfoBase & { readonly type: 'abortSeen' })
  | (ActionEventInfoBase & {
      readonly type: 'retry'
      readonly attempt: number
      readonly error: ErrorInfo
      readonly delayMs: number
    })
  | (ActionEventInfoBase & { readonly type: 'unheard'; readonly error: ErrorInfo })
  /** Its shared thread doesn't answer, and it is among those on it that aren't parked. */
  | (ActionEventInfoBase & {
      readonly type: 'unresponsive'
      readonly thread?: number
      readonly silentMs: number
      readonly actions: readonly { readonly run: string; readonly id: string; readonly name: string }[]
    })
  /** Its thread was killed and hasn't exited yet. */
  | (ActionEventInfoBase & {
      readonly type: 'exitLate'
      readonly thread?: number
      readonly pendingMs: number
    })

// ---------------------------------------------------------------------------------------------------- export

/** What `GET /runs/:run/export` gives. */
export interface RunExport {
  readonly heddle: string
  readonly exportedAt: number
  readonly run: RunDetail
  readonly actions: readonly ActionItem[]
  readonly logs: readonly LogEntry[]
  readonly series: readonly ActionSeries[]
}

// ---------------------------------------------------------------------------------------------------- errors

/** What went wrong with a request. */
export type ErrorCode =
  /** 400: the request isn't well formed; `field` says where. */
  | 'invalid'
  /** 401: no token, or a wrong one. */
  | 'unauthorized'
  /** 403: a token that only reads, or a host or origin that isn't the server's. */
  | 'forbidden'
  /** 404: no such run, action, abort or route. */
  | 'notFound'
  /** 405 */
  | 'methodNotAllowed'
  /** 413 */
  | 'tooLarge'
  /** 415: a body that isn't JSON. */
  | 'notJson'
  /** 503: too many streams, or the server is closing. */
  | 'unavailable'
  /** 500 */
  | 'internal'

/** The body of every answer that isn't 2xx. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode
    /** What failed, the value, and the way out. */
    readonly message: string
    /** For `invalid`: the part of the query or the body that is wrong. */
    readonly field?: string
    /** For `notFound`: the names that come closest, the closest first. */
    readonly nearest?: readonly string[]
  }
}
