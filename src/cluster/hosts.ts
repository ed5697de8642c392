// Hosts as an app, and the command line, see them: with whether they can serve it, and why not.

import type { ClusterHost } from '../cluster.js'
import { WIRE } from './build.js'
import type { HeardHost, HostRecord } from './engine/roster.js'

/** `builds`: those that are asked for; none where that isn't known yet. */
export function hostsOf(
  heard: readonly HeardHost[],
  builds: ReadonlySet<string>,
  roundTripMs: (instance: string) => number | undefined,
): ClusterHost[] {
  const now = Date.now()
  return heard.map(({ instance, record, heardMs }) => {
    if (record === undefined || heardMs === undefined) return { ...UNKNOWN, instance, heardAt: now }
    const why = whyNot(record, builds)
    const rttMs = roundTripMs(instance) ?? record.rttMs
    const { name, threads, busy, owners, labels, draining } = record
    return {
      instance,
      name,
      builds: record.builds,
      compatible: why === undefined,
      ...(why !== undefined && { why }),
      threads,
      busy,
      owners,
      labels,
      draining,
      heardAt: now - heardMs,
      lastsMs: record.lastsMs,
      ...(rttMs !== undefined && { rttMs }),
    }
  })
}

const UNKNOWN = {
  name: '',
  builds: [],
  compatible: false,
  why: "what it says isn't sealed by this secret",
  threads: 0,
  busy: 0,
  owners: 0,
  labels: [],
  draining: false,
  lastsMs: 0,
} as const

function whyNot({ wire, builds }: HostRecord, wanted: ReadonlySet<string>): string | undefined {
  if (wire !== WIRE) return `it speaks ${wire}, this process ${WIRE}`
  if (wanted.size === 0 || builds.some((build) => wanted.has(build))) return undefined
  return `it serves ${builds.join(', ')}; this app asks for ${[...wanted].join(', ')}`
}
