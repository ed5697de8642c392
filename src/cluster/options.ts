// The options of `connectCluster` and `startWorker`: checked, and made whole.

import { hostname, availableParallelism } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'
import { checkCount, checkMilliseconds } from '../checks/check-number.js'
import { refuseUnknown } from '../checks/refuse-unknown.js'
import { wrongOption } from '../checks/wrong-value.js'
import { resolveResources } from '../options.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import type { ResourceCounts } from '../protocol/resolved-options.js'
import { messageOf } from '../protocol/values/describe-value.js'
import type { PoolOptions } from '../threads/pool.js'
import { resolveThreadOptions } from '../threads/resolve-thread-options.js'
import { ANY } from './build.js'
import { Seal } from './link/frame.js'
import type { RedisAddress } from './link/redis.js'

/** What both sides of a cluster are given. */
export interface ClusterOptions {
  /**
   * Where Redis is: a URL (`redis://…`, `rediss://…`), or the options of ioredis, `{ sentinels, name }` among them. Not Redis
   * Cluster.
   */
  readonly redis: RedisAddress
  /** What all keys begin with: one for each trust zone. Lower-case letters, digits and `-`, up to 40. Default `'heddle'`. */
  readonly prefix?: string | undefined
  /**
   * Seals each frame, so that only who has it is heard: at least 16 bytes. Of several, all are accepted, and the first one
   * seals. Must be given where Redis isn't on this machine. Default: none.
   */
  readonly secret?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /**
   * After what silence the other side counts as lost, in milliseconds, 2000 to 86 400 000; the shorter one of both sides holds.
   * Choose it above the time that a failover of Redis takes. Default 10 000.
   */
  readonly leaseMs?: number | undefined
  /**
   * Text that must be equal on both sides. Default: name and version of the package of an action's module; then the files of
   * these modules must be equal, too.
   */
  readonly build?: string | undefined
  /** How large one input, output, report or message may be, in bytes. Default 16 MiB. */
  readonly maxValueBytes?: number | undefined
  /** How much may wait until another machine has acknowledged it, in bytes, for each; one over that is given up. Default 64 MiB. */
  readonly maxBufferedBytes?: number | undefined
}

/** What `connectCluster` takes. */
export interface ConnectOptions extends ClusterOptions {
  /** Threads of other machines that are held or asked for at a time. Default 64, at most 512. */
  readonly maxLanes?: number | undefined
  /** Where actions with a cpu share run that don't say. Default `'anywhere'`. */
  readonly on?: 'here' | 'anywhere' | 'cluster' | undefined
  /** Of its requests for threads, among those of other owners: 0 to 1000, higher first. Default 0. */
  readonly priority?: number | undefined
}

/** What `startWorker` takes. */
export interface WorkerOptions extends ClusterOptions {
  /** The modules whose actions it serves, with those that these import. */
  readonly actions: readonly (URL | string)[]
  /** How many threads it lends at a time. Default: `availableParallelism()`. */
  readonly threads?: number | undefined
  /** What it has that others may not, as in `on: { label }`. Default: none. */
  readonly labels?: readonly string[] | undefined
  /**
   * Its named resources, and how many there are of each, as `{ gpu: 2 }`: actions that need them take them of the machine that they run
   * on. At most 4 names. Default: none.
   */
  readonly resources?: Readonly<Record<string, number | undefined>> | undefined
  /** What it is shown as. Default: the machine's name. */
  readonly name?: string | undefined
  /** As `createRuntime` takes it. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** As `createRuntime` takes it. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** As `createRuntime` takes it. */
  readonly execArgv?: readonly string[] | undefined
  /** How long what runs may go on when it is drained, in milliseconds. Default 30 000. */
  readonly drainMs?: number | undefined
}

/** The options of both sides, with their defaults. */
interface ResolvedClusterOptions {
  readonly redis: RedisAddress
  readonly prefix: string
  readonly seal: Seal
  readonly leaseMs: number
  readonly build: string | undefined
  readonly maxValueBytes: number
  readonly maxBufferedBytes: number
}

/** Those of an owner. */
export interface ResolvedConnectOptions extends ResolvedClusterOptions {
  readonly maxLanes: number
  readonly on: 'here' | 'anywhere' | 'cluster'
  readonly priority: number
}

/** Those of a host. */
export interface ResolvedWorkerOptions extends ResolvedClusterOptions {
  readonly actions: readonly string[]
  readonly threads: number
  readonly labels: readonly string[]
  readonly resources: ResourceCounts
  readonly name: string
  readonly drainMs: number
  readonly pool: Pick<PoolOptions, 'resourceLimits' | 'env' | 'execArgv'>
}

const CLUSTER_OPTIONS = [
  'redis',
  'prefix',
  'secret',
  'leaseMs',
  'build',
  'maxValueBytes',
  'maxBufferedBytes',
] as const satisfies readonly (keyof ClusterOptions)[]
const CONNECT_OPTIONS: ReadonlySet<string> = new Set<keyof ConnectOptions>([
  ...CLUSTER_OPTIONS,
  'maxLanes',
  'on',
  'priority',
])
const WORKER_OPTIONS: ReadonlySet<string> = new Set<keyof WorkerOptions>([
  ...CLUSTER_OPTIONS,
  'actions',
  'threads',
  'labels',
  'resources',
  'name',
  'resourceLimits',
  'env',
  'execArgv',
  'drainMs',
])

const DEFAULT_LEASE_MS = 10_000
const LEAST_LEASE_MS = 2000
/** A day: with more, timers that follow from it would be due at once. */
const MOST_LEASE_MS = 86_400_000
const MOST_LANES = 512
const MOST_PRIORITY = 1000
const MOST_RESOURCES = 4
const MIB = 1024 * 1024
const NAME = /^[a-z0-9-]{1,40}$/
const NAME_WORDS = 'lower-case letters, digits and -, 1 to 40 of them'
const PLACES = ['here', 'anywhere', 'cluster'] as const

/** Throws an `ActionInputError` for the first option of `connectCluster` that is wrong. */
export function resolveConnectOptions(options: ConnectOptions): ResolvedConnectOptions {
  const of = 'connectCluster'
  refuseUnknown(options, CONNECT_OPTIONS, of)
  const { maxLanes = 64, on = 'anywhere', priority = 0 } = options
  if (!PLACES.includes(on)) throw wrongOption(of, 'on', on, "'here', 'anywhere' or 'cluster'")
  return {
    ...resolveClusterOptions(options, of),
    maxLanes: within(maxLanes, of, 'maxLanes', 0, MOST_LANES),
    on,
    priority: within(priority, of, 'priority', 0, MOST_PRIORITY),
  }
}

/** Throws an `ActionInputError` for the first option of `startWorker` that is wrong. */
export function resolveWorkerOptions(options: WorkerOptions): ResolvedWorkerOptions {
  const of = 'startWorker'
  refuseUnknown(options, WORKER_OPTIONS, of)
  const { threads = availableParallelism(), labels = [], name = hostname(), drainMs = 30_000 } = options
  if (typeof name !== 'string' || name === '') throw wrongOption(of, 'name', name, "a text that isn't empty")
  if (!Array.isArray(labels)) throw wrongOption(of, 'labels', labels, "a list of texts, as ['gpu']")
  for (const label of labels as readonly unknown[]) {
    if (typeof label !== 'string' || !NAME.test(label) || label === ANY)
      throw wrongOption(of, 'labels', label, `${NAME_WORDS}, and not '${ANY}'`)
  }
  return {
    ...resolveClusterOptions(options, of),
    actions: resolveModules(options.actions, of),
    threads: within(threads, of, 'threads', 1, MOST_LANES),
    labels: [...new Set(labels)],
    resources: resolveLent(options.resources, of),
    name,
    drainMs: checkMilliseconds(drainMs, of, 'drainMs'),
    pool: resolveThreadOptions(options, of),
  }
}

function resolveLent(resources: WorkerOptions['resources'], of: string): ResourceCounts {
  if (resources === undefined) return {}
  const resolved = resolveResources(resources, of, 1) ?? {}
  const names = Object.keys(resolved)
  if (names.length <= MOST_RESOURCES) return resolved
  throw new ActionInputError(
    `${of}: the option 'resources' has ${names.length} names (${names.join(', ')}), but a host may have ${MOST_RESOURCES}: there is a queue for each set of them`,
  )
}

function resolveClusterOptions(options: ClusterOptions, of: string): ResolvedClusterOptions {
  const { prefix = 'heddle', leaseMs = DEFAULT_LEASE_MS, build, redis } = options
  const host = hostBeyondLoopback(redis, of)
  if (typeof prefix !== 'string' || !NAME.test(prefix)) throw wrongOption(of, 'prefix', prefix, NAME_WORDS)
  if (build !== undefined && (typeof build !== 'string' || build === ''))
    throw wrongOption(of, 'build', build, "a text that isn't empty")
  if (checkMilliseconds(leaseMs, of, 'leaseMs') < LEAST_LEASE_MS || leaseMs > MOST_LEASE_MS)
    throw wrongOption(of, 'leaseMs', leaseMs, `milliseconds, ${LEAST_LEASE_MS} to ${MOST_LEASE_MS}`)
  const secrets = secretsOf(options.secret, of)
  if (host !== undefined && secrets.length === 0) {
    throw new ActionInputError(
      `${of}: Redis is on another machine (${host}), and there is no 'secret': without one, whoever reaches that Redis runs actions here. Give both sides the same, of 16 bytes or more`,
    )
  }
  return {
    redis,
    prefix,
    seal: sealOf(secrets, of),
    // Redis takes whole ones only.
    leaseMs: Math.ceil(leaseMs),
    build,
    maxValueBytes: within(options.maxValueBytes ?? 16 * MIB, of, 'maxValueBytes', 1024, Infinity),
    maxBufferedBytes: within(options.maxBufferedBytes ?? 64 * MIB, of, 'maxBufferedBytes', MIB, Infinity),
  }
}

function within(value: number, of: string, option: string, least: number, most: number): number {
  const count = checkCount(value, of, option, least)
  if (count > most) throw wrongOption(of, option, value, `a whole number, ${least} to ${most}`)
  return count
}

function resolveModules(actions: unknown, of: string): readonly string[] {
  if (!Array.isArray(actions) || actions.length === 0)
    throw wrongOption(of, 'actions', actions, 'a list of URLs of modules, with one at least')
  return actions.map((module: unknown) => {
    const url = module instanceof URL ? module.href : module
    if (typeof url === 'string' && URL.canParse(url) && new URL(url).protocol === 'file:') return url
    throw wrongOption(
      of,
      'actions',
      module,
      "the URL of a file, as in new URL('./actions.js', import.meta.url)",
    )
  })
}

/** A secret itself is in no message. */
function secretsOf(secret: unknown, of: string): readonly (string | Uint8Array)[] {
  if (secret === undefined) return []
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  if (secrets.length === 0) {
    throw new ActionInputError(
      `${of}: the option 'secret' is an empty list, which would seal nothing: give one, or leave the option out`,
    )
  }
  for (const one of secrets) {
    if (typeof one === 'string' || one instanceof Uint8Array) continue
    throw new ActionInputError(
      `${of}: the option 'secret' is no text and no bytes, but must be one of these, or a list of them`,
    )
  }
  return secrets as readonly (string | Uint8Array)[]
}

function sealOf(secrets: readonly (string | Uint8Array)[], of: string): Seal {
  try {
    return new Seal(secrets)
  } catch (error) {
    throw new ActionInputError(`${of}: the option 'secret': ${messageOf(error)}`, { cause: error })
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|)$/

/** Where Redis is, if that isn't this machine. Of a URL with a password, no more than the host is told. */
function hostBeyondLoopback(redis: unknown, of: string): string | undefined {
  const wanted = 'a URL (redis:, rediss:), the options of ioredis, or { sentinels, name }'
  if (typeof redis === 'string') {
    const url = URL.canParse(redis) ? new URL(redis) : undefined
    if (url === undefined || !/^rediss?:$/.test(url.protocol)) {
      throw new ActionInputError(
        `${of}: the option 'redis' is ${url === undefined ? 'no URL' : `a URL of ${url.protocol}`}, but must be ${wanted}`,
      )
    }
    return LOOPBACK.test(url.hostname) ? undefined : url.hostname
  }
  if (typeof redis !== 'object' || redis === null) throw wrongOption(of, 'redis', redis, wanted)
  if (Array.isArray(redis) || 'nodes' in redis || Reflect.get(redis, 'isCluster') === true)
    throw new ActionInputError(
      `${of}: the option 'redis' is for Redis Cluster, which isn't supported: ${wanted}`,
    )
  if ('duplicate' in redis)
    throw new ActionInputError(
      `${of}: the option 'redis' is a client, but must be what one is made of: ${wanted}. Several connections are made of it`,
    )
  const { host, path, sentinels } = redis as {
    readonly host?: string
    readonly path?: string
    readonly sentinels?: readonly { readonly host?: string }[]
  }
  if (typeof path === 'string') return undefined
  const hosts = sentinels?.map((sentinel) => sentinel.host) ?? [host]
  return hosts.find((one) => one !== undefined && !LOOPBACK.test(one))
}
