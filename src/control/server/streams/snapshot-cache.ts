// Parts of snapshots, written out once for all streams that begin at about the same time. A part may be a little old: a
// stream tells anew whatever has changed since the oldest part that it was given.

import type { ActionEntry, Catalog, RunIndex } from '../mirror/catalog.js'
import { frame } from './event-frames.js'
import { firstAfter } from '../mirror/pages.js'
import { actionItem, type Include } from '../mirror/views.js'
import { actionColumns } from './action-columns.js'

/** Actions in one part: as many as are written in a fraction of a slice. */
const PART: Readonly<Record<SnapshotForm['form'], number>> = { items: 50, columns: 500 }
/** How old a part of a run that goes on changing may be, in milliseconds. */
const FRESH_MS = 250

/** How actions are told. */
export interface SnapshotForm {
  readonly form: 'items' | 'columns'
  readonly include: Include
}

/** A part of a snapshot. */
export interface SnapshotPart {
  readonly bytes: Buffer
  /** Every event up to this one is in it. */
  readonly seq: number
}

/** The parts that were made lately. */
export class SnapshotCache {
  readonly #catalog: Catalog
  readonly #now: () => number
  readonly #parts = new Map<RunIndex, Map<string, SnapshotPart & { readonly madeAt: number }>>()

  constructor(catalog: Catalog, now: () => number) {
    this.#catalog = catalog
    this.#now = now
  }

  /** The actions of a run that were spawned after that number, and the number of their last; `undefined`: none. */
  part(
    index: RunIndex,
    after: number,
    as: SnapshotForm,
  ): (SnapshotPart & { readonly last: number }) | undefined {
    const { entries } = index
    const from = firstAfter(entries, after)
    if (from >= entries.length) return undefined
    const next = Math.min(entries.length, from + PART[as.form])
    const last = (entries[next - 1] as ActionEntry).action.sequence
    // All that its bytes depend on: a stream gets what it has asked for, and nothing else.
    const key = `${after} ${last} ${as.form} ${as.include.input} ${as.include.output}`
    let parts = this.#parts.get(index)
    if (parts === undefined) this.#parts.set(index, (parts = new Map()))
    let part = parts.get(key)
    const isFresh =
      part !== undefined && (index.changedSeq <= part.seq || this.#now() - part.madeAt < FRESH_MS)
    if (part === undefined || !isFresh) {
      part = {
        bytes: actionsFrame(index, entries.slice(from, next), as),
        seq: this.#catalog.seq,
        madeAt: this.#now(),
      }
      parts.set(key, part)
    }
    return { bytes: part.bytes, seq: part.seq, last }
  }

  /** Nobody needs them just now. */
  clear(): void {
    this.#parts.clear()
  }
}

/** Actions as one event of a snapshot. */
export function actionsFrame(
  { name: run }: RunIndex,
  entries: readonly ActionEntry[],
  { form, include }: SnapshotForm,
): Buffer {
  const kept = entries.filter((entry) => entry.isKept)
  return Buffer.from(
    frame(
      form === 'columns'
        ? actionColumns(run, kept, include)
        : { type: 'actions', run, actions: kept.map((entry) => actionItem(entry, include)) },
    ),
  )
}
