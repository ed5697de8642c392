// The routes of the process itself: what it is, how it stands, who asks, and what the API is like.

import { hostname } from 'node:os'
import {
  routes,
  type HostInfo,
  type HostList,
  type ProcessInfo,
  type SessionInfo,
  type StatsInfo,
} from '../../api.js'
import { messageOf } from '../../../protocol/values/describe-value.js'
import { ApiError } from '../api-error.js'
import type { Identification } from '../identification.js'
import { openApiDocument } from '../openapi.js'
import { refuseQuery } from './request-input.js'
import type { AddRoute, AppContext, AppParts } from './routing.js'

/** Adds them. */
export function addProcessRoutes(api: AddRoute, parts: AppParts, identification: Identification): void {
  const { security, about } = parts
  api('GET', routes.process, (c) => showProcess(c, parts))
  api('GET', routes.stats, (c) => showStats(c, parts))
  api('GET', routes.statsHistory, (c) => {
    refuseQuery(c.req.url)
    return c.json(parts.history.columns())
  })

  api('GET', routes.hosts, (c) => showHosts(c, parts))

  api('POST', routes.session, async (c) => {
    c.header('set-cookie', await identification.openSession(c))
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

  const openapi = JSON.stringify(openApiDocument(about.heddle))
  api('GET', routes.openapi, (c) => c.body(openapi, 200, { 'content-type': 'application/json' }))
}

function showProcess(c: AppContext, { about, catalog, url, offers }: AppParts): Response {
  refuseQuery(c.req.url)
  const info: ProcessInfo = {
    ...about,
    hostname: hostname(),
    url: url(),
    seq: catalog.seq,
    scope: c.get('caller').scope,
    definitions: offers.size,
  }
  return c.json(info)
}

async function showHosts(c: AppContext, { access }: AppParts): Promise<Response> {
  refuseQuery(c.req.url)
  const { cluster } = access
  const hosts = await cluster?.hosts().catch((error: unknown) => {
    throw new ApiError('unavailable', `the machines that lend threads aren't known: ${messageOf(error)}`)
  })
  const lanes = access.lanes.states()
  const items = (hosts ?? []).map((host): HostInfo => {
    const served = lanes.filter(({ hostInstance }) => hostInstance === host.instance)
    return {
      ...host,
      lanes: served.length,
      inFlight: served.reduce((sum, { inFlight }) => sum + inFlight, 0),
    }
  })
  const list: HostList = { at: access.now(), items }
  return c.json(list)
}

function showStats(c: AppContext, { access, loopDelay, streams }: AppParts): Response {
  refuseQuery(c.req.url)
  const { live, totals, refused } = access.counts
  const { rss, heapUsed } = process.memoryUsage()
  const { meanMs, p99Ms, maxMs } = loopDelay.read()
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
    refused,
    totals: { ...totals },
    ...(access.cluster && { cluster: access.cluster.stats() }),
    eventLoopDelay: { meanMs, p99Ms, maxMs },
    memory: { rssBytes: rss, heapUsedBytes: heapUsed },
    streams: streams.size,
  }
  return c.json(info)
}
