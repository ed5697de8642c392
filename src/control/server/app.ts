// The routes: what each request is answered with. Who may ask is decided before any of them (`security.ts`), what is asked
// for is read by `request-input.ts`, and the answers are made in `views.ts` and its neighbours.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { RuntimeAccess } from '../../runtime/serving.js'
import { isHeddleError } from '../../protocol/errors.js'
import type { ServeLimits } from '../../serving.js'
import {
  API_PREFIX,
  routes,
  type ActionItem,
  type ActionSeries,
  type LogEntry,
  type Page,
  type ProcessInfo,
  type RunSummary,
  type SeriesAnswer,
  type SessionInfo,
  type StatsInfo,
} from '../api.js'
import { AbortDesk, WHOLE_RUN } from './abort-desk.js'
import { ApiError } from './api-error.js'
import type { ActionEntry, Catalog, RunIndex } from './catalog.js'
import { PAGE_HEADERS, type PageFile } from './console-files.js'
import type { EventStreams } from './event-streams.js'
import { readDelay, type Metrics } from './metrics.js'
import { nearestActions, nearestNames } from './nearest-names.js'
import { openApiDocument } from './openapi.js'
import { flatPage, treePage } from './pages.js'
import { levelsFrom, Query, readAbortBody } from './request-input.js'
import type { Caller, RequestHeaders, Security } from './security.js'
import { createFilter } from './selection.js'
import { exportOf, traceOf } from './trace.js'
import { actionDetail, actionItem, actionSeries, depthOf, runDetail, runSummary } from './views.js'

/** What the routes need. */
export interface AppParts {
  readonly access: RuntimeAccess
  readonly catalog: Catalog
  readonly desk: AbortDesk
  readonly streams: EventStreams
  readonly metrics: Metrics
  readonly security: Security
  readonly files: ReadonlyMap<string, PageFile>
  readonly limits: ServeLimits
  readonly loopDelay: Parameters<typeof readDelay>[0]
  readonly about: Omit<ProcessInfo, 'seq' | 'scope' | 'hostname' | 'url'>
  readonly url: () => string
  readonly isClosing: () => boolean
}

/** What comes with a request. */
export interface AppBindings {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** It came by the Unix socket, or the named pipe. */
  readonly isSocket: boolean
}

type AppContext = Context<{ Bindings: AppBindings; Variables: { caller: Caller } }>
type Handler = (c: AppContext) => Response | Promise<Response>

/** The application. */
export function createApp(parts: AppParts): {
  fetch(request: Request, bindings: AppBindings): Response | Promise<Response>
} {
  const { access, catalog, desk, streams, metrics, security, files, limits, about } = parts
  const app = new Hono<{ Bindings: AppBindings; Variables: { caller: Caller } }>()

  app.use(async (c, next) => {
    security.checkPlace(headersOf(c), c.env.isSocket)
    await next()
    c.header('x-content-type-options', 'nosniff')
    c.header('referrer-policy', 'no-referrer')
    c.header('cross-origin-resource-policy', 'same-origin')
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  const identify = async (c: AppContext, next: () => Promise<void>): Promise<void> => {
    const changes = c.req.method !== 'GET' && c.req.method !== 'HEAD'
    const isSession = c.req.path === `${API_PREFIX}${routes.session}`
    // A session is opened with a token, by its own route.
    if (!(isSession && c.req.method === 'POST')) {
      const caller = security.identify(headersOf(c), changes)
      if (changes && caller.scope === 'read' && !isSession) {
        throw new ApiError('forbidden', 'this token only reads: aborts need the full one')
      }
      c.set('caller', caller)
    }
    await next()
  }
  app.use(`${API_PREFIX}/*`, identify)
  app.use('/metrics', identify)
  app.use(
    `${API_PREFIX}/*`,
    bodyLimit({
      maxSize: limits.bodyBytes,
      onError: () => {
        throw new ApiError('tooLarge', `the request's body has more than ${limits.bodyBytes} bytes`)
      },
    }),
  )
  app.onError((error, c) => {
    const refusal = refusalOf(error)
    if (refusal.code === 'unauthorized') c.header('www-authenticate', 'Bearer realm="heddle"')
    if (refusal.code === 'unavailable') c.header('retry-after', '1')
    c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
    return c.json(refusal.answer, refusal.status)
  })

  const methods = new Map<string, string[]>()
  const on = (method: 'GET' | 'POST' | 'DELETE', path: string, handler: Handler): void => {
    app.on(method, path, handler)
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  const api = (method: 'GET' | 'POST' | 'DELETE', route: string, handler: Handler): void =>
    on(method, `${API_PREFIX}${route}`, handler)

  const runOf = (c: AppContext): RunIndex => {
    const name = c.req.param('run') as string
    const index = catalog.run(name)
    if (index !== undefined) return index
    const nearest = nearestNames(
      name,
      catalog.runs().map((run) => run.name),
    )
    throw new ApiError('notFound', `there is no run '${shorten(name)}' (any more)${didYouMean(nearest)}`, {
      nearest,
    })
  }
  const entryOf = (index: RunIndex, id: string): ActionEntry => {
    // One that has just been spawned may not be known yet.
    access.lanes.drain()
    const entry = index.entry(id)
    if (entry !== undefined) return entry
    const nearest = nearestActions(index, id)
    throw new ApiError(
      'notFound',
      `run '${index.name}' has no action '${shorten(id)}', or its record is no longer kept${didYouMean(nearest)}`,
      { nearest },
    )
  }

  api('GET', routes.process, (c) => {
    new Query(c.req.url).end()
    const info: ProcessInfo = {
      ...about,
      hostname: hostname(),
      url: parts.url(),
      seq: catalog.seq,
      scope: c.get('caller').scope,
    }
    return c.json(info)
  })

  api('GET', routes.stats, (c) => {
    new Query(c.req.url).end()
    const { live, totals } = access.supervisor
    const { rss, heapUsed } = process.memoryUsage()
    const { meanMs, p99Ms, maxMs } = readDelay(parts.loopDelay)
    const info: StatsInfo = {
      at: access.now(),
      threads: access.lanes.threads,
      lanes: access.lanes
        .states()
        .map(({ thread, ...lane }) => ({ ...lane, ...(thread !== undefined && { thread }) })),
      queued: live.queued,
      running: live.running,
      aborting: live.aborting,
      abandoned: access.lanes.abandoned,
      totals: { ...totals },
      eventLoopDelay: { meanMs, p99Ms, maxMs },
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      streams: streams.size,
    }
    return c.json(info)
  })

  api('GET', routes.runs, (c) => {
    const query = new Query(c.req.url)
    const phases = query.phases()
    const search = query.text('search')?.toLowerCase()
    const limit = query.count('limit', 100, 1000)
    const before = query.cursor()
    query.end()
    const newestFirst = catalog.runs().reverse()
    const found = newestFirst.filter(({ run }) => {
      const { root, name } = run
      if (before !== undefined && root.sequence >= Number(before)) return false
      if (phases !== undefined && !phases.has(root.phase)) return false
      return search === undefined || `${name}\n${root.name}`.toLowerCase().includes(search)
    })
    const shown = found.slice(0, limit)
    const last = shown.at(-1)
    const page: Page<RunSummary> = {
      items: shown.map(runSummary),
      ...(found.length > limit && last && { next: String(last.run.root.sequence) }),
      seq: catalog.seq,
    }
    return c.json(page)
  })

  const urlOf = (run: string): string => `${parts.url()}/runs/${encodeURIComponent(run)}`
  api('GET', routes.run, (c) => {
    new Query(c.req.url).end()
    const index = runOf(c)
    return c.json(runDetail(index, urlOf(index.name), access.now()))
  })

  api('GET', routes.actions, (c) => {
    const query = new Query(c.req.url)
    const view = query.choice('view', ['flat', 'tree']) ?? 'flat'
    const selection = query.selection()
    const include = query.include()
    const limit = query.count('limit', 100, 5000)
    const cursor = query.cursor()
    query.end()
    const index = runOf(c)
    const matches = createFilter(selection)
    const list = listOf(index, selection.parent)
    const top = selection.under === undefined ? index.root : index.entry(selection.under)
    const found =
      view === 'flat'
        ? flatPage(list, matches, limit, cursor)
        : top === undefined
          ? { entries: [], next: undefined }
          : treePage(top, depthOf(top), matches, limit, cursor)
    const page: Page<ActionItem> = {
      items: found.entries.map(({ entry, depth }) => actionItem(entry, include, depth)),
      ...(found.next !== undefined && { next: found.next }),
      seq: catalog.seq,
    }
    return c.json(page)
  })

  api('GET', routes.action, (c) => {
    new Query(c.req.url).end()
    const index = runOf(c)
    return c.json(actionDetail(index, entryOf(index, c.req.param('action') as string), catalog.seq))
  })

  api('GET', routes.logs, (c) => {
    const query = new Query(c.req.url)
    const action = query.id('action')
    const isUnder = query.flag('under')
    const levels = levelsFrom(query.level())
    const limit = query.count('limit', 200, 5000)
    const cursor = query.cursor()
    query.end()
    const index = runOf(c)
    const isOf =
      action === undefined
        ? () => true
        : isUnder
          ? underTest(index, action)
          : ({ id }: LogEntry) => id === action
    const matching = index.logs.entries().filter((entry) => levels.has(entry.level) && isOf(entry))
    const after = cursor === undefined ? undefined : Number(cursor)
    const rest = after === undefined ? matching : matching.filter(({ seq }) => seq > after)
    // Without a place to go on from: the newest ones.
    const items = after === undefined ? rest.slice(-limit) : rest.slice(0, limit)
    const page: Page<LogEntry> = {
      items,
      ...(after !== undefined && rest.length > limit && { next: String(items.at(-1)?.seq) }),
      seq: catalog.seq,
    }
    return c.json(page)
  })

  api('GET', routes.series, (c) => {
    const query = new Query(c.req.url)
    const selection = query.selection()
    const fields = query.list('field')
    const points = query.count('points', 200, 1000)
    const limit = query.count('limit', 500, 2000)
    const cursor = query.cursor()
    query.end()
    const index = runOf(c)
    const wanted = fields && new Set(fields)
    const matches = createFilter(selection)
    const found = flatPage(
      listOf(index, selection.parent),
      (entry) => entry.reports !== undefined && matches(entry),
      limit,
      cursor,
    )
    const items: ActionSeries[] = found.entries
      .map(({ entry }) => actionSeries(entry, points, wanted))
      .filter(({ series }) => series.length > 0)
    const answer: SeriesAnswer = {
      items,
      ...(found.next !== undefined && { next: found.next }),
      seq: catalog.seq,
      fields: [...new Set(items.flatMap(({ series }) => series.map(({ field }) => field)))],
    }
    return c.json(answer)
  })

  api('GET', routes.aborts, (c) => {
    new Query(c.req.url).end()
    const index = runOf(c)
    return c.json({ items: desk.operations(index.name).map((operation) => operation.progress()) })
  })

  api('GET', routes.abort, (c) => {
    new Query(c.req.url).end()
    const operation = desk.operation(c.req.param('abort') as string)
    if (operation === undefined) {
      throw new ApiError(
        'notFound',
        'there is no such abort (any more): its id is in the answer to its request',
      )
    }
    return c.json(operation.progress())
  })

  const abort = async (c: AppContext, isOne: boolean): Promise<Response> => {
    new Query(c.req.url).end()
    const { order, ids, where } = readAbortBody(await bodyOf(c), isOne)
    const index = runOf(c)
    const id = isOne ? (c.req.param('action') as string) : undefined
    const isSelection = ids !== undefined || where !== undefined
    const targets = isSelection
      ? { ids, matches: where && createFilter(where) }
      : id === undefined
        ? WHOLE_RUN
        : { ids: [id] }
    try {
      const answer = desk.abort(index, targets, order, !isSelection)
      return c.json(answer, order.dryRun ? 200 : 202)
    } catch (error) {
      if (!isHeddleError(error, 'ActionNotFoundError')) throw error
      const nearest = nearestActions(index, error.action ?? '')
      throw new ApiError('notFound', `${error.message}${didYouMean(nearest)}`, { nearest })
    }
  }
  api('POST', routes.abortRun, (c) => abort(c, false))
  api('POST', routes.abortAction, (c) => abort(c, true))

  const openStream = (c: AppContext, run: string | undefined): Response => {
    const query = new Query(c.req.url)
    const view = query.choice('view', ['actions', 'runs']) ?? 'actions'
    const include = query.include()
    query.end()
    const last = c.req.header('last-event-id')
    if (last !== undefined && last !== '' && !/^\d{1,15}$/.test(last)) {
      throw new ApiError(
        'invalid',
        `'Last-Event-ID' is '${shorten(last)}', but must be the number of an event`,
        {
          field: 'Last-Event-ID',
        },
      )
    }
    if (c.req.method === 'HEAD') throw new ApiError('methodNotAllowed', 'an event stream can only be got')
    if (parts.isClosing()) throw new ApiError('unavailable', 'the server is closing')
    if (streams.size >= limits.streams) {
      throw new ApiError('unavailable', `there are ${streams.size} event streams already, which is the limit`)
    }
    const after = last === undefined || last === '' ? undefined : Number(last)
    streams.open(c.env.outgoing, { view, run, include, after })
    return RESPONSE_ALREADY_SENT
  }
  api('GET', routes.events, (c) => openStream(c, undefined))
  api('GET', routes.runEvents, (c) => openStream(c, runOf(c).name))

  const download = async (c: AppContext, name: string, pieces: Iterable<string>): Promise<Response> => {
    const { outgoing } = c.env
    outgoing.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}.json"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    // A reader that goes away in the middle is no error of anybody's.
    await pipeline(Readable.from(c.req.method === 'HEAD' ? [] : pieces), outgoing).catch(() => undefined)
    return RESPONSE_ALREADY_SENT
  }
  api('GET', routes.trace, (c) => {
    new Query(c.req.url).end()
    const index = runOf(c)
    return download(c, `${index.name}.trace`, traceOf(index, access.now()))
  })
  api('GET', routes.export, (c) => {
    new Query(c.req.url).end()
    const index = runOf(c)
    const run = runDetail(index, urlOf(index.name), access.now())
    const { heddle } = about
    return download(c, index.name, exportOf(index, { heddle, exportedAt: access.now(), run }))
  })

  api('POST', routes.session, (c) => {
    c.header('set-cookie', security.openSession(c.req.header('authorization')))
    return c.body(null, 204)
  })
  api('GET', routes.session, (c) => {
    const info: SessionInfo = { ...c.get('caller'), instance: about.instance }
    return c.json(info)
  })
  api('DELETE', routes.session, (c) => {
    c.header('set-cookie', security.closeSession(c.req.header('cookie')))
    return c.body(null, 204)
  })

  api('GET', routes.openapi, (c) => c.json(openApiDocument(about.heddle)))
  on('GET', '/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  )

  for (const [path, allowed] of methods) {
    app.all(path, (c) => {
      c.header('allow', allowed.join(', '))
      throw new ApiError(
        'methodNotAllowed',
        `${c.req.method} isn't answered here, but ${allowed.join(' and ')}`,
      )
    })
  }

  app.get('*', (c) => {
    const { path } = c.req
    if (path.startsWith('/api/')) throw notFound(c)
    // The page has addresses of its own: of a run, of an action.
    const isPage = path === '/' || path.startsWith('/runs/') || path === '/runs'
    const file = files.get(isPage ? '/index.html' : path)
    if (file === undefined) throw notFound(c)
    return c.body(file.bytes, 200, {
      'content-type': file.type,
      'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...PAGE_HEADERS,
    })
  })
  app.all('*', (c) => {
    throw notFound(c)
  })
  return app
}

function headersOf(c: AppContext): RequestHeaders {
  return {
    host: c.req.header('host'),
    origin: c.req.header('origin'),
    fetchSite: c.req.header('sec-fetch-site'),
    authorization: c.req.header('authorization'),
    cookie: c.req.header('cookie'),
  }
}

async function bodyOf(c: AppContext): Promise<unknown> {
  const text = await c.req.text()
  if (text === '') return undefined
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError('notJson', `the body is of type '${shorten(type)}', but must be application/json`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new ApiError('invalid', "the body isn't JSON", { field: '' })
  }
}

function listOf(index: RunIndex, parent: string | undefined): readonly ActionEntry[] {
  return parent === undefined ? index.entries : (index.byId.get(parent)?.children ?? [])
}

function underTest(index: RunIndex, id: string): (entry: LogEntry) => boolean {
  const isUnder = createFilter({ under: id })
  return (log) => {
    const entry = index.byId.get(log.id)
    return entry !== undefined && isUnder(entry)
  }
}

function refusalOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (isHeddleError(error, 'ActionNotFoundError')) return new ApiError('notFound', error.message)
  const message = error instanceof Error ? error.message : String(error)
  return new ApiError('internal', `the request could not be answered: ${message}`)
}

function notFound(c: AppContext): ApiError {
  return new ApiError('notFound', `there is nothing at ${c.req.method} ${shorten(c.req.path)}`)
}

function didYouMean(nearest: readonly string[]): string {
  return nearest.length === 0 ? '' : `; did you mean ${nearest.map((name) => `'${name}'`).join(', ')}?`
}

function shorten(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
