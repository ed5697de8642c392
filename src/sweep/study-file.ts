// A study on disk: one JSON text per line, appended and synced. It owns durability (groups of lines share one sync), the
// repair of a line that a crash has torn, and the lock; what the lines mean is in `study-lines.ts`.

import { open, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { lockFile, type FileLock } from './file-lock.js'
import { decodeLine, encodeLine, type StudyLine } from './study-lines.js'

/** What is wrong with the file of a study: it can't be read or written, is held by another process, or isn't one. */
export class SweepStorageError extends Error {
  override readonly name = 'SweepStorageError'
  /** The file. */
  readonly path: string

  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** The file of a study, open and locked. */
export class StudyFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #lock: FileLock
  /** Told once, when a line can't be written: what was synced before is safe, and nothing is written any more. */
  readonly #onError: (error: SweepStorageError) => void
  #pending: string[] = []
  #writing: Promise<void> | undefined
  #error: SweepStorageError | undefined
  #length: number

  private constructor(
    path: string,
    handle: FileHandle,
    lock: FileLock,
    length: number,
    onError: (error: SweepStorageError) => void,
  ) {
    this.path = path
    this.#handle = handle
    this.#lock = lock
    this.#length = length
    this.#onError = onError
  }

  /**
   * Opens a study, or begins one, and gives the lines that it has. A torn last line is cut off.
   *
   * @throws `SweepStorageError`
   */
  static async open(
    file: string,
    onError: (error: SweepStorageError) => void,
  ): Promise<{ readonly file: StudyFile; readonly lines: readonly StudyLine[] }> {
    const path = resolve(file)
    let lock: FileLock | undefined
    let handle: FileHandle | undefined
    try {
      const taken = await lockFile(`${path}.lock`)
      if ('heldBy' in taken) {
        throw new SweepStorageError(
          `the study '${path}' is in use by ${taken.heldBy}: wait for it, or give this sweep another file. ` +
            `If nothing uses it, remove '${path}.lock'`,
          path,
        )
      }
      lock = taken
      // Not in append mode: where a write failed half-way, the next one must take its place.
      handle = await open(path, 'r+').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        return open(path, 'wx+')
      })
      const { lines, length, size } = await readLines(handle, path)
      if (size > length) await handle.truncate(length)
      await syncFolder(dirname(path))
      return { file: new StudyFile(path, handle, lock, length, onError), lines }
    } catch (error) {
      await handle?.close()
      await lock?.release()
      throw storageError(error, path, 'opened')
    }
  }

  /** Queues a line; it is written and synced soon, with others that come meanwhile. Never throws. */
  append(line: StudyLine): void {
    if (this.#error !== undefined) return
    this.#pending.push(encodeLine(line))
    this.#writing ??= this.#write()
  }

  /** Resolves once all that was appended is on disk. @throws `SweepStorageError` if it can't be. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    if (this.#error !== undefined) throw this.#error
  }

  /** Writes what is left, closes the file and lets the lock go. Never throws: a failed write was told before. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    try {
      await this.#handle.close()
      await this.#lock.release()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #write(): Promise<void> {
    // What is appended in this tick goes along.
    await Promise.resolve()
    try {
      while (this.#pending.length > 0) {
        const bytes = Buffer.from(this.#pending.join(''))
        this.#pending = []
        for (let written = 0; written < bytes.length;) {
          const { bytesWritten } = await this.#handle.write(bytes, written, undefined, this.#length + written)
          written += bytesWritten
        }
        await this.#handle.datasync()
        this.#length += bytes.length
      }
    } catch (error) {
      // Half a line would be cut off at the next opening anyway; so it is gone at once, where that works.
      await this.#handle.truncate(this.#length).catch(() => {})
      this.#fail(error)
    } finally {
      this.#writing = undefined
    }
  }

  #fail(error: unknown): void {
    if (this.#error !== undefined) return
    this.#pending = []
    this.#error = storageError(error, this.path, 'written')
    this.#onError(this.#error)
  }
}

/** How the file of a study begins. */
const FIRST_BYTES = '{"type":"study"'

/** The lines of a file, and how long the part is that holds whole ones. */
async function readLines(
  handle: FileHandle,
  path: string,
): Promise<{ lines: StudyLine[]; length: number; size: number }> {
  const { size } = await handle.stat()
  const bytes = Buffer.alloc(size)
  for (let read = 0; read < size;) {
    const { bytesRead } = await handle.read(bytes, read, size - read, read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  const lines: StudyLine[] = []
  let start = 0
  for (;;) {
    const end = bytes.indexOf(0x0a, start)
    if (end === -1) break
    const line = decodeLine(bytes.toString('utf8', start, end))
    if (line === undefined) {
      // A crash of the machine can leave the end of a file as zeros; anything before its last line is damage.
      if (bytes.indexOf(0x0a, end + 1) === -1 && lines.length > 0) break
      throw new SweepStorageError(
        `line ${lines.length + 1} of '${path}' isn't one of a study: the file is damaged, or it is another kind of file. ` +
          'Remove that line, or give this sweep another file',
        path,
      )
    }
    lines.push(line)
    start = end + 1
  }
  // Without a whole line, it may be a first one that was torn; anything else isn't a sweep's and is left alone.
  const text = bytes.toString('utf8', 0, FIRST_BYTES.length)
  if (lines.length === 0 && !FIRST_BYTES.startsWith(text)) {
    throw new SweepStorageError(`'${path}' isn't the file of a study: give this sweep another file`, path)
  }
  return { lines, length: start, size }
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
