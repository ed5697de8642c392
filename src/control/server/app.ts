// The application: the walls that every request passes (`security.ts`), how it is refused, the routes, and the console's
// page.

import { Hono } from 'hono'
import { isHeddleError } from '../../protocol/errors/is-heddle-error.js'
import { API_PREFIX } from '../api.js'
import { ApiError } from './api-error.js'
import { PAGE_HEADERS } from './console-files.js'
import { headersOf, Identification } from './identification.js'
import { addAbortRoutes } from './routes/abort-routes.js'
import { addProcessRoutes } from './routes/process-routes.js'
import {
  shorten,
  type AddRoute,
  type AppBindings,
  type AppContext,
  type AppParts,
  type Handler,
} from './routes/routing.js'
import { addRunRoutes } from './routes/run-routes.js'
import { addStartRoutes } from './routes/start-routes.js'
import { addStreamRoutes } from './routes/stream-routes.js'
import type { Caller, Security } from './security.js'

type App = Hono<{ Bindings: AppBindings; Variables: { caller: Caller } }>

/** The application. */
export function createApp(parts: AppParts): {
  fetch(request: Request, bindings: AppBindings): Response | Promise<Response>
} {
  const { metrics, security } = parts
  const app: App = new Hono()
  const identification = new Identification(security)
  addWalls(app, security, identification)

  const methods = new Map<string, string[]>()
  const on = (method: 'GET' | 'POST' | 'DELETE', path: string, handler: Handler): void => {
    app.on(method, path, handler)
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  const api: AddRoute = (method, route, handler) => on(method, `${API_PREFIX}${route}`, handler)
  addProcessRoutes(api, parts, identification)
  addRunRoutes(api, parts)
  addAbortRoutes(api, parts)
  addStartRoutes(api, parts)
  addStreamRoutes(api, parts)
  on('GET', '/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  )

  refuseOtherMethods(app, methods)
  addPage(app, parts)
  app.all('*', (c) => {
    throw notFound(c)
  })
  return app
}

/** What every request passes, and how one is refused. */
function addWalls(app: App, security: Security, identification: Identification): void {
  app.use(async (c, next) => {
    security.checkPlace(headersOf(c), c.env.isSocket)
    await next()
    c.header('x-content-type-options', 'nosniff')
    c.header('referrer-policy', 'no-referrer')
    c.header('cross-origin-resource-policy', 'same-origin')
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  const identify = (c: AppContext, next: () => Promise<void>): Promise<void> =>
    identification.identify(c, next)
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
}

function refuseOtherMethods(app: App, methods: ReadonlyMap<string, readonly string[]>): void {
  for (const [path, allowed] of methods) {
    app.all(path, (c) => {
      c.header('allow', allowed.join(', '))
      throw new ApiError(
        'methodNotAllowed',
        `${c.req.method} isn't answered here, but ${allowed.join(' and ')}`,
      )
    })
  }
}

/** The console. The page has addresses of its own: of a run, of an action. */
function addPage(app: App, { files }: AppParts): void {
  app.get('*', (c) => {
    const { path } = c.req
    if (path.startsWith('/api/')) throw notFound(c)
    const isPage = path === '/' || path.startsWith('/runs/') || path === '/runs'
    const file = files.get(isPage ? '/index.html' : path)
    if (file === undefined) throw notFound(c)
    return c.body(file.bytes, 200, {
      'content-type': file.type,
      'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...PAGE_HEADERS,
    })
  })
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
