// What can be asked of a served process, typed: one method for each route of the API. It is apart from how a process is
// found and reached, so that a page in a browser can use it, too: nothing here needs Node.

import {
  API_PREFIX,
  routes,
  type AbortAnswer,
  type AbortProgress,
  type AbortRequest,
  type ActionDetail,
  type ActionItem,
  type ActionsQuery,
  type EventsQuery,
  type LogEntry,
  type LogsQuery,
  type Page,
  type ProcessInfo,
  type RunDetail,
  type RunExport,
  type RunsQuery,
  type RunSummary,
  type SeriesAnswer,
  type SeriesQuery,
  type StatsInfo,
  type StreamEvent,
} from '../api.js'
import { ControlError, errorOf } from './control-error.js'
import { readEvents } from './event-reader.js'

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

/** How a process is reached. */
export interface ClientOptions {
  /** `http://127.0.0.1:4321`. In a page of the server's own, `location.origin`. */
  readonly url: string
  /** Left out in a page, where the cookie takes its place. */
  readonly token?: string | undefined
  /** Default: the platform's. The one for a Unix socket comes from `connect`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/**
 * A client of the process at that address.
 *
 * Its methods reject with a `ControlError`: the server's own if it has answered, otherwise one with the code
 * `'unreachable'`; and with the reason of the signal they were given.
 */
export function createClient({ url, token, fetch = globalThis.fetch }: ClientOptions): ControlClient {
  const base = url.replace(/\/+$/, '')
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }

  const send = async (
    method: 'GET' | 'POST',
    path: string,
    { signal, headers, body }: RequestOptions & { headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Response> => {
    const what = `${method} ${base}${path}`
    let response: Response
    try {
      response = await fetch(`${base}${path}`, {
        method,
        headers: {
          ...authorization,
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw new ControlError(`${what} had no answer (${reasonOf(error)}): has the process ended?`, {
        code: 'unreachable',
        cause: error,
      })
    }
    if (!response.ok) throw await errorOf(response, what)
    return response
  }
  const get = async <Answer>(path: string, options: RequestOptions = {}): Promise<Answer> => {
    const response = await send('GET', `${API_PREFIX}${path}`, options)
    return (await response.json()) as Answer
  }
  const post = async <Answer>(path: string, body: unknown, options: RequestOptions = {}): Promise<Answer> => {
    const response = await send('POST', `${API_PREFIX}${path}`, { ...options, body })
    return (await response.json()) as Answer
  }

  const client: ControlClient = {
    url: base,
    process: (options) => get(routes.process, options),
    stats: (options) => get(routes.stats, options),
    runs: (query, options) => get(withQuery(routes.runs, query), options),
    run: (run, options) => get(fill(routes.run, run), options),
    actions: (run, query, options) => get(withQuery(fill(routes.actions, run), query), options),
    async *allActions(run, query = {}, options) {
      let { cursor } = query
      do {
        const page = await client.actions(run, { ...query, ...(cursor !== undefined && { cursor }) }, options)
        yield* page.items
        cursor = page.next
      } while (cursor !== undefined)
    },
    action: (run, action, options) => get(fill(routes.action, run, action), options),
    logs: (run, query, options) => get(withQuery(fill(routes.logs, run), query), options),
    series: (run, query, options) => get(withQuery(fill(routes.series, run), query), options),
    aborts: async (run, options) => {
      const { items } = await get<{ items: readonly AbortProgress[] }>(fill(routes.aborts, run), options)
      return items
    },
    abort: (run, request = {}, options) => post(fill(routes.abortRun, run), request, options),
    abortAction: (run, action, request = {}, options) =>
      post(fill(routes.abortAction, run, action), request, options),
    abortProgress: (abort, options) =>
      get(routes.abort.replace(':abort', encodeURIComponent(abort)), options),
    events: (options = {}) => {
      const { run, lastEventId, reconnect = true, onConnection, signal, ...query } = options
      const path = withQuery(run === undefined ? routes.events : fill(routes.runEvents, run), query)
      return readEvents({
        open: (last, stop) =>
          send('GET', `${API_PREFIX}${path}`, {
            signal: stop,
            headers: { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) },
          }),
        lastEventId,
        reconnect,
        onConnection,
        signal,
      })
    },
    trace: (run, options) => get(fill(routes.trace, run), options),
    export: (run, options) => get(fill(routes.export, run), options),
    metrics: async (options = {}) => (await send('GET', '/metrics', options)).text(),
  }
  return client
}

function fill(route: string, run: string, action = ''): string {
  return route.replace(':run', encodeURIComponent(run)).replace(':action', encodeURIComponent(action))
}

function withQuery(path: string, query: object = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value))
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}

/** `fetch` says 'fetch failed' and has the reason in its cause. */
function reasonOf(error: unknown): string {
  const cause = (error as { cause?: unknown } | undefined)?.cause
  const told = cause instanceof Error ? cause : error
  if (!(told instanceof Error)) return String(told)
  return told.message === '' ? ((told as NodeJS.ErrnoException).code ?? told.name) : told.message
}
