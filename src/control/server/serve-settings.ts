// Checks what `runtime.serve` is given: each option that is wrong is refused by name, and so is an address beyond this
// machine without a token that couldn't be guessed.

import { isDefinition, type FullDefinition } from '../../action.js'
import { wrongOption } from '../../checks/wrong-value.js'
import { checkCount } from '../../checks/check-number.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { describeValue } from '../../protocol/values/describe-value.js'
import type { ServeLimits, ServeOptions } from '../../serving.js'
import { isLoopback, randomToken } from './security.js'

const DEFAULT_LIMITS: ServeLimits = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  connections: 2048,
  streams: 1024,
  stallMs: 30_000,
}
const OF = 'runtime.serve'
const SERVE_OPTIONS: ReadonlySet<string> = new Set<keyof ServeOptions>([
  'host',
  'port',
  'token',
  'readToken',
  'allowedHosts',
  'definitions',
  'discoverable',
  'folder',
  'keepAlive',
  'limits',
])

/** What a server is started with. */
export interface ServeSettings {
  readonly host: string
  readonly port: number
  readonly token: string
  readonly readToken: string
  readonly allowedHosts: readonly string[]
  readonly definitions: readonly FullDefinition[]
  readonly discoverable: boolean
  readonly folder: string | undefined
  readonly keepAlive: boolean
  readonly limits: ServeLimits
}

/** Checks what `runtime.serve` was given, and adds what it wasn't. */
export function resolveServeOptions(options: ServeOptions): ServeSettings {
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(`${OF} was given ${describeValue(options)}, but needs an object of options`)
  }
  refuseUnknown(options, SERVE_OPTIONS, OF)
  const { host = '127.0.0.1', port = 0, token, readToken, allowedHosts = [], folder } = options
  const { discoverable = true, keepAlive = false } = options
  if (typeof host !== 'string' || host === '')
    throw wrongOption(OF, 'host', host, 'an address, such as 127.0.0.1')
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw wrongOption(OF, 'port', port, 'a port, from 0 to 65535')
  checkToken('token', token, host)
  checkToken('readToken', readToken, host)
  if (token !== undefined && token === readToken) {
    throw new ActionInputError(`${OF}: 'token' and 'readToken' are the same, but one of them must only read`)
  }
  if (!isLoopback(host) && token === undefined) {
    throw new ActionInputError(
      `${OF}: the address '${host}' is reached from beyond this machine, so a 'token' of your own must be given: a long random one, over TLS (by a proxy) only`,
    )
  }
  if (!Array.isArray(allowedHosts) || allowedHosts.some((one) => typeof one !== 'string' || one === '')) {
    throw wrongOption(OF, 'allowedHosts', allowedHosts, 'a list of host names')
  }
  const { definitions = [] } = options
  if (!Array.isArray(definitions)) {
    throw wrongOption(OF, 'definitions', definitions, 'an array of what action() or actionRef() returned')
  }
  for (const [index, one] of definitions.entries()) {
    if (!isDefinition(one))
      throw wrongOption(OF, `definitions[${index}]`, one, 'what action() or actionRef() returned')
  }
  for (const [name, flag] of Object.entries({ discoverable, keepAlive })) {
    if (typeof flag !== 'boolean') throw wrongOption(OF, name, flag, 'true or false')
  }
  if (folder !== undefined && (typeof folder !== 'string' || folder === '')) {
    throw wrongOption(OF, 'folder', folder, "a folder's path")
  }
  return {
    host,
    port,
    token: token ?? randomToken(),
    readToken: readToken ?? randomToken(),
    allowedHosts,
    definitions: definitions as readonly FullDefinition[],
    discoverable,
    folder,
    keepAlive,
    limits: resolveLimits(options.limits),
  }
}

function resolveLimits(limits: ServeOptions['limits']): ServeLimits {
  if (limits === undefined) return DEFAULT_LIMITS
  if (typeof limits !== 'object' || limits === null) throw wrongOption(OF, 'limits', limits, 'an object')
  refuseUnknown(limits, new Set(Object.keys(DEFAULT_LIMITS)), OF, 'limits')
  const resolved: Record<string, number> = {}
  for (const [name, otherwise] of Object.entries(DEFAULT_LIMITS)) {
    const value = checkCount(limits[name as keyof ServeLimits] ?? otherwise, OF, `limits.${name}`, 1)
    if (value === Infinity) throw wrongOption(OF, `limits.${name}`, value, 'finite')
    resolved[name] = value
  }
  return resolved as Record<keyof ServeLimits, number>
}

/** Beyond this machine anybody may try tokens: none that could be guessed. In characters. */
const SHORTEST_TOKEN = 16

function checkToken(name: string, token: unknown, host: string): void {
  if (token === undefined) return
  // What a header can't carry can never be shown.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new ActionInputError(
      `${OF}: the option '${name}' must be a text of printable ASCII characters without spaces, long and random`,
    )
  }
  if (isLoopback(host) || token.length >= SHORTEST_TOKEN) return
  throw new ActionInputError(
    `${OF}: the address '${host}' is reached from beyond this machine, so the option '${name}' must have at least ${SHORTEST_TOKEN} characters, but has ${token.length}: take a random one, such as crypto.randomBytes(32).toString('base64url')`,
  )
}
