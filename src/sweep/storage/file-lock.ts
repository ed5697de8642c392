// A lock file: one holder at a time, and none after the one that held it has died, however it died. Node has no lock of
// the operating system, so the file says who holds it, and whoever finds it looks whether that one still lives.

import { readFileSync } from 'node:fs'
import { readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { askHolder, holdName } from './held-name.js'

/** A lock that is held. */
export interface FileLock {
  /** Lets it go; only if it is still this one. */
  release(): Promise<void>
  /** Writes the file again if it is gone. Gives who holds it, where a holder elsewhere has taken it meanwhile. */
  renew(): Promise<string | undefined>
}

/** Who holds a lock instead, in words. */
export interface LockHolder {
  readonly heldBy: string
}

/** Who holds a lock whose file doesn't say so yet; or its maker has died while it wrote it: known in a few seconds. */
export const BEING_TAKEN = 'a process that is just taking it'

/** Who holds a lock. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process started, in the system's own unit, where that can be known: process ids are used again. */
  readonly started?: string
  /** Tells two locks of one process apart. */
  readonly token: string
  /** Whether the token is a held name, too: then who holds it can't be taken for alive when only its process is. */
  readonly isNamed?: boolean
  /** Name of the sweep. */
  readonly sweep?: string
}

/** How long a lock file without content, or the taking over of one, may take before its maker is taken for dead. */
const CREATION_MS = 5_000

/** How the content of each lock file begins. */
const FIRST_TEXT = '{"pid":'

/**
 * Takes a lock, or says who holds it.
 *
 * A lock whose holder is dead is taken over, under a second lock so that only one of several does. A holder on another
 * machine counts as alive.
 *
 * @param sweep - Whose it is, for those who find it.
 */
export async function lockFile(path: string, sweep?: string): Promise<FileLock | LockHolder> {
  const token = `${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}`
  const started = startOf(process.pid)
  const name = await holdName(token, '')
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    ...(started !== undefined && { started }),
    token,
    ...(typeof name === 'object' && { isNamed: true }),
    ...(sweep !== undefined && { sweep }),
  }
  const content = JSON.stringify(holder)
  const letGo = async (): Promise<void> => {
    if (typeof name === 'object') await name.release()
  }
  try {
    for (;;) {
      if (await create(path, content)) break
      const found = await readIfThere(path)
      if (found === undefined) continue
      const held = await describeHolder(path, found)
      if (held !== undefined) {
        await letGo()
        return held
      }
      await breakLock(path, found)
    }
  } catch (error) {
    await letGo()
    throw error
  }
  return {
    release: async () => {
      try {
        if ((await readIfThere(path)) === content) await unlink(path)
      } finally {
        await letGo()
      }
    },
    renew: async () => {
      const found = await readIfThere(path)
      if (found === content) return undefined
      if (found === undefined) {
        await create(path, content)
        return undefined
      }
      // One on this machine finds out by itself that the study is in use, and lets the lock go.
      const other = readHolder(found)
      return other === undefined || other.host === hostname() ? undefined : describe(other)
    },
  }
}

/** Who holds a lock, in words; `undefined` if nobody does. Changes nothing. */
export async function lookAtLock(path: string): Promise<string | undefined> {
  const found = await readIfThere(path)
  return found === undefined ? undefined : (await describeHolder(path, found))?.heldBy
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

/** Who holds it; `undefined` if the holder is dead, or nobody's. */
async function describeHolder(path: string, content: string): Promise<LockHolder | undefined> {
  const holder = readHolder(content)
  if (holder === undefined) {
    // Just being written, or its maker died in between; or it is no lock of a sweep's at all.
    const mayBeBegun = content.startsWith(FIRST_TEXT) || FIRST_TEXT.startsWith(content)
    if (!mayBeBegun || (await isOld(path))) return undefined
    return { heldBy: BEING_TAKEN }
  }
  return (await isDead(holder)) ? undefined : { heldBy: describe(holder) }
}

function readHolder(content: string): Holder | undefined {
  try {
    const holder = JSON.parse(content) as Holder | null
    return typeof holder?.pid === 'number' ? holder : undefined
  } catch {
    return undefined
  }
}

async function isDead({ pid, host, started, token, isNamed }: Holder): Promise<boolean> {
  if (host !== hostname()) return false
  if (!isAlive(pid)) return true
  const startedNow = startOf(pid)
  if (started !== undefined && startedNow !== undefined && started !== startedNow) return true
  // Its process lives; the thread that held it may not.
  return isNamed === true && (await askHolder(token)) === undefined
}

/** Who it is, in words. */
function describe({ pid, host, sweep }: Holder): string {
  const whose = sweep === undefined ? '' : ` (sweep '${sweep}')`
  if (host !== hostname()) return `process ${pid} on the machine '${host}'${whose}`
  return `${pid === process.pid ? 'this process' : `process ${pid}`}${whose}`
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
    // A clock may have been set back since.
    return Math.abs(Date.now() - (await stat(path)).mtimeMs) > CREATION_MS
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
