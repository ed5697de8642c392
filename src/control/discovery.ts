// Discovery of the processes of one user, without any configuration: each served one has a file in a folder that only this
// user can enter, and beside it a socket. Both sides, who writes and who reads, agree here on where and what.

import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** What is written of a served process. It holds a secret, so nobody else may read it. */
export interface DiscoveryEntry {
  /** Of this form; entries of another one are left alone. */
  readonly version: 1
  readonly instance: string
  readonly pid: number
  readonly title: string
  readonly main?: string
  readonly cwd: string
  readonly startedAt: number
  readonly servedAt: number
  readonly url: string
  /** Left out where there is none: the path would have been too long. */
  readonly socket?: string
  readonly token: string
}

/** An entry that was found, and the file it is in. */
export interface FoundEntry {
  readonly entry: DiscoveryEntry
  readonly file: string
}

/** What a path of a Unix socket may have, in bytes: 104 on macOS, 108 on Linux, with the zero at its end. */
const SOCKET_PATH_BYTES = 103
const ENTRY_BYTES = 64 * 1024
/** What a served process leaves in the folder. */
const OWN_FILE = /^\d+-[0-9a-f]+\.(json|sock)(\.[0-9a-f]+\.new)?$/
/** How long a process may take to accept a connection before it counts as busy, in milliseconds. */
const PROBE_MS = 1000

/** Where an entry is written: `HEDDLE_RUN_DIR`, or the user's runtime folder, or one in the temporary folder. */
export function discoveryFolder({ env }: { readonly env: NodeJS.ProcessEnv } = process): string {
  const { HEDDLE_RUN_DIR: given, XDG_RUNTIME_DIR: runtimeFolder } = env
  if (given) return given
  return runtimeFolder ? join(runtimeFolder, 'heddle') : folderInTemporary()
}

/** Where entries may be: a login shell and a cron job of one user differ in what their environment says. */
export function discoveryFolders({ env }: { readonly env: NodeJS.ProcessEnv } = process): readonly string[] {
  const folder = discoveryFolder({ env })
  return env['HEDDLE_RUN_DIR'] ? [folder] : [...new Set([folder, folderInTemporary()])]
}

function folderInTemporary(): string {
  // Windows has no such number, but a temporary folder for each user.
  return join(tmpdir(), `heddle-${process.getuid?.() ?? 'run'}`)
}

/**
 * Makes the folder, or makes sure that it is this user's alone.
 *
 * @throws If it is somebody else's, a link, or a folder that is shared (`/tmp`, say): then whatever was written there
 *   could be read or replaced by others. A folder that holds anything else is left as it is.
 */
export async function ensureFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Windows has neither owners nor modes here; the user's temporary folder is private there.
  if (process.getuid === undefined) return
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid()) {
    throw new Error(
      `the folder ${folder}, for what the command line finds running processes by, isn't this user's own: ` +
        'set HEDDLE_RUN_DIR (or the option folder) to one that is',
    )
  }
  if ((found.mode & 0o077) === 0) return
  // One that others may write to is theirs, too; and so is one in which something else lies: a home, say.
  const isShared = (found.mode & 0o1022) !== 0 || (await readdir(folder)).some((name) => !OWN_FILE.test(name))
  if (isShared) {
    throw new Error(
      `the folder ${folder}, for what the command line finds running processes by, is shared with others ` +
        `(mode ${(found.mode & 0o7777).toString(8)}): set HEDDLE_RUN_DIR (or the option folder) to one of its own, ` +
        'such as a new folder in it',
    )
  }
  await chmod(folder, 0o700)
}

/** Where the socket of an instance is; `undefined` where the path would be too long. */
export function socketPath(folder: string, instance: string): string | undefined {
  if (process.platform === 'win32') return `\\\\.\\pipe\\heddle-${instance}`
  const path = join(folder, `${process.pid}-${instance}.sock`)
  return Buffer.byteLength(path) > SOCKET_PATH_BYTES ? undefined : path
}

/** Where the entry of an instance is. */
export function entryPath(folder: string, instance: string): string {
  return join(folder, `${process.pid}-${instance}.json`)
}

/** Writes an entry in one step: a reader finds all of it or nothing. */
export async function writeEntry(file: string, entry: DiscoveryEntry): Promise<void> {
  const unfinished = `${file}.${randomBytes(4).toString('hex')}.new`
  const handle = await open(unfinished, 'wx', 0o600)
  try {
    await handle.writeFile(JSON.stringify(entry))
  } finally {
    await handle.close()
  }
  try {
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** The entries of a folder; what isn't one is passed over. */
async function readEntries(folder: string): Promise<FoundEntry[]> {
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => /^\d+-[0-9a-f]+\.json$/.test(name))
      .map(async (name) => {
        const file = join(folder, name)
        const entry = await readEntry(file)
        return entry === undefined ? undefined : { entry, file }
      }),
  )
  return found.filter((one) => one !== undefined)
}

async function readEntry(file: string): Promise<DiscoveryEntry | undefined> {
  try {
    const about = await lstat(file)
    if (!about.isFile() || about.size > ENTRY_BYTES) return undefined
    if (process.getuid !== undefined && about.uid !== process.getuid()) return undefined
    const entry: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isEntry(entry) ? entry : undefined
  } catch {
    // It may have gone in between, or be half of something else.
    return undefined
  }
}

/** Whether it is all there: what reads it relies on each of its parts, and one that is malformed is nobody's fault here. */
function isEntry(value: unknown): value is DiscoveryEntry {
  if (typeof value !== 'object' || value === null) return false
  const { version, instance, pid, title, main, cwd, startedAt, servedAt, url, socket, token } =
    value as Readonly<Record<string, unknown>>
  return (
    version === 1 &&
    [instance, title, cwd, token].every((one) => typeof one === 'string') &&
    [main, socket].every((one) => one === undefined || typeof one === 'string') &&
    [startedAt, servedAt].every((one) => Number.isFinite(one)) &&
    Number.isInteger(pid) &&
    typeof url === 'string' &&
    URL.canParse(url)
  )
}

/** Removes what an instance has left in the folder, and nothing outside of it, whatever its entry says. */
async function removeEntry({ entry, file }: FoundEntry): Promise<void> {
  await rm(file, { force: true })
  if (entry.socket === undefined || process.platform === 'win32') return
  const name = basename(entry.socket)
  if (OWN_FILE.test(name)) await rm(join(dirname(file), name), { force: true })
}

/**
 * Whether a process still listens: `gone` only if it certainly doesn't. The socket is asked and not only the pid, which
 * may be another process's by now, or one of another container that shares the folder. That it listens says nothing about
 * whether it will answer: the system accepts connections for a process that is stopped or computes.
 */
async function probe(entry: DiscoveryEntry, probeMs: number): Promise<'listening' | 'busy' | 'gone'> {
  const { hostname, port } = new URL(entry.url)
  const target =
    entry.socket === undefined
      ? { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }
      : { path: entry.socket }
  return new Promise((resolve) => {
    const socket = createConnection(target)
    const timer = setTimeout(() => answer('busy'), probeMs)
    const answer = (state: 'listening' | 'busy' | 'gone'): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(state)
    }
    socket.once('connect', () => answer('listening'))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      // Any other failure (a full backlog, no more descriptors) says nothing about the process.
      const isRefused = code === 'ECONNREFUSED' || code === 'ENOENT'
      answer(isRefused ? 'gone' : 'busy')
    })
  })
}

/** Removes what crashed processes have left in a folder, and gives what is left with whether it takes connections. */
export async function sweepEntries(
  folder: string,
  probeMs: number = PROBE_MS,
): Promise<(FoundEntry & { readonly state: 'listening' | 'busy' })[]> {
  const found = await readEntries(folder)
  const probed = await Promise.all(
    found.map(async (one) => ({ ...one, state: await probe(one.entry, probeMs) })),
  )
  const live: (FoundEntry & { readonly state: 'listening' | 'busy' })[] = []
  for (const { state, ...one } of probed) {
    if (state === 'gone') await removeEntry(one).catch(() => undefined)
    else live.push({ ...one, state })
  }
  return live
}
