// Starts the control server of a runtime: checks what it was given, puts the parts together, listens, and lets the
// command line find it. This is the file that `runtime.serve` loads.

import { readFile } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { randomBytes } from 'node:crypto'
import { getRequestListener } from '@hono/node-server'
import { count } from '../../options.js'
import { describeValue } from '../../protocol/describe-value.js'
import { ActionInputError } from '../../protocol/errors.js'
import type { RuntimeAccess } from '../../runtime/serving.js'
import type { ControlServer, ServeLimits, ServeOptions } from '../../serving.js'
import {
  discoveryFolder,
  ensureFolder,
  entryPath,
  socketPath,
  sweepEntries,
  writeEntry,
  type DiscoveryEntry,
} from '../discovery.js'
import { AbortDesk } from './abort-desk.js'
import { createApp } from './app.js'
import { Catalog } from './catalog.js'
import { loadConsole } from './console-files.js'
import { EventStreams } from './event-streams.js'
import { Listener } from './listeners.js'
import { Metrics } from './metrics.js'
import type { AppBindings } from './routing.js'
import { isLoopback, randomToken, Security } from './security.js'

const DEFAULT_LIMITS: ServeLimits = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  connections: 2048,
  streams: 1024,
  stallMs: 30_000,
}
/** How long the streams may take to read the last events when the server is closed. */
const FAREWELL_MS = 1000
const OF = 'runtime.serve'

/** Starts it. `onClosed` is called when it begins to close. */
export async function startServer(
  access: RuntimeAccess,
  options: ServeOptions,
  onClosed: () => void,
): Promise<ControlServer> {
  const settings = resolve(options)
  const { host, port, token, readToken, limits, keepAlive } = settings
  const instance = randomBytes(4).toString('hex')
  const [heddle, files] = await Promise.all([packageVersion(), loadConsole()])
  const security = new Security({
    instance,
    token,
    readToken,
    host,
    isPublic: !isLoopback(host),
    allowedHosts: settings.allowedHosts,
    now: access.now,
  })
  const catalog = new Catalog(access)
  const desk = new AbortDesk(access)
  const streams = new EventStreams({ catalog, instance, now: access.now, stallMs: limits.stallMs })
  const metrics = new Metrics(access, () => streams.size)
  const loopDelay = monitorEventLoopDelay({ resolution: 10 })
  loopDelay.enable()
  let closing: Promise<void> | undefined
  let url = ''
  const main = process.argv[1]
  const about = {
    instance,
    pid: process.pid,
    title: process.title,
    ...(main !== undefined && { main }),
    cwd: process.cwd(),
    node: process.version,
    heddle,
    startedAt: performance.timeOrigin,
    servedAt: access.now(),
  }
  const app = createApp({
    access,
    catalog,
    desk,
    streams,
    metrics,
    security,
    files,
    limits,
    loopDelay,
    about,
    url: () => url,
    isClosing: () => closing !== undefined,
  })
  desk.onProgress = (operation) => streams.progressed(operation)
  access.supervisor.observer = catalog
  access.events.observer = (event) => {
    const entry = catalog.take(event)
    if (entry !== undefined) {
      desk.take(event, entry)
      metrics.take(event, entry)
    }
    streams.take(event, entry)
  }

  const listeners: Listener[] = []
  let found: Discoverable | undefined
  const close = async (): Promise<void> => {
    onClosed()
    await found?.remove()
    await streams.close('the server was closed', FAREWELL_MS)
    await Promise.all(listeners.map((listener) => listener.close()))
    access.events.observer = undefined
    access.supervisor.observer = undefined
    metrics.close()
    loopDelay.disable()
  }
  try {
    const listen = (isSocket: boolean) => ({ limits, keepAlive, handle: handlerOf(app, isSocket) })
    const listener = await Listener.open(listen(false), { host, port })
    listeners.push(listener)
    security.port = listener.port
    url = `http://${host.includes(':') ? `[${host}]` : host}:${listener.port}`
    if (settings.discoverable) {
      const folder = settings.folder ?? discoveryFolder()
      found = await beFound(folder, { ...about, url, token }, async (path) => {
        listeners.push(await Listener.open(listen(true), { path }))
      })
    }
    const server: ControlServer = {
      url,
      host,
      port: listener.port,
      token,
      readToken,
      socket: found?.socket,
      instance,
      link: (run) =>
        `${url}/${run === undefined ? '' : `runs/${encodeURIComponent(run)}`}#token=${encodeURIComponent(token)}`,
      close: () => (closing ??= close()),
      [Symbol.asyncDispose]: () => (closing ??= close()),
    }
    return server
  } catch (error) {
    await close()
    throw error
  }
}

function handlerOf(
  app: ReturnType<typeof createApp>,
  isSocket: boolean,
): (incoming: IncomingMessage, outgoing: ServerResponse) => unknown {
  return getRequestListener(
    (request, bindings) => app.fetch(request, { ...(bindings as Omit<AppBindings, 'isSocket'>), isSocket }),
    // The app's `Request` and `Response` are its own.
    { overrideGlobalObjects: false },
  )
}

interface Discoverable {
  readonly socket: string | undefined
  remove(): Promise<void>
}

/** Opens the socket and writes the entry; both go with the process, however it ends, unless it is killed. */
async function beFound(
  folder: string,
  about: Omit<DiscoveryEntry, 'version' | 'socket'>,
  listen: (path: string) => Promise<void>,
): Promise<Discoverable> {
  await ensureFolder(folder)
  await sweepEntries(folder)
  const file = entryPath(folder, about.instance)
  const socket = socketPath(folder, about.instance)
  if (socket !== undefined) await listen(socket)
  const onExit = (): void => {
    rmSync(file, { force: true })
    if (socket !== undefined && process.platform !== 'win32') rmSync(socket, { force: true })
  }
  process.once('exit', onExit)
  try {
    const { instance, pid, title, cwd, startedAt, servedAt, url, token, main } = about
    await writeEntry(file, {
      version: 1,
      instance,
      pid,
      title,
      ...(main !== undefined && { main }),
      cwd,
      startedAt,
      servedAt,
      url,
      ...(socket !== undefined && { socket }),
      token,
    })
  } catch (error) {
    process.off('exit', onExit)
    throw error
  }
  return {
    socket,
    remove: async () => {
      process.off('exit', onExit)
      onExit()
    },
  }
}

interface Settings {
  readonly host: string
  readonly port: number
  readonly token: string
  readonly readToken: string
  readonly allowedHosts: readonly string[]
  readonly discoverable: boolean
  readonly folder: string | undefined
  readonly keepAlive: boolean
  readonly limits: ServeLimits
}

function resolve(options: ServeOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(`${OF} was given ${describeValue(options)}, but needs an object of options`)
  }
  const { host = '127.0.0.1', port = 0, token, readToken, allowedHosts = [], folder } = options
  const { discoverable = true, keepAlive = false } = options
  if (typeof host !== 'string' || host === '') throw wrong('host', host, 'an address, such as 127.0.0.1')
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw wrong('port', port, 'a port, from 0 to 65535')
  checkToken('token', token)
  checkToken('readToken', readToken)
  if (token !== undefined && token === readToken) {
    throw new ActionInputError(`${OF}: 'token' and 'readToken' are the same, but one of them must only read`)
  }
  if (!isLoopback(host) && token === undefined) {
    throw new ActionInputError(
      `${OF}: the address '${host}' is reached from beyond this machine, so a 'token' of your own must be given: a long random one, over TLS (by a proxy) only`,
    )
  }
  if (!Array.isArray(allowedHosts) || allowedHosts.some((one) => typeof one !== 'string' || one === '')) {
    throw wrong('allowedHosts', allowedHosts, 'a list of host names')
  }
  for (const [name, flag] of Object.entries({ discoverable, keepAlive })) {
    if (typeof flag !== 'boolean') throw wrong(name, flag, 'true or false')
  }
  if (folder !== undefined && (typeof folder !== 'string' || folder === '')) {
    throw wrong('folder', folder, "a folder's path")
  }
  return {
    host,
    port,
    token: token ?? randomToken(),
    readToken: readToken ?? randomToken(),
    allowedHosts,
    discoverable,
    folder,
    keepAlive,
    limits: resolveLimits(options.limits),
  }
}

function resolveLimits(limits: ServeOptions['limits']): ServeLimits {
  if (limits === undefined) return DEFAULT_LIMITS
  if (typeof limits !== 'object' || limits === null) throw wrong('limits', limits, 'an object')
  const resolved: Record<string, number> = {}
  for (const [name, otherwise] of Object.entries(DEFAULT_LIMITS)) {
    const value = count(limits[name as keyof ServeLimits] ?? otherwise, OF, `limits.${name}`, 1)
    if (value === Infinity) throw wrong(`limits.${name}`, value, 'finite')
    resolved[name] = value
  }
  return resolved as unknown as ServeLimits
}

function checkToken(name: string, token: unknown): void {
  if (token === undefined) return
  // What a header can't carry can never be shown.
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return
  throw new ActionInputError(
    `${OF}: the option '${name}' must be a text of printable ASCII characters without spaces, long and random`,
  )
}

function wrong(option: string, value: unknown, wanted: string): ActionInputError {
  return new ActionInputError(
    `${OF}: the option '${option}' is ${describeValue(value)}, but must be ${wanted}`,
  )
}

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
