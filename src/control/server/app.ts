// The application: the walls that every request passes (`security.ts`), how it is refused, the routes of the process and
// its sessions, and the console's page. The routes of runs are in `run-routes.ts`.

import { hostname } from 'node:os'
import { Hono } from 'hono'
import { isHeddleError } from '../../protocol/errors.js'
import { API_PREFIX, routes, type ProcessInfo, type SessionInfo, type StatsInfo } from '../api.js'
import { ApiError } from './api-error.js'
import { PAGE_HEADERS } from './console-files.js'
import { readDelay } from './metrics.js'
import { openApiDocument } from './openapi.js'
import { Query } from './request-input.js'
import {
  shorten,
  type AddRoute,
  type AppBindings,
  type AppContext,
  type AppParts,
  type Handler,
} from './routing.js'
import { addRunRoutes } from './run-routes.js'
import type { Caller, RequestHeaders } from './security.js'

/** The application. */
export function createApp(parts: AppParts): {
  fetch(request: Request, bindings: AppBindings): Response | Promise<Response>
} {
  const { access, catalog, streams, metrics, security, files, about } = parts
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
  const api: AddRoute = (method, route, handler) => on(method, `${API_PREFIX}${route}`, handler)

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

  addRunRoutes(api, parts)

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

function refusalOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (isHeddleError(error, 'ActionNotFoundError')) return new ApiError('notFound', error.message)
  const message = error instanceof Error ? error.message : String(error)
  return new ApiError('internal', `the request could not be answered: ${message}`)
}

function notFound(c: AppContext): ApiError {
  return new ApiError('notFound', `there is nothing at ${c.req.method} ${shorten(c.req.path)}`)
}
