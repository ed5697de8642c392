// Hosts as an app, and the command line, see them: with whether they can serve it, and why not.

import type { ClusterHost } from '../cluster.js'
import { covers } from '../collections/free-indices.js'
import type { ResourceCounts } from '../protocol/resolved-options.js'
import { ANY, WIRE } from './build.js'
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
    const { name, threads, busy, owners, labels, resources, draining } = record
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
      resources,
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
  resources: {},
  draining: false,
  lastsMs: 0,
} as const

function whyNot({ wire, builds }: HostRecord, wanted: ReadonlySet<string>): string | undefined {
  if (wire !== WIRE) return `it speaks ${wire}, this process ${WIRE}`
  if (wanted.size === 0 || builds.some((build) => wanted.has(build))) return undefined
  return `it serves ${builds.join(', ')}; this app asks for ${[...wanted].join(', ')}`
}

/** What lanes are asked for with. */
export interface WantedLanes {
  readonly build: string
  readonly label: string
  readonly needs: ResourceCounts | undefined
}

/** Why none of these could serve such lanes; `undefined` if one could. `refusals`: of those that have refused them, why. */
export function whyUnserved(
  hosts: readonly ClusterHost[],
  { build, label, needs }: WantedLanes,
  refusals: ReadonlyMap<string, string> = NONE,
): string | undefined {
  const named = label === ANY ? build : `${build} with the label '${label}'`
  const wanted = needs === undefined ? named : `${named} and has resources ${showCounts(needs)}`
  if (hosts.length === 0) return `there is no worker that serves ${wanted}: start one (heddle worker)`
  const reasons = hosts.map((host) => {
    const { name, builds, labels, resources, draining, why, instance } = host
    if (builds.length > 0 && !builds.includes(build)) return `${name} serves ${builds.join(', ')}`
    if (why !== undefined) return `${name === '' ? instance.slice(0, 8) : name} can't: ${why}`
    if (label !== ANY && !labels.includes(label))
      return `${name} has ${labels.length === 0 ? 'no labels' : labels.join(', ')}`
    if (needs !== undefined && !covers(resources, needs))
      return `${name} has ${Object.keys(resources).length === 0 ? 'no resources' : showCounts(resources)}`
    if (draining) return `${name} is leaving`
    const refusal = refusals.get(instance)
    return refusal === undefined ? undefined : `${name} refuses: ${refusal}`
  })
  if (reasons.includes(undefined)) return undefined
  return `no worker serves ${wanted}: ${reasons.slice(0, MOST_NAMED).join('; ')}${reasons.length > MOST_NAMED ? `; and ${reasons.length - MOST_NAMED} more` : ''}`
}

function showCounts(counts: ResourceCounts): string {
  const entries = Object.entries(counts).map(([name, count]) => `${name}: ${count}`)
  return `{ ${entries.join(', ')} }`
}

/** So many are told of by their names. */
const MOST_NAMED = 5
const NONE: ReadonlyMap<string, string> = new Map()
