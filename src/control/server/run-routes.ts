// The routes of runs and of what is in them: lists, details, logs, curves, aborts, event streams and files.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { isHeddleError } from '../../protocol/errors.js'
import {
  routes,
  type ActionItem,
  type ActionSeries,
  type LogEntry,
  type Page,
  type RunSummary,
  type SeriesAnswer,
} from '../api.js'
import { WHOLE_RUN } from './abort-desk.js'
import { ApiError } from './api-error.js'
import type { ActionEntry, RunIndex } from './catalog.js'
import { nearestActions, nearestNames } from './nearest-names.js'
import { flatPage, treePage } from './pages.js'
import { levelsFrom, Query, readAbortBody } from './request-input.js'
import { shorten, type AddRoute, type AppContext, type AppParts } from './routing.js'
import { createFilter } from './selection.js'
import { exportOf, traceOf } from './trace.js'
import { actionDetail, actionItem, actionSeries, depthOf, runDetail, runSummary } from './views.js'

/** Adds them. */
export function addRunRoutes(api: AddRoute, parts: AppParts): void {
  const { access, catalog, desk, streams, limits, about } = parts

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

  api('GET', routes.runs, (c) => {
    const query = new Query(c.req.url)
    const phases = query.phases()
    const search = query.text('search')?.toLowerCase()
    const limit = query.count('limit', 100, 1000)
    const before = query.cursor()
    query.end()
    const newestFirst = catalog.runs().toReversed()
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
    const { order, ids, where } = readAbortBody(await bodyOf(c, limits.bodyBytes), isOne)
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
}

async function download(c: AppContext, name: string, pieces: Iterable<string>): Promise<Response> {
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

/** Reads no more of a body than it may have. Not Hono's `bodyLimit`: that needs the global `Request` replaced. */
async function bodyOf(c: AppContext, bodyBytes: number): Promise<unknown> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.byteLength
    if (size > bodyBytes) {
      throw new ApiError('tooLarge', `the request's body has more than ${bodyBytes} bytes`)
    }
    parts.push(part)
  }
  const text = Buffer.concat(parts).toString()
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

function didYouMean(nearest: readonly string[]): string {
  return nearest.length === 0 ? '' : `; did you mean ${nearest.map((name) => `'${name}'`).join(', ')}?`
}
