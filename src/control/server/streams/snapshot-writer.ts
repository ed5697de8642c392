// Tells one reader a snapshot, in parts: the runs, all actions, and then, again and again, those that have changed meanwhile,
// until that is little enough to be told at once. From there on the events go on.

import type { ActionEntry, Catalog, RunIndex } from '../mirror/catalog.js'
import { firstAfter } from '../mirror/pages.js'
import { runSummary } from '../mirror/views.js'
import { actionsFrame, type SnapshotCache, type SnapshotForm } from './snapshot-cache.js'

/** How many changed actions are told anew in one go: in a part, and at the end of a snapshot. */
const LAST_PART = 100
/** How often what has changed meanwhile is told in parts. Of what goes on changing faster, the events themselves tell. */
const PASSES = 8
/** Actions that are looked at, whether they have changed, in one go. */
const LOOKED_AT = 5000
/** Summaries of runs that are written in one go. */
const RUNS = 50

/** What is told. */
export interface SnapshotOptions extends SnapshotForm {
  readonly view: 'actions' | 'runs'
  /** Only this run. */
  readonly run: string | undefined
}

/** What it is told with. */
export interface SnapshotParts {
  readonly catalog: Catalog
  readonly instance: string
  readonly now: () => number
  readonly snapshots: SnapshotCache
  readonly write: (text: string | Buffer) => void
}

/** What has been told. */
interface Progress {
  /** Runs whose summaries have been written. */
  told: number
  readonly pass: number
  /** Every event up to this one was in all that has been told in this pass. */
  seq: number
  /** What has changed after this event is told in this pass. */
  readonly changedAfter: number
  readonly runs: readonly RunIndex[]
  run: number
  /** The number of the last action that was looked at: places in a list change when records go. */
  place: number
}

/**
 * One snapshot for one reader. `begin` and `next` write a part each; they give a number when all is told: everything up to
 * the event of that number is in it.
 */
export class SnapshotWriter {
  readonly #options: SnapshotOptions
  readonly #parts: SnapshotParts
  #progress: Progress

  constructor(options: SnapshotOptions, parts: SnapshotParts) {
    this.#options = options
    this.#parts = parts
    this.#progress = this.#beginning()
  }

  /** Whether it is in the middle of an event: that which lists the runs is written in pieces. */
  get isInEvent(): boolean {
    return this.#progress.told < this.#progress.runs.length
  }

  begin(): number | undefined {
    const { instance, now } = this.#parts
    const { seq } = this.#progress
    const head = JSON.stringify({ type: 'snapshot', instance, seq, at: now() })
    this.#parts.write(`event: snapshot\ndata: ${head.slice(0, -1)},"runs":[`)
    return this.#writeRuns(this.#progress)
  }

  next(): number | undefined {
    const progress = this.#progress
    if (this.isInEvent) return this.#writeRuns(progress)
    const index = progress.runs[progress.run]
    if (index === undefined) return this.#endPass(progress)
    if (progress.pass === 1) this.#writePart(index, progress)
    else this.#writeChanged(index, progress)
    return undefined
  }

  #beginning(): Progress {
    const { seq } = this.#parts.catalog
    return { told: 0, pass: 1, seq, changedAfter: -1, runs: this.#runs(), run: 0, place: -1 }
  }

  #runs(): RunIndex[] {
    const { run } = this.#options
    if (run === undefined) return [...this.#parts.catalog.runs()]
    const index = this.#parts.catalog.run(run)
    return index === undefined ? [] : [index]
  }

  #writeRuns(progress: Progress): number | undefined {
    const { runs, told } = progress
    const some = runs.slice(told, told + RUNS)
    const text = some.map((index) => JSON.stringify(runSummary(index))).join(',')
    progress.told += RUNS
    const isLast = progress.told >= runs.length
    this.#parts.write(`${told > 0 && text !== '' ? ',' : ''}${text}${isLast ? ']}\n\n' : ''}`)
    return isLast && this.#options.view === 'runs' ? progress.seq : undefined
  }

  /** The next actions of a run. */
  #writePart(index: RunIndex, progress: Progress): void {
    const part = this.#parts.snapshots.part(index, progress.place, this.#options)
    if (part === undefined) {
      progress.run += 1
      progress.place = -1
      return
    }
    progress.place = part.last
    progress.seq = Math.min(progress.seq, part.seq)
    this.#parts.write(part.bytes)
  }

  /** The next actions of a run that have changed since they were told. */
  #writeChanged(index: RunIndex, progress: Progress): void {
    const changed: ActionEntry[] = []
    const { entries } = index
    let at = firstAfter(entries, progress.place)
    const until = Math.min(entries.length, at + LOOKED_AT)
    for (; at < until && changed.length < LAST_PART; at += 1) {
      const entry = entries[at] as ActionEntry
      progress.place = entry.action.sequence
      if (entry.changedSeq > progress.changedAfter) changed.push(entry)
    }
    if (changed.length > 0) this.#parts.write(actionsFrame(index, changed, this.#options))
    if (at < entries.length) return
    progress.run += 1
    progress.place = -1
  }

  /**
   * With little left to tell, it is told at once, and the stream is live from there on. Where as much changes as can be
   * told, it is live from the beginning of this pass: all that has happened since follows, and what was told in this pass
   * may be ahead of that.
   */
  #endPass({ pass, seq, runs: told }: Progress): number | undefined {
    const { catalog, write } = this.#parts
    // Another run has taken the name of one that was told (S22).
    if (told.some((index) => (catalog.run(index.name) ?? index) !== index)) {
      // Of the one event that lists the runs, nothing may be left open.
      this.#progress = this.#beginning()
      return this.begin()
    }
    const runs = this.#runs()
    const changed: [RunIndex, ActionEntry[]][] = []
    let count = 0
    for (const index of runs) {
      if (index.changedSeq <= seq) continue
      const entries = index.entries.filter((entry) => entry.changedSeq > seq)
      count += entries.length
      changed.push([index, entries])
      if (count > LAST_PART) break
    }
    if (count > LAST_PART) {
      if (pass >= PASSES) return seq
      this.#progress = {
        told: runs.length,
        pass: pass + 1,
        seq: catalog.seq,
        changedAfter: seq,
        runs,
        run: 0,
        place: -1,
      }
      return undefined
    }
    for (const [index, entries] of changed) {
      if (entries.length > 0) write(actionsFrame(index, entries, this.#options))
    }
    return catalog.seq
  }
}
