// The typed client of a served process: one method for each route of the API. It is apart from how a process is found and
// reached, so that a page in a browser can use it, too: nothing here needs Node.

import {
  API_PREFIX,
  routes,
  type AbortAnswer,
  type AbortList,
  type AbortProgress,
  type AbortRequest,
  type ActionDetail,
  type ActionItem,
  type ActionPage,
  type ActionsQuery,
  type EventsQuery,
  type HostList,
  type LogPage,
  type LogsQuery,
  type ProcessInfo,
  type RunDetail,
  type RunExport,
  type RunPage,
  type RunsQuery,
  type SeriesAnswer,
  type SeriesQuery,
  type SimpleAbortRequest,
  type DefinitionInfo,
  type DefinitionList,
  type RunStartAnswer,
  type RunStartRequest,
  type RunStopAnswer,
  type RunStopRequest,
  type StatsHistory,
  type StatsInfo,
  type StreamEvent,
} from '../api.js'
import { readEvents } from './event-reader.js'
import { Requests, type ClientOptions, type RequestOptions } from './requests.js'

/** What `events` can be given besides. */
export interface EventsOptions extends EventsQuery, RequestOptions {
  /** Only this run's. Default: all. */
  readonly run?: string | undefined
  /** Goes on after this event instead of beginning with a snapshot: the `seq` of one seen, from the same instance. */
  readonly lastEventId?: string | undefined
  /** Whether to connect again when the connection breaks. Default `true`; ends with an `end` event in any case. */
  readonly reconnect?: boolean | undefined
  /** Told whenever the stream is connected, and whenever it has lost its connection. */
  readonly onConnection?: ((state: 'connected' | 'lost', error?: unknown) => void) | undefined
}

/** What `start` can be given besides. */
export interface StartOptions extends RequestOptions {
  /** Of 1 to 255 characters. Default: none, so that each call starts a run. */
  readonly idempotencyKey?: string | undefined
}

/** A served process. */
export interface ControlClient {
  /** Where it is. */
  readonly url: string
  process(options?: RequestOptions): Promise<ProcessInfo>
  stats(options?: RequestOptions): Promise<StatsInfo>
  /** How the process has stood in the last minutes while it was served. */
  statsHistory(options?: RequestOptions): Promise<StatsHistory>
  /** The machines that lend threads. Rejects with the code `unavailable` where their Redis doesn't say. */
  hosts(options?: RequestOptions): Promise<HostList>
  runs(query?: RunsQuery, options?: RequestOptions): Promise<RunPage>
  run(run: string, options?: RequestOptions): Promise<RunDetail>
  actions(run: string, query?: ActionsQuery, options?: RequestOptions): Promise<ActionPage>
  /** All pages, one action after the other. */
  allActions(run: string, query?: ActionsQuery, options?: RequestOptions): AsyncIterableIterator<ActionItem>
  action(run: string, action: string, options?: RequestOptions): Promise<ActionDetail>
  logs(run: string, query?: LogsQuery, options?: RequestOptions): Promise<LogPage>
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
  /** Asks a sweep to end by itself. Rejects with the code `conflict` for a live run that isn't one. */
  stop(run: string, request?: RunStopRequest, options?: RequestOptions): Promise<RunStopAnswer>
  /** What may be started, by `start`. */
  definitions(options?: RequestOptions): Promise<readonly DefinitionInfo[]>
  /** Starts a run. The same request with the same `idempotencyKey` makes no second one. */
  start(request: RunStartRequest, options?: StartOptions): Promise<RunStartAnswer>
  abortProgress(abort: string, options?: RequestOptions): Promise<AbortProgress>
  /** A snapshot, then every change; connects again by itself, and goes on where it was. */
  events(options?: EventsOptions): AsyncIterableIterator<StreamEvent>
  /** Chrome's Trace Event Format. */
  trace(run: string, options?: RequestOptions): Promise<unknown>
  export(run: string, options?: RequestOptions): Promise<RunExport>
  /** Prometheus text. */
  metrics(options?: RequestOptions): Promise<string>
}

/**
 * A client of the process at that address.
 *
 * Its methods reject with a `ControlError`: the server's own if it has answered, otherwise one with a `NoAnswerCode`; and
 * with the reason of the signal they were given.
 */
export function createClient(clientOptions: ClientOptions): ControlClient {
  const requests = new Requests(clientOptions)
  const get = <Answer>(path: string, parts: RequestOptions = {}): Promise<Answer> =>
    requests.send('GET', `${API_PREFIX}${path}`, parts, requests.readJson<Answer>)
  const post = <Answer>(path: string, body: unknown, parts: RequestOptions = {}): Promise<Answer> =>
    requests.send('POST', `${API_PREFIX}${path}`, { ...parts, body }, requests.readJson<Answer>)
  const client: ControlClient = {
    url: requests.base,
    process: (options) => get(routes.process, options),
    stats: (options) => get(routes.stats, options),
    statsHistory: (options) => get(routes.statsHistory, options),
    hosts: (options) => get(routes.hosts, options),
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
      const { items } = await get<AbortList>(fill(routes.aborts, run), options)
      return items
    },
    abort: (run, request = {}, options) => post(fill(routes.abortRun, run), request, options),
    abortAction: (run, action, request = {}, options) =>
      post(fill(routes.abortAction, run, action), request, options),
    stop: (run, request = {}, options) => post(fill(routes.stopRun, run), request, options),
    definitions: async (options) => {
      const { items } = await get<DefinitionList>(routes.definitions, options)
      return items
    },
    start: (request, { idempotencyKey, ...options } = {}) =>
      requests.send(
        'POST',
        `${API_PREFIX}${routes.runs}`,
        {
          ...options,
          body: request,
          ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
        },
        requests.readJson<RunStartAnswer>,
      ),
    abortProgress: (abort, options) =>
      get(routes.abort.replace(':abort', encodeURIComponent(abort)), options),
    events: (options = {}) => eventsOf(requests, options),
    trace: (run, options) => get(fill(routes.trace, run), options),
    export: (run, options) => get(fill(routes.export, run), options),
    metrics: (options = {}) => requests.send('GET', '/metrics', options, requests.readText),
  }
  return client
}

function eventsOf(requests: Requests, options: EventsOptions): AsyncIterableIterator<StreamEvent> {
  const { run, lastEventId, reconnect = true, onConnection, signal, ...query } = options
  const path = withQuery(run === undefined ? routes.events : fill(routes.runEvents, run), query)
  return readEvents({
    open: (last, stop) =>
      requests.send(
        'GET',
        `${API_PREFIX}${path}`,
        {
          signal: stop,
          headers: { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) },
        },
        // Read by whoever asked: no limit ends it.
        async (response) => response,
      ),
    lastEventId,
    reconnect,
    onConnection,
    signal,
  })
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
