// A study on disk: one JSON text per line, appended and synced. It owns durability (groups of lines share one sync), the
// repair of a line that a crash has torn, and what is done when somebody else removes, cuts or replaces the file meanwhile.
// Who may write it is in `study-place.ts`, what the lines mean in `study-lines.ts`.

import { open, truncate, writeFile, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { SweepStorageError } from '../../protocol/errors/sweep-storage-error.js'
import type { FileLock } from './file-lock.js'
import { KeptText } from './kept-text.js'
import { readStudy } from './read-study.js'
import { encodeLine, type StudyLine } from './study-lines.js'
import {
  closeFile,
  identityOf,
  openFile,
  realPathOf,
  takeLock,
  type OpenFile,
  type StudyFileOwner,
} from './study-place.js'

/** The file of a study, open and locked. */
export class StudyFile {
  /** As it was given, absolute. */
  readonly path: string
  /** Without links. */
  readonly #real: string
  #file: OpenFile
  readonly #lock: FileLock
  readonly #owner: StudyFileOwner
  /** Told once, when a line can't be written: what was synced before is safe, and nothing is written any more. */
  readonly #onError: (error: SweepStorageError) => void
  #pending: string[] = []
  #writing: Promise<void> | undefined
  #error: SweepStorageError | undefined
  /** How long the file is, and how many lines it has, as far as they are this sweep's. */
  #length: number
  #lines: number
  /** All of them. */
  readonly #kept: KeptText

  private constructor(
    path: string,
    real: string,
    file: OpenFile,
    lock: FileLock,
    stored: { readonly kept: KeptText; readonly length: number; readonly lines: number },
    owner: StudyFileOwner,
    onError: (error: SweepStorageError) => void,
  ) {
    this.path = path
    this.#real = real
    this.#file = file
    this.#lock = lock
    this.#kept = stored.kept
    this.#length = stored.length
    this.#lines = stored.lines
    this.#owner = owner
    this.#onError = onError
  }

  /**
   * Opens a study, or begins one, and gives the lines that it has. A torn last line is cut off.
   *
   * @throws `SweepStorageError`
   */
  static async open(
    path: string,
    onError: (error: SweepStorageError) => void,
    owner: StudyFileOwner = {},
  ): Promise<{ readonly file: StudyFile; readonly lines: readonly StudyLine[] }> {
    const given = resolve(path)
    let lock: FileLock | undefined
    let file: OpenFile | undefined
    try {
      const real = await realPathOf(given)
      lock = await takeLock(given, real, owner)
      file = await openFile(real, owner).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        return openFile(real, owner, 'ax+')
      })
      const bytes = await readAll(file.handle)
      const { lines, length } = readStudy(bytes, given)
      // By its path: who opened it to append can't cut it on every system.
      if (bytes.length > length) await truncate(real, length)
      await syncFolder(dirname(real))
      const kept = new KeptText()
      await kept.add(bytes.subarray(0, length))
      const stored = { kept, length, lines: lines.length }
      return { file: new StudyFile(given, real, file, lock, stored, owner, onError), lines }
    } catch (error) {
      await closeFile(file)
      await lock?.release()
      throw storageError(error, given, 'opened')
    }
  }

  /** Queues a line; it is written and synced soon, with others that come meanwhile. Never throws. */
  append(line: StudyLine): void {
    if (this.#error !== undefined) return
    this.#pending.push(encodeLine(line))
    this.#writing ??= this.#write()
  }

  /**
   * Resolves once all that was appended is on disk, in the file that has that name now.
   *
   * @throws `SweepStorageError` if it can't be.
   */
  async flush(): Promise<void> {
    if (this.#error === undefined) this.#writing ??= this.#write()
    while (this.#writing !== undefined) await this.#writing
    if (this.#error !== undefined) throw this.#error
  }

  /** Writes what is left, closes the file and lets the lock go. Never throws: a failed write was reported before. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    try {
      await closeFile(this.#file)
      await this.#lock.release()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #write(): Promise<void> {
    // What is appended in this tick goes along.
    await Promise.resolve()
    try {
      do {
        const lines = this.#pending
        this.#pending = []
        const bytes = Buffer.from(lines.join(''))
        await this.#kept.add(bytes)
        await this.#append(bytes)
        this.#length += bytes.length
        this.#lines += lines.length
      } while (this.#pending.length > 0)
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#writing = undefined
    }
  }

  /** Appends, unless the file isn't any more what this sweep has made of it. */
  async #append(bytes: Buffer): Promise<void> {
    const { handle, identity } = this.#file
    if (identity !== undefined) {
      const [own, there] = await Promise.all([handle.stat(), identityOf(this.#real)])
      if (there === undefined) return this.#writeAnew()
      if (there !== identity) throw await this.#refuse('is another file now')
      if (own.size < this.#length) {
        const line = 1 + countLines((await this.#kept.bytes()).subarray(0, own.size))
        throw await this.#refuse(`was cut to ${own.size} bytes, in line ${line}`)
      }
      if (own.size > this.#length) {
        throw await this.#refuse(`has lines that aren't this sweep's, from line ${this.#lines + 1} on`)
      }
    }
    const taken = await this.#lock.renew()
    if (taken !== undefined) throw await this.#refuse(`was taken by ${taken}`)
    if (bytes.length === 0) return
    try {
      await writeAll(handle, bytes)
      await handle.datasync()
    } catch (error) {
      await this.#cutTorn(bytes.length)
      throw error
    }
  }

  /** Half a line would be cut off at the next opening anyway; so it is gone at once, where that works. */
  async #cutTorn(most: number): Promise<void> {
    try {
      const { size } = await this.#file.handle.stat()
      const isOwn = (await identityOf(this.#real)) === this.#file.identity && size - this.#length <= most
      if (this.#file.identity !== undefined && isOwn) await truncate(this.#real, this.#length)
    } catch {
      // The error of the write is the one to report.
    }
  }

  /** The file is gone: it gets all lines again, in a new one. */
  async #writeAnew(): Promise<void> {
    let file: OpenFile
    try {
      file = await openFile(this.#real, this.#owner, 'ax+')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw await this.#refuse('is another file now')
      throw await this.#refuse(`was removed, and can't be written anew (${(error as Error).message})`)
    }
    const gone = this.#file
    this.#file = file
    await closeFile(gone)
    await this.#lock.renew()
    await writeAll(file.handle, await this.#kept.bytes())
    await file.handle.sync()
    await syncFolder(dirname(this.#real))
    this.#owner.warn?.(
      `the study '${this.path}' was removed while the sweep ran: it was written anew, with all that the sweep had`,
    )
  }

  /** Somebody else has changed the file: it is left as it is, and what the sweep had is written beside it. */
  async #refuse(what: string): Promise<SweepStorageError> {
    const text = Buffer.concat([await this.#kept.bytes(), Buffer.from(this.#pending.join(''))])
    this.#pending = []
    const place = await writeBeside(this.#real, text)
    const where =
      place === undefined
        ? 'what the sweep had could not be written anywhere'
        : `all that the sweep had is in '${place}': give that as its storage, and it goes on`
    return new SweepStorageError(
      `the study '${this.path}' ${what}: it was changed while the sweep ran. It is left as it is; ${where}`,
      this.path,
    )
  }

  #fail(error: unknown): void {
    if (this.#error !== undefined) return
    this.#pending = []
    this.#error = storageError(error, this.path, 'written')
    this.#onError(this.#error)
  }
}

async function readAll(handle: FileHandle): Promise<Buffer> {
  const { size } = await handle.stat()
  const bytes = Buffer.alloc(size)
  let read = 0
  while (read < size) {
    const { bytesRead } = await handle.read(bytes, read, size - read, read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return bytes.subarray(0, read)
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, null)
    written += bytesWritten
  }
}

/** Writes what a sweep had beside its file, under a name that is free, or else among the temporary files. */
async function writeBeside(real: string, bytes: Buffer): Promise<string | undefined> {
  for (const folder of [dirname(real), tmpdir()]) {
    for (let number = 1; ; number += 1) {
      const path = join(folder, `${basename(real)}.kept${number === 1 ? '' : `-${number}`}`)
      try {
        await writeFile(path, bytes, { flag: 'wx', flush: true })
        return path
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') break
      }
    }
  }
  return undefined
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}

/** Makes the entry of a new file durable. Windows has no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function storageError(error: unknown, path: string, done: string): SweepStorageError {
  if (error instanceof SweepStorageError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const why =
    code === 'ENOSPC'
      ? 'there is no space left; what was written before is safe, and the sweep goes on from it once there is'
      : code === 'ENOENT'
        ? 'its folder does not exist'
        : message
  return new SweepStorageError(`the study '${path}' can't be ${done}: ${why}`, path, { cause: error })
}
