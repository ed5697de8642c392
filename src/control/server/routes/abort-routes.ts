// The routes of aborts: those that ask for one, and those that tell how far each has come.

import { isHeddleError } from '../../../protocol/errors/is-heddle-error.js'
import { routes } from '../../api.js'
import { ApiError } from '../api-error.js'
import { WHOLE_RUN } from '../mirror/abort-operations.js'
import { nearestActions } from '../mirror/nearest-names.js'
import { createFilter } from '../mirror/selection.js'
import { answerPieces, pagePieces } from './answer.js'
import { didYouMean, findRun } from './find-run.js'
import { readJson } from './request-body.js'
import { readAbortBody, refuseQuery } from './request-input.js'
import type { AddRoute, AppContext, AppParts } from './routing.js'

/** Adds them. */
export function addAbortRoutes(api: AddRoute, parts: AppParts): void {
  api('GET', routes.aborts, (c) => listAborts(c, parts))
  api('GET', routes.abort, (c) => showAbort(c, parts))
  api('POST', routes.abortRun, (c) => abort(c, parts, false))
  api('POST', routes.abortAction, (c) => abort(c, parts, true))
}

function listAborts(c: AppContext, parts: AppParts): Promise<Response> {
  refuseQuery(c.req.url)
  const operations = parts.aborts.operations(findRun(c, parts).name)
  const pieces = pagePieces(
    operations,
    (operation) => operation.progress(),
    () => ({}),
  )
  return answerPieces(c, parts, pieces)
}

function showAbort(c: AppContext, { aborts }: AppParts): Response {
  refuseQuery(c.req.url)
  const operation = aborts.operation(c.req.param('abort') as string)
  if (operation === undefined) {
    throw new ApiError(
      'notFound',
      'there is no such abort (any more): its id is in the answer to its request',
    )
  }
  return c.json(operation.progress())
}

async function abort(c: AppContext, parts: AppParts, isOne: boolean): Promise<Response> {
  refuseQuery(c.req.url)
  const { order, ids, where } = readAbortBody(await readJson(c, parts.limits.bodyBytes), isOne)
  const index = findRun(c, parts)
  const id = isOne ? (c.req.param('action') as string) : undefined
  const isSelection = ids !== undefined || where !== undefined
  const targets = isSelection
    ? { ids, matches: where && createFilter(where) }
    : id === undefined
      ? WHOLE_RUN
      : { ids: [id] }
  try {
    const done = await parts.aborts.abort(index, targets, order, !isSelection)
    return c.json(done, order.dryRun ? 200 : 202)
  } catch (error) {
    if (!isHeddleError(error, 'ActionNotFoundError')) throw error
    const nearest = nearestActions(index, error.action ?? '')
    throw new ApiError('notFound', `${error.message}${didYouMean(nearest)}`, { nearest })
  }
}
