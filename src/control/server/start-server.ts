// Starts the control server of a runtime: checks what it was given, puts the parts together, listens, and lets the
// command line find it. This is the file that `runtime.serve` loads.

import { readFile } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomBytes } from 'node:crypto'
import { getRequestListener } from '@hono/node-server'
import { packageFile } from '../../package-root.js'
import type { RuntimeAccess, RuntimeMetrics } from '../../runtime/runtime-access.js'
import type { ControlServer, ServeOptions } from '../../serving.js'
import {
  discoveryFolder,
  ensureFolder,
  entryPath,
  socketPath,
  sweepEntries,
  writeEntry,
  type DiscoveryEntry,
} from '../discovery.js'
import { AbortOperations } from './mirror/abort-operations.js'
import { createApp } from './app.js'
import { Catalog } from './mirror/catalog.js'
import { loadConsole } from './console-files.js'
import { EventStreams } from './streams/event-streams.js'
import { Listener } from './listeners.js'
import { none } from './mirror/metrics.js'
import { Offers } from './mirror/offers.js'
import { ProcessHistory } from './mirror/process-history.js'
import { RunStarts } from './mirror/run-starts.js'
import type { AppBindings, AppParts } from './routes/routing.js'
import { isLoopback, Security } from './security.js'
import { resolveServeOptions } from './serve-settings.js'
import { TimeSlices } from './mirror/time-slices.js'

/** How long the streams may take to read the last events when the server is closed. */
const FAREWELL_MS = 1000
/** Starts it. `onClosed` is called when it begins to close. */
export async function startServer(
  access: RuntimeAccess,
  options: ServeOptions,
  metrics: RuntimeMetrics,
  onClosed: () => void,
): Promise<ControlServer> {
  const settings = resolveServeOptions(options)
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
  const slices = new TimeSlices()
  const { stop, ...mirror } = mirrorOf(access, instance, limits.stallMs, slices)
  metrics.streams = () => mirror.streams.size
  const loopDelay = access.watchLoop()
  const history = new ProcessHistory(access)
  const offers = new Offers(settings.definitions)
  let closing: Promise<void> | undefined
  let url = ''
  const about = describeProcess(instance, heddle, access.now())
  const app = createApp({
    ...mirror,
    offers,
    starts: new RunStarts(access, offers),
    access,
    slices,
    metrics,
    security,
    files,
    limits,
    loopDelay,
    history,
    about,
    url: () => url,
    isClosing: () => closing !== undefined,
  })

  const listeners: Listener[] = []
  let found: Discoverable | undefined
  const close = async (): Promise<void> => {
    onClosed()
    await found?.remove()
    await mirror.streams.close('the server was closed', FAREWELL_MS)
    await Promise.all(listeners.map((listener) => listener.close()))
    stop()
    metrics.streams = none
    loopDelay.close()
    history.close()
  }
  try {
    const listen = (isSocket: boolean) => ({ limits, keepAlive, slices, handle: handlerOf(app, isSocket) })
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
    return {
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
  } catch (error) {
    await close()
    throw error
  }
}

/** What follows the runtime: each event goes to the catalog first, then to those who look into it. */
function mirrorOf(
  access: RuntimeAccess,
  instance: string,
  stallMs: number,
  slices: TimeSlices,
): Pick<AppParts, 'catalog' | 'aborts' | 'streams'> & { readonly stop: () => void } {
  const catalog = new Catalog(access, (run) => streams.forgot(run))
  const streams = new EventStreams({ catalog, instance, now: access.now, stallMs, slices })
  const aborts = new AbortOperations(access, slices, (operation) => streams.progressed(operation))
  const stopObserving = access.observe(catalog)
  const stopReading = access.events.observe((event) => {
    const entry = catalog.take(event)
    if (entry !== undefined) aborts.take(event, entry)
    streams.take(event, entry)
  })
  const stop = (): void => {
    stopReading()
    stopObserving()
  }
  return { catalog, aborts, streams, stop }
}

function describeProcess(instance: string, heddle: string, servedAt: number): AppParts['about'] {
  const main = process.argv[1]
  return {
    instance,
    pid: process.pid,
    title: process.title,
    ...(main !== undefined && { main }),
    cwd: process.cwd(),
    node: process.version,
    heddle,
    startedAt: performance.timeOrigin,
    servedAt,
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

/** A bundler may have left the file behind: what is served doesn't depend on it. */
async function packageVersion(): Promise<string> {
  try {
    const text = await readFile(packageFile('package.json'), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return 'unknown'
  }
}
