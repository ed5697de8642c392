// The checkpoints of a study's trials: what each would go on from, and the files that keep that beside the study. A trial has
// one until it has ended.

import { existsSync, readdirSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SweepStorageError } from '../../protocol/errors/sweep-storage-error.js'
import type { CheckpointEvent } from '../../protocol/trial-parts.js'
import { messageOf } from '../../protocol/values/describe-value.js'

/** What a trial goes on from. */
export type Checkpoint = Pick<CheckpointEvent, 'bytes' | 'after'>

/** How the first line of a file begins. */
const FIRST = '{"heddle":"checkpoint"'

/** Keeps the checkpoints of one session. */
export class Checkpoints {
  /** Where the files are; without it, they are in memory alone. */
  readonly #folder: string | undefined
  readonly #most: number
  readonly #synced: () => Promise<unknown>
  readonly #onError: (error: SweepStorageError) => void
  readonly #warn: (message: string) => void
  /** By trial, by the step after which they came, the oldest first. Of those that aren't needed any more, none. */
  readonly #kept = new Map<number, Checkpoint[]>()
  /** How far each has reported to be. */
  readonly #steps = new Map<number, number>()
  /** Trials whose file isn't as it should be. */
  readonly #stale = new Set<number>()
  #writing: Promise<void> | undefined
  #isCrowded = false

  /**
   * @param most - How many trials have one.
   * @param synced - Resolves when the study has all lines until now.
   * @param onError - Told when a file can't be written.
   */
  constructor(
    folder: string | undefined,
    most: number,
    synced: () => Promise<unknown>,
    onError: (error: SweepStorageError) => void,
    warn: (message: string) => void,
  ) {
    this.#folder = folder
    this.#most = most
    this.#synced = synced
    this.#onError = onError
    this.#warn = warn
  }

  /** The folder that a program of this trial may use. */
  folderOf(trial: number): string | undefined {
    return this.#folder === undefined ? undefined : join(this.#folder, `trial-${trial}`)
  }

  /** Whether it was made: for a program, it always is. */
  hasFolder(trial: number): boolean {
    const folder = this.folderOf(trial)
    return folder !== undefined && existsSync(folder)
  }

  /** The same, if there is anything in it. */
  filledFolderOf(trial: number): string | undefined {
    const folder = this.folderOf(trial)
    return folder !== undefined && existsSync(folder) && readdirSync(folder).length > 0 ? folder : undefined
  }

  /** A trial has left one. */
  take(trial: number, { bytes, after }: Checkpoint): void {
    const kept = this.#kept.get(trial) ?? []
    // The last one made is the last that counts.
    const before = this.latest(trial)
    this.#kept.delete(trial)
    this.#kept.set(trial, [...kept.filter((one) => one.after < after), { bytes, after }])
    if (this.latest(trial) !== before) this.#changed(trial)
    if (this.#kept.size <= this.#most) return
    const [oldest] = this.#kept.keys() as Iterable<number> as [number]
    this.drop(oldest)
    if (!this.#isCrowded)
      this.#warn(
        `more than ${this.#most} trials have checkpoints (checkpoints.most): the oldest go, and their trials begin anew`,
      )
    this.#isCrowded = true
  }

  /** A trial's report of a step was taken in. */
  reached(trial: number, step: number): void {
    const before = this.latest(trial)
    this.#steps.set(trial, step)
    const kept = this.#kept.get(trial)
    const counts = this.latest(trial)
    if (kept === undefined || counts === undefined) return
    kept.splice(0, kept.indexOf(counts))
    if (counts !== before) this.#changed(trial)
  }

  /** A trial waits: what it did since its last report is a race, and goes. */
  settle(trial: number): void {
    const counts = this.latest(trial)
    if (counts !== undefined) this.#kept.set(trial, [counts])
  }

  /**
   * What a trial would go on from: the last one whose report has come, so that none is missed; the last of all, where none has
   * come since the first.
   */
  latest(trial: number): Checkpoint | undefined {
    const kept = this.#kept.get(trial)
    const step = this.#steps.get(trial)
    const counts = step === undefined ? undefined : kept?.findLast(({ after }) => after < step)
    return counts ?? kept?.at(-1)
  }

  /** A trial has ended: nobody goes on from there. */
  drop(trial: number): void {
    this.#steps.delete(trial)
    if (this.#kept.delete(trial)) this.#changed(trial)
  }

  /** Reads what an earlier session has left of trials that go on. A file that can't be read is as none. */
  async load(trials: Iterable<{ readonly number: number; readonly step: number }>): Promise<void> {
    if (this.#folder === undefined) return
    const wanted = [...trials]
    await removeOthers(this.#folder, new Set(wanted.map(({ number }) => number)))
    for (const { number: trial, step } of wanted) {
      const path = this.#pathOf(trial)
      const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') this.#warn(`the checkpoint '${path}' can't be read: ${error.message}`)
        return undefined
      })
      if (bytes === undefined) continue
      const read = readCheckpoint(bytes)
      if (read === undefined) this.#warn(`the file '${path}' isn't a checkpoint: trial ${trial} begins anew`)
      else {
        this.#kept.set(trial, [read])
        this.#steps.set(trial, step)
      }
    }
  }

  /** Resolves once all files are as they should be. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  /** The same; and where nothing is left, the folder goes. Never throws: a failed write was reported before. */
  async close(): Promise<void> {
    await this.flush()
    // It stays where something is in it, be it a program's.
    if (this.#folder !== undefined && this.#kept.size === 0) await rmdir(this.#folder).catch(() => {})
  }

  #pathOf(trial: number): string {
    return join(this.#folder as string, `trial-${trial}.checkpoint`)
  }

  #changed(trial: number): void {
    if (this.#folder === undefined) return
    this.#stale.add(trial)
    this.#writing ??= this.#write(this.#folder)
  }

  async #write(folder: string): Promise<void> {
    try {
      await mkdir(folder, { recursive: true })
      for (const trial of this.#stale) {
        this.#stale.delete(trial)
        // No checkpoint is ahead of the reports that the study has.
        await this.#synced()
        const last = this.latest(trial)
        const path = this.#pathOf(trial)
        if (last === undefined) await rm(path, { force: true })
        else await replaceFile(path, last)
      }
    } catch (error) {
      const message = `the checkpoints in '${folder}' can't be written: ${messageOf(error)}`
      this.#onError(new SweepStorageError(message, folder, { cause: error }))
    } finally {
      this.#writing = undefined
    }
  }
}

/** What a session that was killed has left of trials that had ended, and of files that weren't whole. */
async function removeOthers(folder: string, wanted: ReadonlySet<number>): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [, trial] = /^trial-(\d+)\.checkpoint(?:\.new)?$/.exec(name) ?? []
    if (trial === undefined || (wanted.has(Number(trial)) && !name.endsWith('.new'))) continue
    await rm(join(folder, name), { force: true })
  }
}

/** Whole, or not at all: under another name first. */
async function replaceFile(path: string, { bytes, after }: Checkpoint): Promise<void> {
  const unfinished = `${path}.new`
  const file = await open(unfinished, 'w')
  try {
    await file.write(Buffer.from(`${FIRST},"format":1,"after":${after},"bytes":${bytes.length}}\n`))
    await file.write(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
}

function readCheckpoint(file: Buffer): Checkpoint | undefined {
  const end = file.indexOf(0x0a)
  const head = file.toString('utf8', 0, end)
  if (end === -1 || !head.startsWith(FIRST)) return undefined
  try {
    const { format, after, bytes } = JSON.parse(head) as Readonly<Record<string, unknown>>
    const rest = new Uint8Array(file.subarray(end + 1))
    return format === 1 && typeof after === 'number' && rest.length === bytes
      ? { bytes: rest, after }
      : undefined
  } catch {
    return undefined
  }
}
