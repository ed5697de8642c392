// The app's options of a runtime, checked and made whole.

import { wrongOption } from '../checks/wrong-value.js'
import { availableParallelism } from 'node:os'
import { refuseUnknown } from '../checks/refuse-unknown.js'
import { checkBoolean } from '../checks/check-boolean.js'
import { checkCount, checkMilliseconds } from '../checks/check-number.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import { resolveResources } from '../options.js'
import type { ResourceCounts } from '../protocol/resolved-options.js'
import type { Inspector, Retention, RuntimeOptions } from '../runtime.js'
import type { PoolOptions } from '../threads/pool.js'
import { resolveThreadOptions } from '../threads/resolve-thread-options.js'
import { LANE_SOURCE, type LaneSource } from './dispatch/lane-source.js'

const RUNTIME_OPTIONS: ReadonlySet<string> = new Set<keyof RuntimeOptions>([
  'threads',
  'minThreads',
  'idleTimeoutMs',
  'resources',
  'cluster',
  'graceMs',
  'resourceLimits',
  'env',
  'execArgv',
  'services',
  'maxQueued',
  'retain',
  'inspect',
  'processSignals',
])
const RETAIN_OPTIONS: ReadonlySet<string> = new Set<keyof Retention>(['runs', 'actions'])
const DEFAULT_GRACE_MS = 5000
const DEFAULT_RETAIN: Retention = { runs: 100, actions: 10_000 }

/** The options of a runtime, with their defaults. */
export interface ResolvedRuntimeOptions {
  readonly threads: number
  readonly minThreads: number
  readonly idleTimeoutMs: number
  readonly resources: ResourceCounts
  readonly graceMs: number
  readonly maxQueued: number
  readonly services: object
  readonly retain: Retention
  readonly inspect: Inspector | undefined
  readonly processSignals: boolean
  /** Where lanes come from that aren't threads of this process. */
  readonly elsewhere: LaneSource | undefined
  /** What the threads are started with. */
  readonly pool: Pick<PoolOptions, 'resourceLimits' | 'env' | 'execArgv'>
}

/** Throws an `ActionInputError` for the first option that is wrong. */
export function resolveRuntimeOptions(options: RuntimeOptions): ResolvedRuntimeOptions {
  const of = 'createRuntime'
  refuseUnknown(options, RUNTIME_OPTIONS, of)
  const { threads: given = availableParallelism(), idleTimeoutMs = Infinity, maxQueued = Infinity } = options
  const { graceMs = DEFAULT_GRACE_MS, minThreads = 0, processSignals = false } = options
  const threads = checkCount(given, of, 'threads', 0)
  if (threads === Infinity)
    throw new ActionInputError(`${of}: the option 'threads' is Infinity, but must be finite`)
  const retain = resolveRetention(options.retain, of)
  return {
    threads,
    minThreads: resolveMinThreads(minThreads, threads, of),
    idleTimeoutMs: checkMilliseconds(idleTimeoutMs, of, 'idleTimeoutMs'),
    resources: options.resources === undefined ? {} : (resolveResources(options.resources, of, 0) ?? {}),
    graceMs: checkMilliseconds(graceMs, of, 'graceMs'),
    maxQueued: checkCount(maxQueued, of, 'maxQueued', 0),
    services: servicesOf(options.services, of),
    retain,
    inspect: inspectorOf(options.inspect, of),
    processSignals: checkBoolean(processSignals, of, 'processSignals'),
    elsewhere: sourceOf(options, of),
    pool: resolveThreadOptions(options, of),
  }
}

/** Of a cluster; or, in tests, given by itself. */
function sourceOf(options: RuntimeOptions, of: string): LaneSource | undefined {
  type Holder = { readonly [LANE_SOURCE]?: LaneSource }
  const { cluster } = options
  if (cluster === undefined) return (options as Holder)[LANE_SOURCE]
  const source = typeof cluster === 'object' ? (cluster as Holder | null)?.[LANE_SOURCE] : undefined
  if (source !== undefined) return source
  throw wrongOption(of, 'cluster', cluster, "what connectCluster of 'heddle/cluster' gives")
}

function resolveMinThreads(given: number, threads: number, of: string): number {
  const minThreads = checkCount(given, of, 'minThreads', 0)
  const mostThreads = threads === 0 ? 0 : threads + 1
  if (minThreads > mostThreads) {
    throw new ActionInputError(
      `${of}: the option 'minThreads' is ${minThreads}, but there are at most ${mostThreads} threads: the option 'threads' is ${threads}${threads === 0 ? '' : ', and one more is shared'}`,
    )
  }
  return minThreads
}

function inspectorOf(inspect: Inspector | undefined, of: string): Inspector | undefined {
  if (inspect === undefined || typeof inspect === 'function') return inspect
  if (typeof inspect === 'object' && typeof (inspect as Partial<typeof inspect> | null)?.next === 'function')
    return inspect
  throw wrongOption(of, 'inspect', inspect, 'a function, or an observer with next()')
}

function servicesOf(services: unknown, of: string): object {
  if (services === undefined) return {}
  if (typeof services === 'object' && services !== null) return services
  throw wrongOption(of, 'services', services, 'an object of objects')
}

function resolveRetention(retain: RuntimeOptions['retain'], of: string): Retention {
  if (retain === undefined) return DEFAULT_RETAIN
  if (typeof retain === 'number') {
    const both = checkCount(retain, of, 'retain', 0)
    return { runs: both, actions: both }
  }
  if (typeof retain !== 'object' || retain === null) {
    throw wrongOption(of, 'retain', retain, 'a whole number or { runs, actions }')
  }
  refuseUnknown(retain, RETAIN_OPTIONS, of, 'retain')
  return {
    runs: checkCount(retain.runs ?? DEFAULT_RETAIN.runs, of, 'retain.runs', 0),
    actions: checkCount(retain.actions ?? DEFAULT_RETAIN.actions, of, 'retain.actions', 0),
  }
}
