// One event stream: a snapshot in parts, as fast as the reader takes them, and then its place among the kept events. It
// never holds more than one part that hasn't been taken, so a slow reader costs no memory; one that has fallen behind
// what is kept is told of the gap and begins anew.

import type { ServerResponse } from 'node:http'
import type { AbortOperation } from './abort-desk.js'
import type { ActionEntry, Catalog, RunIndex } from './catalog.js'
import { frame, type FrameLog } from './event-frames.js'
import { firstAfter } from './pages.js'
import { actionsFrame, type SnapshotCache } from './snapshot-cache.js'
import { runSummary, type Include } from './views.js'

/** What a reader has asked for. */
export interface StreamOptions {
  readonly view: 'actions' | 'runs'
  /** Only this run's events. */
  readonly run: string | undefined
  readonly include: Include
  /** Goes on after this event instead of beginning with a snapshot. */
  readonly after: number | undefined
}

/** What a stream needs of the others. */
export interface StreamParts {
  readonly catalog: Catalog
  readonly instance: string
  readonly now: () => number
  readonly frames: FrameLog
  readonly snapshots: SnapshotCache
  readonly ended: () => void
}

/** How many changed actions are told anew in one go, at the end of a snapshot. */
const LAST_PART = 500
/** How often what has changed meanwhile is told in parts, before the rest is told in one go however much it is. */
const PASSES = 8
/** Batches that are written before others have their turn. */
const BATCHES_PER_TURN = 8
/** How long a reader that is dropped may take to read what it was sent, in milliseconds. */
const DROP_MS = 5000
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // A proxy must not wait for more.
  'x-accel-buffering': 'no',
}

type Snapshot = {
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

/** One event stream. */
export class EventStream {
  readonly view: 'actions' | 'runs'
  readonly #response: ServerResponse
  readonly #options: StreamOptions
  readonly #parts: StreamParts
  #snapshot: Snapshot | undefined
  /** Number of the last event that it was told, or that its snapshot includes. */
  #place = 0
  #isBlocked = false
  #blockedAt = 0
  #isOver = false
  #turn: NodeJS.Immediate | undefined
  /** Aborts that have come further while it was blocked. */
  readonly #missedOperations = new Set<AbortOperation>()
  #hasMissedRuns = false
  #ending: { readonly reason: string; readonly resolve: () => void } | undefined

  constructor(response: ServerResponse, options: StreamOptions, parts: StreamParts) {
    this.view = options.view
    this.#response = response
    this.#options = options
    this.#parts = parts
  }

  /** Whether its snapshot is still being told. */
  get isInSnapshot(): boolean {
    return this.#snapshot !== undefined
  }

  /** Answers the request. */
  begin(): void {
    const response = this.#response
    response.on('close', () => this.#close())
    response.on('drain', () => {
      this.#isBlocked = false
      this.#catchUp()
      this.pump()
    })
    response.writeHead(200, HEADERS)
    const { after } = this.#options
    if (this.view === 'runs') this.#tellAllRuns()
    else if (after !== undefined && this.#parts.frames.has(after)) {
      this.#place = after
      this.#write(frame({ type: 'live', instance: this.#parts.instance, seq: after }, after))
    } else {
      if (after !== undefined) this.#tellGap(after + 1)
      this.#beginSnapshot()
    }
    this.pump()
  }

  /** Writes what there is, as far as the reader takes it. */
  pump(): void {
    if (this.#isOver || this.#turn !== undefined) return
    if (this.view === 'actions') {
      for (let written = 0; !this.#isBlocked && !this.#isDone(); written += 1) {
        if (written === BATCHES_PER_TURN) {
          this.#turn = setImmediate(() => {
            this.#turn = undefined
            this.pump()
          })
          return
        }
        if (this.#snapshot !== undefined) this.#continueSnapshot(this.#snapshot)
        else this.#nextBatch()
      }
    }
    if (this.#ending !== undefined && !this.#isBlocked && this.#isDone()) this.#finish(this.#ending)
  }

  /** Tells of something that isn't numbered. What is missed while the reader is slow is told later if it must be. */
  tell(run: string, bytes: Buffer, operation?: AbortOperation): void {
    if (this.view !== 'actions' || this.#isOver) return
    if (this.#options.run !== undefined && this.#options.run !== run) return
    if (!this.#isBlocked && this.#snapshot === undefined && this.#isDone()) this.#write(bytes)
    else if (operation !== undefined) {
      this.#missedOperations.add(operation)
      // A missed one comes after the events that it counts.
      if (!this.#isBlocked) this.pump()
    }
  }

  /** Tells of runs that have changed. */
  tellRuns(bytes: Buffer): void {
    if (this.#isOver) return
    if (this.#isBlocked) this.#hasMissedRuns = true
    else this.#write(bytes)
  }

  /** Keeps the connection, and the number of the last event, alive. */
  heartbeat(): void {
    if (this.#isBlocked || this.#isOver || this.#snapshot !== undefined) return
    this.#write(this.view === 'runs' || !this.#isDone() ? ': \n\n' : `id: ${this.#place}\n\n`)
  }

  /** How long the reader has taken nothing, in milliseconds. */
  stalledMs(now: number): number {
    return this.#isBlocked ? now - this.#blockedAt : 0
  }

  /** Disconnects a reader, with a marker that is the last it finds, if ever it reads on. */
  drop(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    const response = this.#response
    response.end(frame({ type: 'dropped', reason, seq: this.#place }))
    // What the kernel holds is still delivered; what it hasn't taken is given up.
    response.socket?.destroySoon()
    setTimeout(() => response.destroy(), DROP_MS).unref()
    this.#parts.ended()
  }

  /** Tells what is left and ends it. */
  end(reason: string): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    return new Promise((resolve) => {
      this.#ending = { reason, resolve }
      this.pump()
    })
  }

  destroy(): void {
    this.#response.destroy()
    this.#close()
  }

  /** Whether it has been told everything. */
  #isDone(): boolean {
    return this.view === 'runs' || (this.#snapshot === undefined && this.#place === this.#parts.frames.last)
  }

  #finish({ reason, resolve }: { readonly reason: string; readonly resolve: () => void }): void {
    this.#catchUp()
    this.#isOver = true
    this.#response.end(frame({ type: 'end', reason }), () => {
      this.#close()
      resolve()
    })
  }

  #close(): void {
    this.#isOver = true
    clearImmediate(this.#turn)
    this.#ending?.resolve()
    this.#parts.ended()
  }

  #write(text: string | Buffer): void {
    if (this.#response.write(text) || this.#isBlocked) return
    this.#isBlocked = true
    this.#blockedAt = performance.now()
  }

  #nextBatch(): void {
    const { frames } = this.#parts
    if (!frames.has(this.#place)) {
      this.#tellGap(this.#place + 1)
      this.#beginSnapshot()
      return
    }
    const { to, bytes } = frames.batch(this.#place, this.#options.run)
    this.#place = to
    if (bytes.length > 0) this.#write(bytes)
    if (this.#isDone()) this.#catchUp()
  }

  /** Tells what couldn't be told while the reader was slow. */
  #catchUp(): void {
    if (this.#isBlocked || !this.#isDone()) return
    for (const operation of this.#missedOperations) {
      this.#write(frame({ type: 'abortProgress', progress: operation.progress() }))
    }
    this.#missedOperations.clear()
    if (this.#hasMissedRuns) this.#tellAllRuns()
  }

  #tellGap(from: number): void {
    const to = this.#parts.frames.last
    // A number that was never given, of an earlier process say, has missed everything up to now.
    this.#write(frame({ type: 'gap', from: Math.min(from, to), to }))
  }

  #tellAllRuns(): void {
    this.#hasMissedRuns = false
    const { catalog, instance, now } = this.#parts
    const { seq } = catalog
    const runs = this.#runs().map(runSummary)
    this.#write(
      frame({ type: 'snapshot', instance, seq, at: now(), runs }) + frame({ type: 'live', instance, seq }),
    )
  }

  #runs(): RunIndex[] {
    const { run } = this.#options
    if (run === undefined) return this.#parts.catalog.runs()
    const index = this.#parts.catalog.run(run)
    return index === undefined ? [] : [index]
  }

  #beginSnapshot(): void {
    const { catalog, instance, now } = this.#parts
    const { seq } = catalog
    const runs = this.#runs()
    this.#snapshot = { pass: 1, seq, changedAfter: -1, runs, run: 0, place: -1 }
    this.#write(frame({ type: 'snapshot', instance, seq, at: now(), runs: runs.map(runSummary) }))
  }

  /** Tells the next part: first of all actions, then, again and again, of those that have changed meanwhile. */
  #continueSnapshot(snapshot: Snapshot): void {
    const index = snapshot.runs[snapshot.run]
    if (index === undefined) {
      this.#endPass(snapshot)
      return
    }
    if (snapshot.pass === 1) {
      const part = this.#parts.snapshots.part(index, snapshot.place, this.#options.include)
      if (part === undefined) {
        snapshot.run += 1
        snapshot.place = -1
        return
      }
      snapshot.place = part.last
      snapshot.seq = Math.min(snapshot.seq, part.seq)
      this.#write(part.bytes)
      return
    }
    const changed: ActionEntry[] = []
    const { entries } = index
    let at = firstAfter(entries, snapshot.place)
    for (; at < entries.length && changed.length < LAST_PART; at += 1) {
      const entry = entries[at] as ActionEntry
      snapshot.place = entry.node.sequence
      if (entry.changedSeq > snapshot.changedAfter) changed.push(entry)
    }
    if (changed.length > 0) this.#write(actionsFrame(index, changed, this.#options.include))
    if (at >= entries.length) {
      snapshot.run += 1
      snapshot.place = -1
    }
  }

  /** With little left to tell, it is told at once, and the stream is live from there on. */
  #endPass({ pass, seq, runs: told }: Snapshot): void {
    const { catalog, instance } = this.#parts
    const runs = this.#runs()
    // Another run has taken the name of one that was told (S22).
    if (told.some((index) => (catalog.run(index.name) ?? index) !== index)) {
      this.#beginSnapshot()
      return
    }
    const changed = runs.map(
      (index) => [index, index.entries.filter((entry) => entry.changedSeq > seq)] as const,
    )
    const count = changed.reduce((sum, [, entries]) => sum + entries.length, 0)
    if (count > LAST_PART && pass < PASSES) {
      this.#snapshot = { pass: pass + 1, seq: catalog.seq, changedAfter: seq, runs, run: 0, place: -1 }
      return
    }
    for (const [index, entries] of changed) {
      if (entries.length > 0) this.#write(actionsFrame(index, entries, this.#options.include))
    }
    this.#snapshot = undefined
    this.#place = catalog.seq
    this.#write(frame({ type: 'live', instance, seq: this.#place }, this.#place))
  }
}
