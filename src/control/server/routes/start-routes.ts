// The routes that start a run, and that ask one to end by itself.

import { API_PREFIX, routes, type RunStartAnswer, type RunStopAnswer } from '../../api.js'
import { ApiError } from '../api-error.js'
import { findRun } from './find-run.js'
import { readJson } from './request-body.js'
import { readStartBody, readStopBody, refuseQuery } from './request-input.js'
import type { AddRoute, AppContext, AppParts } from './routing.js'

/** An input is as large as the body may be, and made of more than what other requests ask for. */
const NESTED_IN_INPUT = 100_000
const LONGEST_KEY = 255

/** Adds them. */
export function addStartRoutes(api: AddRoute, parts: AppParts): void {
  api('GET', routes.definitions, (c) => {
    refuseQuery(c.req.url)
    return c.json({ items: parts.offers.list() })
  })
  api('POST', routes.runs, (c) => startRun(c, parts))
  api('POST', routes.stopRun, (c) => stopRun(c, parts))
}

async function startRun(c: AppContext, parts: AppParts): Promise<Response> {
  refuseQuery(c.req.url)
  const key = c.req.header('idempotency-key')
  if (key !== undefined && (key === '' || key.length > LONGEST_KEY)) {
    throw new ApiError('invalid', `the Idempotency-Key must have 1 to ${LONGEST_KEY} characters`, {
      field: 'Idempotency-Key',
    })
  }
  const request = readStartBody(await readJson(c, parts.limits.bodyBytes, NESTED_IN_INPUT))
  const { run, repeated } = await parts.starts.start(request, key)
  const path = encodeURIComponent(run)
  const answer: RunStartAnswer = {
    run,
    url: `${parts.url()}/runs/${path}`,
    phase: parts.catalog.run(run)?.run.root.phase ?? 'queued',
    repeated,
  }
  c.header('location', `${API_PREFIX}${routes.run.replace(':run', path)}`)
  return c.json(answer, repeated ? 200 : 201)
}

async function stopRun(c: AppContext, parts: AppParts): Promise<Response> {
  refuseQuery(c.req.url)
  const request = readStopBody(await readJson(c, parts.limits.bodyBytes))
  const { run } = findRun(c, parts)
  // What threads have sent is known then, an end too.
  const stop = parts.access.aborts.look(() => parts.access.stopperOf(run))
  const { root, name } = run
  if (stop === undefined && !root.isSettled) {
    throw new ApiError(
      'conflict',
      `run '${name}' is no sweep that can be asked to end by itself: abort it, or the actions of it that are no longer wanted`,
    )
  }
  const reply = stop?.(request) ?? { accepted: false, running: 0 }
  const answer: RunStopAnswer = { run: name, phase: root.phase, ...reply }
  return c.json(answer, reply.accepted ? 202 : 200)
}
