// All open event streams, and what goes to all of them at the same time: batches of events, runs that have changed,
// progress of aborts, graces that have begun. What one stream needs for itself is in `event-stream.ts`.

import type { ServerResponse } from 'node:http'
import type { ActionEvent } from '../../../events.js'
import type { AbortOperation } from '../mirror/abort-operations.js'
import type { ActionEntry, Catalog } from '../mirror/catalog.js'
import { FrameLog, frame } from './event-frames.js'
import { EventStream, graceFrame, runFrame, type StreamOptions } from './event-stream.js'
import { SnapshotCache } from './snapshot-cache.js'
import type { TimeSlices } from '../mirror/time-slices.js'

/** Events are written at most this often, in milliseconds: more at a time, and still at once for an eye. */
const FLUSH_MS = 10
/** The same for runs that have changed. */
const RUNS_MS = 250
/** The same for the progress of one abort. */
const PROGRESS_MS = 100
/** How often graces are looked at, streams that don't read are looked for, and silent ones get a sign of life. */
const CARE_MS = 250
const HEARTBEAT_MS = 15_000
/** Runs that are told of in one go. */
const RUNS_AT_ONCE = 200
/** Aborting actions whose grace is looked at. */
const WATCHED_GRACES = 1000

/** What streams are made with. */
export interface StreamsOptions {
  readonly catalog: Catalog
  readonly instance: string
  readonly now: () => number
  /** How long a stream may leave what it was sent unread, in milliseconds. */
  readonly stallMs: number
  readonly slices: TimeSlices
}

/** The open streams of a server. */
export class EventStreams {
  readonly #options: StreamsOptions
  readonly #frames: FrameLog
  readonly #snapshots: SnapshotCache
  readonly #streams = new Set<EventStream>()
  #flushTimer: NodeJS.Timeout | undefined
  #careTimer: NodeJS.Timeout | undefined
  #flushedAt = 0
  #runsToldAt = 0
  #heartbeatAt = 0
  /** Names of runs that have changed. */
  readonly #changedRuns = new Set<string>()
  /** Names of runs that aren't kept any more, and were told of. */
  readonly #goneRuns = new Set<string>()
  /** Streams that haven't been told the last events yet. */
  #behind = new Set<EventStream>()
  #isTurnTaken = false
  readonly #movedOperations = new Set<AbortOperation>()
  /** When force comes, as far as the streams were told. */
  readonly #graces = new Map<ActionEntry, number>()

  constructor(options: StreamsOptions) {
    this.#options = options
    this.#frames = new FrameLog(options.catalog.seq)
    this.#snapshots = new SnapshotCache(options.catalog, options.now)
  }

  /** How many are open. */
  get size(): number {
    return this.#streams.size
  }

  /** Opens one, on a response that nothing has been written to. */
  open(response: ServerResponse, options: StreamOptions): void {
    const { catalog, instance, now, slices } = this.#options
    const stream = new EventStream(response, options, {
      catalog,
      instance,
      now,
      slices,
      frames: this.#frames,
      snapshots: this.#snapshots,
      ended: () => {
        this.#streams.delete(stream)
        if (![...this.#streams].some((other) => other.isInSnapshot)) this.#snapshots.clear()
        if (this.#streams.size === 0) this.#rest()
        this.#behind.delete(stream)
      },
    })
    this.#streams.add(stream)
    this.#careTimer ??= setInterval(() => this.#care(), CARE_MS).unref()
    // One that goes on where it was finds no snapshot, which would say when force comes.
    if (options.after !== undefined) stream.missed(this.#graces.keys())
    stream.begin()
  }

  /** Takes in an event. */
  take(event: ActionEvent, entry: ActionEntry | undefined): void {
    this.#frames.add(event, entry)
    // Also while nobody reads: a grace may begin after somebody has come.
    if (entry !== undefined && event.type === 'phase') {
      if (event.phase !== 'aborting') this.#graces.delete(entry)
      else if (this.#graces.size < WATCHED_GRACES) this.#graces.set(entry, Infinity)
    }
    if (this.#streams.size === 0) return
    if (entry !== undefined) this.#changedRuns.add(event.run)
    this.#flushSoon()
  }

  /** A run isn't kept any more. */
  forgot(run: string): void {
    if (this.#streams.size === 0) return
    this.#changedRuns.delete(run)
    this.#goneRuns.add(run)
    this.#flushSoon()
  }

  /** An abort has come further. */
  progressed(operation: AbortOperation): void {
    if (this.#streams.size === 0) return
    this.#movedOperations.add(operation)
    this.#flushSoon()
  }

  /** Tells every stream what is left, and ends it; destroys those that don't take it in time. */
  async close(reason: string, waitMs: number): Promise<void> {
    this.#runsToldAt = 0
    this.#flush()
    const streams = [...this.#streams]
    const ended = Promise.all(streams.map((stream) => stream.end(reason)))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)))
    await Promise.race([ended, late])
    clearTimeout(timer)
    for (const stream of this.#streams) stream.destroy()
    this.#rest()
  }

  #rest(): void {
    clearTimeout(this.#flushTimer)
    clearInterval(this.#careTimer)
    this.#flushTimer = undefined
    this.#careTimer = undefined
    this.#changedRuns.clear()
    this.#goneRuns.clear()
    this.#movedOperations.clear()
    this.#behind.clear()
    this.#snapshots.clear()
  }

  #flushSoon(): void {
    if (this.#flushTimer !== undefined) return
    const wait = Math.max(0, FLUSH_MS - (performance.now() - this.#flushedAt))
    this.#flushTimer = setTimeout(() => this.#flush(), wait).unref()
  }

  /** Each stream is told what there is, in slices: there may be a thousand of them. */
  #flush(): void {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    this.#flushedAt = performance.now()
    for (const stream of this.#streams) this.#behind.add(stream)
    this.#takeTurn()
    this.#sendProgress()
    this.#sendRuns()
  }

  #takeTurn(): void {
    if (this.#isTurnTaken || this.#behind.size === 0) return
    this.#isTurnTaken = true
    this.#options.slices.add(() => {
      this.#isTurnTaken = false
      for (const stream of this.#behind) {
        this.#behind.delete(stream)
        stream.pump()
        if (this.#options.slices.isOver) break
      }
      this.#takeTurn()
    })
  }

  #sendProgress(): void {
    const now = performance.now()
    for (const operation of this.#movedOperations) {
      if (!operation.isOver && now - operation.toldAt < PROGRESS_MS) continue
      operation.toldAt = now
      this.#movedOperations.delete(operation)
      const bytes = Buffer.from(frame({ type: 'abortProgress', progress: operation.progress() }))
      for (const stream of this.#streams) stream.tell(operation.run, bytes, operation)
    }
    if (this.#movedOperations.size > 0) this.#flushSoon()
  }

  #sendRuns(): void {
    if (this.#changedRuns.size === 0 && this.#goneRuns.size === 0) return
    const now = performance.now()
    if (now - this.#runsToldAt < RUNS_MS) return
    this.#runsToldAt = now
    this.#sendSomeRuns()
  }

  /** Many may have changed: they are told of in slices. */
  #sendSomeRuns(): void {
    const watchers = [...this.#streams].filter((stream) => stream.view === 'runs')
    if (watchers.length === 0) {
      this.#changedRuns.clear()
      this.#goneRuns.clear()
      return
    }
    const { catalog, slices } = this.#options
    const told = new Map<string, string>()
    for (const names of [this.#changedRuns, this.#goneRuns]) {
      for (const run of names) {
        if (told.size === RUNS_AT_ONCE) break
        names.delete(run)
        told.set(run, runFrame(run, catalog.run(run)))
      }
    }
    const bytes = Buffer.from([...told.values()].join(''))
    for (const stream of watchers) stream.sendRuns(told, bytes)
    if (this.#changedRuns.size + this.#goneRuns.size > 0) slices.add(() => this.#sendSomeRuns())
  }

  #care(): void {
    const now = performance.now()
    this.#sendRuns()
    this.#sendGraces()
    const isHeartbeat = now - this.#heartbeatAt >= HEARTBEAT_MS
    if (isHeartbeat) this.#heartbeatAt = now
    for (const stream of this.#streams) {
      if (stream.stalledMs(now) > this.#options.stallMs) {
        stream.drop(`nothing was read for ${Math.round(this.#options.stallMs / 1000)} s`)
      } else if (isHeartbeat) stream.heartbeat()
    }
  }

  #sendGraces(): void {
    const told = new Map<string, ActionEntry[]>()
    for (const [entry, before] of this.#graces) {
      const { action } = entry
      const { forceAt } = action
      if (forceAt === before || !Number.isFinite(forceAt)) continue
      this.#graces.set(entry, forceAt)
      const run = action.run.name
      const ofRun = told.get(run)
      if (ofRun === undefined) told.set(run, [entry])
      else ofRun.push(entry)
    }
    for (const [run, entries] of told) {
      const bytes = Buffer.from(entries.map(graceFrame).join(''))
      for (const stream of this.#streams) stream.sendGraces(run, bytes, entries)
    }
  }
}
