// The routes of event streams, of all runs and of one.

import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { routes } from '../../api.js'
import { ApiError } from '../api-error.js'
import { findRun } from './find-run.js'
import { Query } from './request-input.js'
import { shorten, type AddRoute, type AppContext, type AppParts } from './routing.js'

/** Adds them. */
export function addStreamRoutes(api: AddRoute, parts: AppParts): void {
  api('GET', routes.events, (c) => openStream(c, parts, undefined))
  api('GET', routes.runEvents, (c) => openStream(c, parts, findRun(c, parts).name))
}

function openStream(c: AppContext, parts: AppParts, run: string | undefined): Response {
  const { streams, limits } = parts
  const query = new Query(c.req.url, 'EventsQuery')
  const view = query.choice('view')
  const include = query.include()
  const form = query.choice('form')
  query.end()
  const after = lastEvent(c)
  if (c.req.method === 'HEAD') throw new ApiError('methodNotAllowed', 'an event stream can only be got')
  if (parts.isClosing()) throw new ApiError('unavailable', 'the server is closing')
  if (streams.size >= limits.streams) {
    throw new ApiError('unavailable', `there are ${streams.size} event streams already, which is the limit`)
  }
  streams.open(c.env.outgoing, { view, run, include, form, after })
  return RESPONSE_ALREADY_SENT
}

/** The last event that the reader has seen, if it has been here before. */
function lastEvent(c: AppContext): number | undefined {
  const last = c.req.header('last-event-id')
  if (last === undefined || last === '') return undefined
  if (/^\d{1,15}$/.test(last)) return Number(last)
  throw new ApiError('invalid', `'Last-Event-ID' is '${shorten(last)}', but must be the number of an event`, {
    field: 'Last-Event-ID',
  })
}
