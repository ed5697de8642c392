// What is said of what goes wrong with Redis: what, where, and the way out.

import type { LinkClock } from './wire.js'
import type { RedisAddress } from './redis.js'

/** How often it is warned of the same, in milliseconds: all of it is tried again, and goes on for as long as Redis is away. */
const WARN_MS = 60_000
const DEFAULT_PORT = 6379

/** What is wrong, by what it is told apart by, and the way out. */
const WAYS_OUT: readonly (readonly [kind: string, told: RegExp, wayOut: (prefix: string) => string])[] = [
  [
    'rights',
    /^NOPERM\b/,
    (prefix) =>
      `its user lacks a right. Give it those of a cluster: ACL SETUSER <user> resetchannels ~${prefix}:* +@all -@admin -@dangerous +info +client|setname +client|list +client|id +client|kill`,
  ],
  [
    'password',
    /^(?:WRONGPASS|NOAUTH)\b|\bAUTH\b/,
    () => `give the option 'redis' its user and password, as in redis://user:password@host`,
  ],
  [
    'memory',
    /^OOM\b/,
    () =>
      `it is full: give it more memory (maxmemory), or take away what fills it. What is on its way waits meanwhile, for as long as the lease`,
  ],
  ['cluster', /^(?:MOVED|CROSSSLOT|CLUSTERDOWN)\b/, () => `it is a Redis Cluster, which isn't supported`],
  ['version', /unknown command|wrong number of arguments/i, () => 'it must be Redis 6.2 or newer'],
  ['replica', /^READONLY\b/, () => 'it is a replica: give the address of its primary, or the sentinels'],
  [
    'certificate',
    /certificate|altname/i,
    () =>
      `give the option 'redis' what its certificate is signed by, as in { host, port, tls: { ca } }, or set NODE_EXTRA_CA_CERTS`,
  ],
  [
    'protocol',
    /wrong version number|EPROTO/i,
    () => `that port speaks no TLS: redis:// instead of rediss://`,
  ],
  [
    'connection',
    /Connection is closed|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    () =>
      `see that it runs there, or correct the option 'redis' (rediss:// where that port wants TLS, redis:// where it speaks none)`,
  ],
]

/** Tells of one Redis what goes wrong with it. */
export class RedisTrouble {
  readonly #where: string
  readonly #prefix: string
  readonly #clock: LinkClock
  readonly #warn: (message: string) => void
  /** When it was warned last, by what. */
  readonly #warnedAt = new Map<string, number>()

  constructor(
    { redis, prefix }: { readonly redis: RedisAddress; readonly prefix: string },
    clock: LinkClock,
    warn: (message: string) => void,
  ) {
    this.#where = whereIs(redis)
    this.#prefix = prefix
    this.#clock = clock
    this.#warn = warn
  }

  /** Warns of it, once a minute of what has the same way out. */
  note(error: Error): void {
    const now = this.#clock.now()
    const kind = kindOf(error)?.[0] ?? ''
    if (now - (this.#warnedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < WARN_MS) return
    this.#warnedAt.set(kind, now)
    this.#warn(`${this.describe(error)} (it is tried again)`)
  }

  /** What is wrong, where, and the way out. */
  describe(error: Error): string {
    const wayOut = kindOf(error)?.[2](this.#prefix)
    return `Redis at ${this.#where} can't be used: ${textOf(error)}${wayOut === undefined ? '' : `: ${wayOut}`}`
  }
}

function kindOf(error: Error): (typeof WAYS_OUT)[number] | undefined {
  const text = `${textOf(error)} ${(error as NodeJS.ErrnoException).code ?? ''}`
  return WAYS_OUT.find(([, told]) => told.test(text))
}

/** The words of what is behind it: of several addresses that were tried in vain, and of transactions, the error itself says nothing. */
function textOf(error: Error): string {
  const { errors, previousErrors, code } = error as Error & {
    readonly errors?: readonly Error[]
    readonly previousErrors?: readonly Error[]
    readonly code?: string
  }
  const { message } = previousErrors?.[0] ?? (error.message === '' ? errors?.[0] : undefined) ?? error
  return message === '' ? (code ?? error.name) : message.replace(/\.$/, '')
}

/** Host and port; never a password. */
function whereIs(redis: RedisAddress): string {
  if (typeof redis === 'string') {
    const { hostname, port } = new URL(redis)
    return `${hostname === '' ? 'localhost' : hostname}:${port === '' ? DEFAULT_PORT : port}`
  }
  const { host = 'localhost', port = DEFAULT_PORT, path, sentinels } = redis
  if (path !== undefined && path !== null) return path
  const addresses = sentinels?.map((one) => `${one.host ?? 'localhost'}:${one.port ?? 26_379}`)
  return addresses === undefined ? `${host}:${port}` : `the sentinels ${addresses.join(', ')}`
}
