// What can be asked of a served process, typed: one method for each route of the API. It is apart from how a process is
// found and reached, so that a page in a browser can use it, too: nothing here needs Node.

import type {
  AbortAnswer,
  AbortProgress,
  AbortRequest,
  ActionDetail,
  ActionItem,
  ActionsQuery,
  EventsQuery,
  LogEntry,
  LogsQuery,
  Page,
  ProcessInfo,
  RunDetail,
  RunExport,
  RunsQuery,
  RunSummary,
  SeriesAnswer,
  SeriesQuery,
  StatsInfo,
  StreamEvent,
} from '../api.js'

/** What every request can be given. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
}

/** What `events` can be given besides. */
export interface EventsOptions extends EventsQuery, RequestOptions {
  /** Only this run's. Default: all. */
  readonly run?: string
  /** Goes on after this event instead of beginning with a snapshot: the `seq` of one seen, from the same instance. */
  readonly lastEventId?: string
  /** Whether to connect again when the connection breaks. Default `true`; ends with an `end` event in any case. */
  readonly reconnect?: boolean
  /** Told whenever the stream is connected, and whenever it has lost its connection. */
  readonly onConnection?: (state: 'connected' | 'lost', error?: unknown) => void
}

/** An abort, without what only a selection has. */
export type SimpleAbortRequest = Omit<AbortRequest, 'where' | 'actions'>

/** A served process. */
export interface ControlClient {
  /** Where it is. */
  readonly url: string
  process(options?: RequestOptions): Promise<ProcessInfo>
  stats(options?: RequestOptions): Promise<StatsInfo>
  runs(query?: RunsQuery, options?: RequestOptions): Promise<Page<RunSummary>>
  run(run: string, options?: RequestOptions): Promise<RunDetail>
  actions(run: string, query?: ActionsQuery, options?: RequestOptions): Promise<Page<ActionItem>>
  /** All pages, one action after the other. */
  allActions(run: string, query?: ActionsQuery, options?: RequestOptions): AsyncIterableIterator<ActionItem>
  action(run: string, action: string, options?: RequestOptions): Promise<ActionDetail>
  logs(run: string, query?: LogsQuery, options?: RequestOptions): Promise<Page<LogEntry>>
  series(run: string, query?: SeriesQuery, options?: RequestOptions): Promise<SeriesAnswer>
  /** Aborts that were asked for through the server, newest first. */
  aborts(run: string, options?: RequestOptions): Promise<readonly AbortProgress[]>
  /** Aborts a run, or a selection of its actions. */
  abort(run: string, request?: AbortRequest, options?: RequestOptions): Promise<AbortAnswer>
  /** Aborts one action with what is under it. */
  abortAction(
    run: string,
    action: string,
    request?: SimpleAbortRequest,
    options?: RequestOptions,
  ): Promise<AbortAnswer>
  abortProgress(abort: string, options?: RequestOptions): Promise<AbortProgress>
  /** A snapshot, then every change; connects again by itself, and goes on where it was. */
  events(options?: EventsOptions): AsyncIterableIterator<StreamEvent>
  /** Chrome's Trace Event Format. */
  trace(run: string, options?: RequestOptions): Promise<unknown>
  export(run: string, options?: RequestOptions): Promise<RunExport>
  /** Prometheus text. */
  metrics(options?: RequestOptions): Promise<string>
}

/** What an answer that isn't 2xx is rejected with, and a server that can't be reached. */
export interface ControlErrorShape extends Error {
  readonly name: 'ControlError'
  /** As in `ErrorAnswer`; `'unreachable'` if there was no answer. */
  readonly code: string
  /** The HTTP status; `undefined` if there was no answer. */
  readonly status: number | undefined
  readonly field?: string
  readonly nearest?: readonly string[]
}

/** How a process is reached. */
export interface ClientOptions {
  /** `http://127.0.0.1:4321`. In a page of the server's own, `location.origin`. */
  readonly url: string
  /** Left out in a page, where the cookie takes its place. */
  readonly token?: string
  /** Default: the platform's. The one for a Unix socket comes from `connect`. */
  readonly fetch?: typeof globalThis.fetch
}

// In this folder follow (Node only, exported by `heddle/client` together with the above):
//
//   createClient(options: ClientOptions): ControlClient
//   listProcesses(options?: { folder?: string }): Promise<FoundProcess[]>     live ones; stale entries are removed
//   connect(target: FoundProcess | { url, token } ): Promise<ControlClient>   by its socket if it has one
//   interface FoundProcess { instance, pid, title, main?, cwd, startedAt, url, socket?, token, responsive: boolean }
