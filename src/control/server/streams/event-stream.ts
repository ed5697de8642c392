// One event stream: a snapshot in parts, as fast as the reader takes them, and then its place among the kept events. It
// never holds more than one part that hasn't been taken, so a slow reader costs no memory; one that has fallen behind
// what is kept is told of the gap and begins anew. It writes in slices that leave the app's loop to the app.

import type { ServerResponse } from 'node:http'
import type { AbortOperation } from '../mirror/abort-operations.js'
import type { ActionEntry, Catalog, RunIndex } from '../mirror/catalog.js'
import { frame, type FrameLog } from './event-frames.js'
import type { SnapshotCache, SnapshotForm } from './snapshot-cache.js'
import { SnapshotWriter } from './snapshot-writer.js'
import type { TimeSlices } from '../mirror/time-slices.js'
import { runSummary } from '../mirror/views.js'

/** What a reader has asked for. */
export interface StreamOptions extends SnapshotForm {
  readonly view: 'actions' | 'runs'
  /** Only this run's events. */
  readonly run: string | undefined
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
  readonly slices: TimeSlices
  readonly ended: () => void
}

/** Names of runs that are remembered for a reader that is behind. */
const MISSED_RUNS = 500
/** How long a reader that is dropped may take to read what it was sent, in milliseconds. */
const DROP_MS = 5000
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // A proxy must not wait for more.
  'x-accel-buffering': 'no',
}

/** One event stream. */
export class EventStream {
  readonly view: 'actions' | 'runs'
  readonly #response: ServerResponse
  readonly #options: StreamOptions
  readonly #parts: StreamParts
  #snapshot: SnapshotWriter | undefined
  /** Number of the last event that it was told, or that its snapshot includes. */
  #place = 0
  /** Since when the reader hasn't taken what it was sent; `undefined`: it has. */
  #blockedSince: number | undefined
  #isOver = false
  /** It waits for its turn. */
  #isWaiting = false
  /** Graces that have begun while it was behind. */
  readonly #missedGraces = new Set<ActionEntry>()
  /** Aborts that have come further while it was blocked. */
  readonly #missedOperations = new Set<AbortOperation>()
  /** Runs that have changed, or are gone, while it was behind; of too many, all are told anew. */
  readonly #missedRuns = new Set<string>()
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
      this.#blockedSince = undefined
      this.#catchUp()
      this.pump()
    })
    response.writeHead(200, HEADERS)
    const { after } = this.#options
    if (this.view === 'runs') this.#beginSnapshot()
    else if (after !== undefined && this.#parts.frames.has(after)) {
      this.#place = after
      this.#write(frame({ type: 'live', instance: this.#parts.instance, seq: after }, after))
    } else {
      if (after !== undefined) this.#sendGap(after + 1)
      this.#beginSnapshot()
    }
    this.pump()
  }

  /** Writes what there is, as far as the reader takes it. */
  pump(): void {
    if (this.#isOver || this.#isWaiting) return
    while (!this.#isBlocked && !this.#isDone()) {
      if (this.#parts.slices.isOver) {
        this.#isWaiting = true
        this.#parts.slices.add(() => {
          this.#isWaiting = false
          this.pump()
        })
        return
      }
      if (this.#snapshot !== undefined) this.#goLive(this.#snapshot.next())
      else this.#nextBatch()
    }
    if (!this.#isBlocked) this.#catchUp()
    if (this.#ending !== undefined && !this.#isBlocked && this.#isDone()) this.#finish(this.#ending)
  }

  /** Tells how far an abort has come, which isn't numbered. What is missed while it is behind is told later. */
  tell(run: string, bytes: Buffer, operation: AbortOperation): void {
    if (!this.#concerns(run)) return
    if (this.#isUpToDate()) this.#write(bytes)
    // A missed one comes after the events that it counts.
    else this.#missedOperations.add(operation)
  }

  /** Tells when force comes: the same. */
  sendGraces(run: string, bytes: Buffer, entries: readonly ActionEntry[]): void {
    if (!this.#concerns(run)) return
    if (this.#isUpToDate()) this.#write(bytes)
    else for (const entry of entries) this.#missedGraces.add(entry)
  }

  /** Graces that it may not have been told of. */
  missed(entries: Iterable<ActionEntry>): void {
    for (const entry of entries) if (this.#concerns(entry.action.run.name)) this.#missedGraces.add(entry)
  }

  get #isBlocked(): boolean {
    return this.#blockedSince !== undefined
  }

  #concerns(run: string): boolean {
    if (this.view !== 'actions' || this.#isOver) return false
    return this.#options.run === undefined || this.#options.run === run
  }

  #isUpToDate(): boolean {
    return !this.#isBlocked && this.#isDone()
  }

  /** Tells of runs that have changed: of all of them, in one piece, or of the one that was asked for. */
  sendRuns(byName: ReadonlyMap<string, string>, all: Buffer): void {
    if (this.#isOver) return
    const { run } = this.#options
    const text = run === undefined ? all : (byName.get(run) ?? '')
    if (text.length === 0) return
    if (!this.#isBlocked && this.#snapshot === undefined) {
      this.#write(text)
      return
    }
    for (const name of run === undefined ? byName.keys() : [run]) this.#missedRuns.add(name)
    if (this.#missedRuns.size <= MISSED_RUNS) return
    this.#missedRuns.clear()
    this.#hasMissedRuns = true
  }

  /** Keeps the connection, and the number of the last event, alive. */
  heartbeat(): void {
    if (this.#isBlocked || this.#isOver || this.#snapshot !== undefined) return
    this.#write(this.view === 'runs' || !this.#isDone() ? ': \n\n' : `id: ${this.#place}\n\n`)
  }

  /** How long the reader has taken nothing, in milliseconds. */
  stalledMs(now: number): number {
    return this.#blockedSince === undefined ? 0 : now - this.#blockedSince
  }

  /** Disconnects a reader, with a marker that is the last it finds, if ever it reads on. */
  drop(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    const response = this.#response
    // In the middle of an event, none fits in.
    if (this.#snapshot?.isInEvent === true) response.destroy()
    else response.end(frame({ type: 'dropped', reason, seq: this.#place }))
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
    if (this.#snapshot !== undefined) return false
    return this.view === 'runs' ? !this.#hasMissedRuns : this.#place === this.#parts.frames.last
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
    this.#ending?.resolve()
    this.#parts.ended()
  }

  #write(text: string | Buffer): void {
    if (this.#response.write(text) || this.#isBlocked) return
    this.#blockedSince = performance.now()
  }

  #nextBatch(): void {
    if (this.view === 'runs') {
      this.#beginSnapshot()
      return
    }
    const { frames } = this.#parts
    if (!frames.has(this.#place)) {
      this.#sendGap(this.#place + 1)
      this.#beginSnapshot()
      return
    }
    const { to, bytes } = frames.batch(this.#place, this.#options.run)
    this.#place = to
    if (bytes.length > 0) this.#write(bytes)
  }

  /** Tells what couldn't be told while the reader was slow. */
  #catchUp(): void {
    if (this.#isBlocked || !this.#isDone()) return
    for (const operation of this.#missedOperations) {
      this.#write(frame({ type: 'abortProgress', progress: operation.progress() }))
    }
    this.#missedOperations.clear()
    let text = ''
    for (const entry of this.#missedGraces) {
      if (entry.isKept && Number.isFinite(entry.action.forceAt)) text += graceFrame(entry)
    }
    this.#missedGraces.clear()
    for (const run of this.#missedRuns) text += runFrame(run, this.#parts.catalog.run(run))
    this.#missedRuns.clear()
    if (text !== '') this.#write(text)
  }

  #sendGap(from: number): void {
    const to = this.#parts.frames.last
    // A number that was never given, of an earlier process say, has missed everything up to now.
    this.#write(frame({ type: 'gap', from: Math.min(from, to), to }))
  }

  #beginSnapshot(): void {
    this.#hasMissedRuns = false
    this.#missedRuns.clear()
    const { catalog, instance, now, snapshots } = this.#parts
    const write = (text: string | Buffer): void => this.#write(text)
    this.#snapshot = new SnapshotWriter(this.#options, { catalog, instance, now, snapshots, write })
    this.#goLive(this.#snapshot.begin())
  }

  /** Goes on with what follows an event, once the snapshot is told up to that. */
  #goLive(seq: number | undefined): void {
    if (seq === undefined) return
    const { instance } = this.#parts
    this.#snapshot = undefined
    if (this.view === 'runs') {
      this.#write(frame({ type: 'live', instance, seq }))
      return
    }
    this.#place = seq
    this.#write(frame({ type: 'live', instance, seq }, seq))
  }
}

/** What there is to say of a run now, as an event: that it has changed, or that it isn't kept any more. */
export function runFrame(run: string, index: RunIndex | undefined): string {
  return frame(index === undefined ? { type: 'forgotten', run } : { type: 'run', summary: runSummary(index) })
}

/** When an action is stopped by force, as an event. */
export function graceFrame({ action }: ActionEntry): string {
  const { id, graceMs } = action
  return frame({ type: 'grace', run: action.run.name, id, graceMs, forceAt: action.forceAt })
}
