// A lock file: one process at a time, and none after the one that held it has died, however it died. Node has no lock of
// the operating system, so the file says who holds it, and whoever finds it looks whether that process still lives.

import { readFileSync } from 'node:fs'
import { readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** A lock that is held. */
export interface FileLock {
  /** Lets it go; only if it is still this one. */
  release(): Promise<void>
}

/** Who holds a lock. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process started, in the system's own unit, where that can be known: process ids are used again. */
  readonly started?: string
  /** Tells two locks of one process apart. */
  readonly token: string
}

/** How long a lock file without content, or the taking over of one, may take before its maker is taken for dead. */
const CREATION_MS = 5_000

/**
 * Takes a lock, or says who holds it.
 *
 * A lock whose holder is dead is taken over, under a second lock so that only one of several does. A holder on another
 * machine counts as alive.
 */
export async function lockFile(path: string): Promise<FileLock | { readonly heldBy: string }> {
  const token = `${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}`
  const started = startOf(process.pid)
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    ...(started !== undefined && { started }),
    token,
  }
  const content = JSON.stringify(holder)
  for (;;) {
    if (await create(path, content)) {
      return {
        release: async () => {
          if ((await readIfThere(path)) === content) await unlink(path)
        },
      }
    }
    const found = await readIfThere(path)
    if (found === undefined) continue
    const heldBy = await describeHolder(path, found)
    if (heldBy !== undefined) return { heldBy }
    await breakLock(path, found)
  }
}

/** Removes a dead holder's lock, unless somebody else has just done so. */
async function breakLock(path: string, found: string): Promise<void> {
  const breaking = `${path}.break`
  if (!(await create(breaking, String(process.pid)))) {
    if (await isOld(breaking)) await unlink(breaking).catch(ignoreMissing)
    else await sleep(10)
    return
  }
  try {
    // Only what was found dead: meanwhile another process may have taken it over.
    if ((await readIfThere(path)) === found) await unlink(path)
  } finally {
    await unlink(breaking).catch(ignoreMissing)
  }
}

/** Who holds it, in words; `undefined` if the holder is dead. */
async function describeHolder(path: string, content: string): Promise<string | undefined> {
  let holder: Partial<Holder>
  try {
    holder = JSON.parse(content) as Partial<Holder>
  } catch {
    // Just being written, or its maker died in between.
    return (await isOld(path)) ? undefined : 'a process that is just taking it'
  }
  const { pid, host, started } = holder
  if (typeof pid !== 'number') return undefined
  if (host !== hostname()) return `process ${pid} on the machine '${host}'`
  if (!isAlive(pid)) return undefined
  const startedNow = startOf(pid)
  if (started !== undefined && startedNow !== undefined && started !== startedNow) return undefined
  return pid === process.pid ? 'this process' : `process ${pid}`
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    ignoreMissing(error)
    return undefined
  }
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > CREATION_MS
  } catch (error) {
    ignoreMissing(error)
    return false
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It lives, but isn't ours.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, in clock ticks since boot: field 22 of its `stat` on Linux; unknown elsewhere. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold spaces.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
