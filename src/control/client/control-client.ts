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
import { ControlError, errorOf } from './control-error.js'
import { readEvents } from './event-reader.js'

/** What every request can be given. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
}

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

/** How a process is reached. */
export interface ClientOptions {
  /** `http://127.0.0.1:4321`. In a page of the server's own, `location.origin`. */
  readonly url: string
  /** Left out in a page, where the cookie takes its place. */
  readonly token?: string | undefined
  /** Default: the platform's. The one for a Unix socket comes from `connect`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** How messages name the process. Default: by its address. */
  readonly name?: string | undefined
  /** How long a whole answer may take, in milliseconds; a stream, until it begins. Default: as long as it takes. */
  readonly timeoutMs?: number | undefined
  /** How long an answer may be, in bytes; a stream may be endless. Default: as long as it is. */
  readonly mostBytes?: number | undefined
}

/**
 * A client of the process at that address.
 *
 * Its methods reject with a `ControlError`: the server's own if it has answered, otherwise one with a `NoAnswerCode`; and
 * with the reason of the signal they were given.
 */
export function createClient({
  url,
  token,
  fetch = globalThis.fetch,
  name,
  timeoutMs,
  mostBytes = Infinity,
}: ClientOptions): ControlClient {
  const base = url.replace(/\/+$/, '')
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }

  /** Asks, and reads the answer with `read`, within the time for both. What fails is told as a `ControlError`. */
  const send = async <Answer>(
    method: 'GET' | 'POST',
    path: string,
    { signal, headers, body }: RequestOptions & { headers?: Record<string, string>; body?: unknown },
    read: (response: Response, what: string) => Promise<Answer>,
  ): Promise<Answer> => {
    const what = name === undefined ? `${method} ${base}${path}` : `${method} ${path} of ${name}`
    const limit = timeoutMs === undefined ? undefined : new TimeLimit(timeoutMs, signal)
    const stop = limit?.signal ?? signal
    let response: Response | undefined
    let isStream = false
    try {
      response = await fetch(`${base}${path}`, {
        method,
        headers: {
          ...authorization,
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(stop && { signal: stop }),
      })
      if (!response.ok) throw errorOf(response.status, await textOf(response, what, ERROR_BYTES), what)
      const answer = await read(response, what)
      isStream = answer === response
      return answer
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ControlError) throw error
      if (limit?.isOver === true) {
        throw new ControlError(
          `${what} had no whole answer within ${timeoutMs} ms: the process is stopped, or its event loop is blocked`,
          { code: 'silent', cause: error },
        )
      }
      throw response === undefined
        ? new ControlError(`${what} had no answer (${reasonOf(error)}): has the process ended?`, {
            code: 'unreachable',
            cause: error,
          })
        : new ControlError(`the answer to ${what} broke off (${reasonOf(error)}): has the process ended?`, {
            code: 'unreadable',
            cause: error,
          })
    } finally {
      limit?.end(isStream)
    }
  }
  const readJson = async <Answer>(response: Response, what: string): Promise<Answer> => {
    const text = await textOf(response, what, mostBytes)
    try {
      return JSON.parse(text) as Answer
    } catch (error) {
      const shown = text === '' ? 'nothing' : `'${text.slice(0, 200)}'`
      throw new ControlError(
        `${what} was answered with ${shown}, which isn't JSON: is this Heddle's server?`,
        {
          code: 'unreadable',
          status: response.status,
          cause: error,
        },
      )
    }
  }
  const get = <Answer>(path: string, options: RequestOptions = {}): Promise<Answer> =>
    send('GET', `${API_PREFIX}${path}`, options, readJson<Answer>)
  const post = <Answer>(path: string, body: unknown, options: RequestOptions = {}): Promise<Answer> =>
    send('POST', `${API_PREFIX}${path}`, { ...options, body }, readJson<Answer>)

  const client: ControlClient = {
    url: base,
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
      send(
        'POST',
        `${API_PREFIX}${routes.runs}`,
        {
          ...options,
          body: request,
          ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
        },
        readJson<RunStartAnswer>,
      ),
    abortProgress: (abort, options) =>
      get(routes.abort.replace(':abort', encodeURIComponent(abort)), options),
    events: (options = {}) => {
      const { run, lastEventId, reconnect = true, onConnection, signal, ...query } = options
      const path = withQuery(run === undefined ? routes.events : fill(routes.runEvents, run), query)
      return readEvents({
        open: (last, stop) =>
          send(
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
    },
    trace: (run, options) => get(fill(routes.trace, run), options),
    export: (run, options) => get(fill(routes.export, run), options),
    metrics: (options = {}) =>
      send('GET', '/metrics', options, (response, what) => textOf(response, what, mostBytes)),
  }
  return client
}

/** Aborts a request that takes too long. */
class TimeLimit {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  readonly #onAbort = (): void => this.#controller.abort(this.#outer?.reason)
  #timer: ReturnType<typeof setTimeout>
  /** Whether it is that which has ended the request. */
  isOver = false

  constructor(ms: number, outer: AbortSignal | undefined) {
    this.#outer = outer
    if (outer?.aborted === true) this.#onAbort()
    else outer?.addEventListener('abort', this.#onAbort, { once: true })
    this.#timer = setTimeout(() => {
      // An answer may lie there unread, where it is this side that comes late: one more turn takes it.
      this.#timer = setTimeout(() => {
        this.isOver = true
        this.#controller.abort()
      })
    }, ms)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Time plays no part any more. `goesOn`: what is still read, as a stream is, ends with the signal that was given. */
  end(goesOn: boolean): void {
    clearTimeout(this.#timer)
    if (!goesOn) this.#outer?.removeEventListener('abort', this.#onAbort)
  }
}

/** The text of an answer that isn't longer than it may be. */
async function textOf(response: Response, what: string, mostBytes: number): Promise<string> {
  if (response.body === null) return ''
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > mostBytes) {
      void reader.cancel().catch(() => undefined)
      throw new ControlError(
        `the answer to ${what} is longer than ${mostBytes} bytes: is this Heddle's server?`,
        {
          code: 'unreadable',
          status: response.status,
        },
      )
    }
    text += decoder.decode(value, { stream: true })
  }
}

function fill(route: string, run: string, action = ''): string {
  return route.replace(':run', encodeURIComponent(run)).replace(':action', encodeURIComponent(action))
}

/** What an error may say of itself. */
const ERROR_BYTES = 1024 * 1024

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
