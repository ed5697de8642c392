// The place of a study's file, and the right to write it: one sweep at a time, whichever name it knows the file by. The
// lock file beside it tells other machines, and people; the hold on device and inode sees through links, mounts and removed
// locks.

import { constants } from 'node:fs'
import { open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SweepStorageError } from '../../protocol/errors/sweep-storage-error.js'
import { BEING_TAKEN, lockFile, lookAtLock, type FileLock } from './file-lock.js'
import { askHolder, holdName, type HeldName } from './held-name.js'

/** The owner of a file, as others see it; `warn` is called with what was repaired. */
export interface StudyFileOwner {
  readonly sweep?: string
  warn?(message: string): void
}

/** A file as the system knows it, whichever of its names was used, and the hold on it. */
export interface OpenFile {
  readonly handle: FileHandle
  /** Device and inode; left out for what is no plain file. */
  readonly identity: string | undefined
  readonly held: HeldName | undefined
}

/** How long a lock without an owner's name may keep a sweep waiting, in milliseconds: longer than its taking. */
const UNSURE_MS = 6_000
const LOOK_AGAIN_MS = 100

/** Where a file really is, or will be: the same for all links to it. */
export async function realPathOf(path: string): Promise<string> {
  try {
    const real = await realpath(path)
    // What is no plain file (a device) has no folder of its own for a lock.
    return (await stat(real)).isFile() ? real : path
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const target = await readlink(path).catch(() => undefined)
  if (target !== undefined) return realPathOf(resolve(dirname(path), target))
  return join(await realpath(dirname(path)), basename(path))
}

/** Takes the lock of a file. @throws `SweepStorageError` if it is held. */
export async function takeLock(path: string, real: string, { sweep }: StudyFileOwner): Promise<FileLock> {
  const until = performance.now() + UNSURE_MS
  for (;;) {
    const taken = await lockFile(`${real}.lock`, sweep)
    if (!('heldBy' in taken)) return taken
    if (taken.heldBy !== BEING_TAKEN || performance.now() > until) {
      throw inUse(path, taken.heldBy, `If nothing uses it, remove '${real}.lock'`)
    }
    await sleep(LOOK_AGAIN_MS)
  }
}

/** Who writes a study's file, in words; `undefined` if nobody does. */
export async function whoWrites(path: string): Promise<string | undefined> {
  return lookAtLock(`${await realPathOf(resolve(path))}.lock`)
}

/**
 * Opens a file to append to it, and holds it: a hard link, or another mount, is another path and has another lock, but is
 * the same file. So is one whose lock was removed.
 */
export async function openFile(real: string, { sweep }: StudyFileOwner, flags?: 'ax+'): Promise<OpenFile> {
  const handle = flags === undefined ? await openToAppend(real) : await open(real, flags)
  try {
    const identity = await identityOf(handle)
    if (identity === undefined) return { handle, identity, held: undefined }
    const named = sweep === undefined ? '' : `sweep '${sweep}', `
    const who = `process ${process.pid} (${named}as '${real}')`
    const held = await holdName(`study-${identity}`, who)
    if (held === 'taken') {
      const holder = await askHolder(`study-${identity}`)
      throw inUse(real, holder === undefined || holder === '' ? 'another sweep' : whoIs(holder))
    }
    return { handle, identity, held: held === 'unable' ? undefined : held }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** To append only: nothing that others have written can be overwritten. Doesn't make a file. */
async function openToAppend(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDWR | constants.O_APPEND)
}

function whoIs(holder: string): string {
  const own = `process ${process.pid} `
  return holder.startsWith(own) ? `this process ${holder.slice(own.length)}` : holder
}

function inUse(path: string, heldBy: string, hint = ''): SweepStorageError {
  return new SweepStorageError(
    `the study '${path}' is in use by ${heldBy}: wait for it, or give this sweep another file. ${hint}`.trimEnd(),
    path,
  )
}

/** Device and inode of a plain file; `undefined` for anything else, and for a path where nothing is. */
export async function identityOf(file: string | FileHandle): Promise<string | undefined> {
  try {
    const found =
      typeof file === 'string' ? await stat(file, { bigint: true }) : await file.stat({ bigint: true })
    return found.isFile() ? `${found.dev}-${found.ino}` : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

/** Closes it, and lets it go. */
export async function closeFile(file: OpenFile | undefined): Promise<void> {
  if (file === undefined) return
  await file.handle.close()
  await file.held?.release()
}
