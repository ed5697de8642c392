// The routes of runs and of what is in them: lists, details, logs, curves and files.

import { routes, type RunDetail } from '../../api.js'
import { ApiError } from '../api-error.js'
import type { ActionEntry, RunIndex } from '../mirror/catalog.js'
import type { LogsOf } from '../mirror/log-history.js'
import { findLogPage } from '../mirror/log-page.js'
import { flatPage, listOf, treePage, type EntryPage } from '../mirror/pages.js'
import { createFilter } from '../mirror/selection.js'
import { createFinder } from '../mirror/text-search.js'
import { exportOf, traceOf } from '../mirror/trace.js'
import { actionDetail, actionItem, actionSeries, depthOf, runDetail, runSummary } from '../mirror/views.js'
import { answerPieces, pagePieces } from './answer.js'
import { findEntry, findRun } from './find-run.js'
import { levelsFrom, Query, refuseQuery } from './request-input.js'
import type { AddRoute, AppContext, AppParts } from './routing.js'

/** Adds them. */
export function addRunRoutes(api: AddRoute, parts: AppParts): void {
  api('GET', routes.runs, (c) => listRuns(c, parts))
  api('GET', routes.run, (c) => showRun(c, parts))
  api('GET', routes.actions, (c) => listActions(c, parts))
  api('GET', routes.action, (c) => showAction(c, parts))
  api('GET', routes.logs, (c) => listLogs(c, parts))
  api('GET', routes.series, (c) => listSeries(c, parts))
  api('GET', routes.trace, (c) => writeTrace(c, parts))
  api('GET', routes.export, (c) => writeExport(c, parts))
}

/** So much of a name is searched, in characters. */
const SEARCHED = 4096

async function listRuns(c: AppContext, parts: AppParts): Promise<Response> {
  const { catalog, slices } = parts
  const query = new Query(c.req.url, 'RunsQuery')
  const phases = query.phases()
  const search = query.text('search')?.toLowerCase()
  const limit = query.count('limit')
  const before = query.cursor()
  query.end()
  const { seq } = catalog
  const find = search === undefined ? undefined : createFinder(search)
  const found: RunIndex[] = []
  const newestFirst = [...catalog.runs()].toReversed()
  for (const index of newestFirst) {
    if (slices.isOver) await slices.next()
    const { root, name } = index.run
    if (before !== undefined && root.sequence >= Number(before)) continue
    if (phases !== undefined && !phases.has(root.phase)) continue
    const texts = `${name.slice(0, SEARCHED)}\n${root.name.slice(0, SEARCHED)}`
    if (find !== undefined && find(texts.toLowerCase(), 0) === -1) continue
    found.push(index)
    if (found.length > limit) break
  }
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const next = found.length > limit && last ? { next: String(last.run.root.sequence) } : {}
  return answerPieces(
    c,
    parts,
    pagePieces(shown, runSummary, () => ({ ...next, seq })),
  )
}

async function showRun(c: AppContext, parts: AppParts): Promise<Response> {
  refuseQuery(c.req.url)
  const index = findRun(c, parts)
  return c.json(await runDetail(index, aboutOf(index, parts), parts.access.now(), parts.slices))
}

async function listActions(c: AppContext, parts: AppParts): Promise<Response> {
  const { catalog, slices } = parts
  const query = new Query(c.req.url, 'ActionsQuery')
  const view = query.choice('view')
  const selection = query.selection()
  const include = query.include()
  const limit = query.count('limit')
  const cursor = query.cursor()
  query.end()
  const index = findRun(c, parts)
  const matches = createFilter(selection)
  const { seq } = catalog
  const top = selection.under === undefined ? index.root : index.entry(selection.under)
  let found: EntryPage = { entries: [], next: undefined }
  if (view === 'flat') found = await flatPage(listOf(index, selection.parent), matches, limit, cursor, slices)
  else if (top !== undefined) found = await treePage(top, depthOf(top), matches, limit, cursor, slices)
  const pieces = pagePieces(
    found.entries,
    ({ entry, depth }) => actionItem(entry, include, depth),
    () => ({ ...(found.next !== undefined && { next: found.next }), seq }),
  )
  return answerPieces(c, parts, pieces)
}

function showAction(c: AppContext, parts: AppParts): Response {
  refuseQuery(c.req.url)
  const index = findRun(c, parts)
  const entry = findEntry(index, c.req.param('action') as string, parts)
  const { host } = entry.action
  const rttMs = host && parts.access.lanes.states().find((lane) => lane.hostInstance === host.instance)?.rttMs
  return c.json(actionDetail(index, entry, { seq: parts.catalog.seq, rttMs }))
}

async function listLogs(c: AppContext, parts: AppParts): Promise<Response> {
  const { catalog, slices } = parts
  const query = new Query(c.req.url, 'LogsQuery')
  const action = query.id('action')
  const isUnder = query.flag('under')
  const levels = levelsFrom(query.level())
  const limit = query.count('limit')
  const cursor = query.cursor()
  const before = query.cursor('before')
  query.end()
  if (cursor !== undefined && before !== undefined) {
    throw new ApiError('invalid', "'before' can't be given together with 'cursor'", { field: 'before' })
  }
  const index = findRun(c, parts)
  const { seq } = catalog
  const { items, ...about } = await findLogPage(
    index.logs,
    {
      levels,
      of: logsOf(index, action, isUnder),
      limit,
      after: cursor === undefined ? undefined : Number(cursor),
      before: before === undefined ? undefined : Number(before),
    },
    slices,
  )
  const pieces = pagePieces(
    items,
    (entry) => entry,
    () => ({ ...about, seq }),
  )
  return answerPieces(c, parts, pieces)
}

async function listSeries(c: AppContext, parts: AppParts): Promise<Response> {
  const { catalog, slices } = parts
  const query = new Query(c.req.url, 'SeriesQuery')
  const selection = query.selection()
  const fields = query.list('field')
  const points = query.count('points')
  const limit = query.count('limit')
  const cursor = query.cursor()
  query.end()
  const index = findRun(c, parts)
  const { seq } = catalog
  const wanted = fields && new Set(fields)
  const matches = createFilter(selection)
  const found = await flatPage(
    listOf(index, selection.parent),
    (entry) => entry.reports !== undefined && matches(entry),
    limit,
    cursor,
    slices,
  )
  const shown = new Set<string>()
  const seriesOf = ({ entry }: { readonly entry: ActionEntry }): unknown => {
    const item = actionSeries(entry, points, wanted)
    for (const { field } of item.series) shown.add(field)
    return item.series.length > 0 ? item : undefined
  }
  const pieces = pagePieces(found.entries, seriesOf, () => ({
    ...(found.next !== undefined && { next: found.next }),
    seq,
    fields: [...shown],
  }))
  return answerPieces(c, parts, pieces)
}

function writeTrace(c: AppContext, parts: AppParts): Promise<Response> {
  refuseQuery(c.req.url)
  const index = findRun(c, parts)
  const pieces = traceOf(index, parts.access.now(), parts.slices)
  return answerPieces(c, parts, pieces, attached(`${index.name}.trace`))
}

async function writeExport(c: AppContext, parts: AppParts): Promise<Response> {
  const { access, about, slices } = parts
  refuseQuery(c.req.url)
  const index = findRun(c, parts)
  const exportedAt = access.now()
  const run = await runDetail(index, aboutOf(index, parts), exportedAt, slices)
  const pieces = exportOf(index, { heddle: about.heddle, exportedAt, run }, slices)
  return answerPieces(c, parts, pieces, attached(index.name))
}

/** What the server says of a run that isn't in its index. */
function aboutOf(
  { name, run }: RunIndex,
  { url, access, offers }: AppParts,
): Pick<RunDetail, 'url' | 'stoppable' | 'definition'> {
  const definition = offers.wordOf(run.root.definition)
  return {
    url: `${url()}/runs/${encodeURIComponent(name)}`,
    stoppable: access.stopperOf(run) !== undefined,
    ...(definition !== undefined && { definition }),
  }
}

function attached(name: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': `attachment; filename="${name.slice(0, 200).replaceAll(/[^\w.-]/g, '_')}.json"`,
  }
}

/** Whose log entries are meant: those of an action, or of that and all that are under it. */
function logsOf(index: RunIndex, action: string | undefined, isUnder: boolean): LogsOf | undefined {
  if (action === undefined || !isUnder) return action
  const isBelow = createFilter({ under: action })
  return (id) => {
    const entry = index.byId.get(id)
    return entry !== undefined && isBelow(entry)
  }
}
