// The address of the page and what it means: which run, which view of it, which action, which filter. Everything that one
// would want to send to somebody, or to find again after a reload, is in it.

import type { ActionFilter } from './runs/filter.js'
import { NO_FILTER } from './runs/filter.js'
import { SHOWN_PHASES } from './words/phases.js'

/** How a run is looked at. */
export type RunViewName = 'timeline' | 'threads' | 'sweep' | 'logs' | 'aborts'

/** Where the page is. */
export type Route =
  | { readonly page: 'runs'; readonly filter: ActionFilter }
  | {
      readonly page: 'run'
      readonly run: string
      readonly view: RunViewName
      readonly action: string | undefined
      readonly filter: ActionFilter
    }
  | { readonly page: 'unknown'; readonly path: string }

const VIEWS: readonly RunViewName[] = ['timeline', 'threads', 'sweep', 'logs', 'aborts']

/** Reads an address: `/runs/digits?view=threads&action=a0.3&phase=running,failed&q=trial`. */
export function readRoute(path: string, search: string): Route {
  const query = new URLSearchParams(search)
  const filter = readFilter(query)
  const parts = path.split('/').filter(Boolean)
  if (parts.length === 0 || (parts.length === 1 && parts[0] === 'runs')) return { page: 'runs', filter }
  if (parts.length === 2 && parts[0] === 'runs') {
    const run = decode(parts[1]!)
    if (run !== undefined) {
      const view = VIEWS.find((name) => name === query.get('view')) ?? 'timeline'
      return { page: 'run', run, view, action: query.get('action') ?? undefined, filter }
    }
  }
  return { page: 'unknown', path }
}

/** The address of a route. */
export function routeAddress(route: Route): string {
  switch (route.page) {
    case 'unknown':
      return route.path
    case 'runs':
      return `/${suffix(writeFilter(route.filter))}`
    case 'run': {
      const query: [string, string][] = []
      if (route.view !== 'timeline') query.push(['view', route.view])
      if (route.action !== undefined) query.push(['action', route.action])
      query.push(...writeFilter(route.filter))
      return `/runs/${encodeURIComponent(route.run)}${suffix(query)}`
    }
  }
}

/** The first view of a run. */
export function runRoute(run: string): Route {
  return { page: 'run', run, view: 'timeline', action: undefined, filter: NO_FILTER }
}

function readFilter(query: URLSearchParams): ActionFilter {
  const names = (query.get('phase') ?? '').split(',')
  const phases = new Set(
    names.map((name) => SHOWN_PHASES.findIndex((phase) => phase === name)).filter((code) => code >= 0),
  )
  return { phases, text: query.get('q') ?? '' }
}

function writeFilter({ phases, text }: ActionFilter): [string, string][] {
  const query: [string, string][] = []
  if (phases.size > 0) query.push(['phase', SHOWN_PHASES.filter((_, code) => phases.has(code)).join(',')])
  if (text !== '') query.push(['q', text])
  return query
}

/** Commas and colons stay as they are: an address is read by people, too. */
function suffix(query: readonly [string, string][]): string {
  if (query.length === 0) return ''
  const pairs = query.map(([key, value]) => {
    const encoded = encodeURIComponent(value).replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%20/g, '+')
    return `${key}=${encoded}`
  })
  return `?${pairs.join('&')}`
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
