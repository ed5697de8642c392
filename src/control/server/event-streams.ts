// All open event streams, and what goes to all of them at the same time: batches of events, runs that have changed,
// progress of aborts, graces that have begun. What one stream needs for itself is in `event-stream.ts`.

import type { ServerResponse } from 'node:http'
import type { ActionEvent } from '../../events.js'
import type { AbortOperation } from './abort-desk.js'
import type { ActionEntry, Catalog, RunIndex } from './catalog.js'
import { FrameLog, frame } from './event-frames.js'
import { EventStream, type StreamOptions } from './event-stream.js'
import { SnapshotCache } from './snapshot-cache.js'
import { runSummary } from './views.js'

/** Events are written at most this often, in milliseconds: more at a time, and still at once for an eye. */
const FLUSH_MS = 20
/** The same for runs that have changed. */
const RUNS_MS = 250
/** The same for the progress of one abort. */
const PROGRESS_MS = 100
/** How often graces are looked at, streams that don't read are looked for, and silent ones get a sign of life. */
const CARE_MS = 250
const HEARTBEAT_MS = 15_000
/** Aborting actions whose grace is looked at. */
const WATCHED_GRACES = 1000

/** What streams are made with. */
export interface StreamsOptions {
  readonly catalog: Catalog
  readonly instance: string
  readonly now: () => number
  /** How long a stream may leave what it was sent unread, in milliseconds. */
  readonly stallMs: number
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
  readonly #changedRuns = new Set<RunIndex>()
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
    const { catalog, instance, now } = this.#options
    const stream = new EventStream(response, options, {
      catalog,
      instance,
      now,
      frames: this.#frames,
      snapshots: this.#snapshots,
      ended: () => {
        this.#streams.delete(stream)
        if (![...this.#streams].some((other) => other.isInSnapshot)) this.#snapshots.clear()
        if (this.#streams.size === 0) this.#rest()
      },
    })
    this.#streams.add(stream)
    this.#careTimer ??= setInterval(() => this.#care(), CARE_MS).unref()
    stream.begin()
  }

  /** Takes in an event. */
  take(event: ActionEvent, entry: ActionEntry | undefined): void {
    this.#frames.add(event, entry)
    if (this.#streams.size === 0) return
    if (entry !== undefined) {
      const index = this.#options.catalog.run(event.run)
      if (index !== undefined) this.#changedRuns.add(index)
      if (event.type === 'phase') {
        if (event.phase !== 'aborting') this.#graces.delete(entry)
        else if (this.#graces.size < WATCHED_GRACES) this.#graces.set(entry, Infinity)
      }
    }
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
    this.#movedOperations.clear()
    this.#graces.clear()
  }

  #flushSoon(): void {
    if (this.#flushTimer !== undefined) return
    const wait = Math.max(0, FLUSH_MS - (performance.now() - this.#flushedAt))
    this.#flushTimer = setTimeout(() => this.#flush(), wait).unref()
  }

  #flush(): void {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    this.#flushedAt = performance.now()
    for (const stream of this.#streams) stream.pump()
    this.#tellProgress()
    this.#tellRuns()
  }

  #tellProgress(): void {
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

  #tellRuns(): void {
    const now = performance.now()
    if (this.#changedRuns.size === 0) return
    if (now - this.#runsToldAt < RUNS_MS) return
    this.#runsToldAt = now
    const watchers = [...this.#streams].filter((stream) => stream.view === 'runs')
    const gone = this.#options.catalog.prune()
    if (watchers.length > 0) {
      let text = ''
      for (const index of this.#changedRuns) {
        if (this.#options.catalog.run(index.name) !== index) continue
        text += frame({ type: 'run', summary: runSummary(index) })
      }
      for (const run of gone) text += frame({ type: 'forgotten', run })
      const bytes = Buffer.from(text)
      for (const stream of watchers) stream.tellRuns(bytes)
    }
    this.#changedRuns.clear()
  }

  #care(): void {
    const now = performance.now()
    this.#tellRuns()
    this.#tellGraces()
    const isHeartbeat = now - this.#heartbeatAt >= HEARTBEAT_MS
    if (isHeartbeat) this.#heartbeatAt = now
    for (const stream of this.#streams) {
      if (stream.stalledMs(now) > this.#options.stallMs) {
        stream.drop(`nothing was read for ${Math.round(this.#options.stallMs / 1000)} s`)
      } else if (isHeartbeat) stream.heartbeat()
    }
  }

  #tellGraces(): void {
    for (const [entry, told] of this.#graces) {
      const { node } = entry
      const { forceAt } = node.abort
      if (forceAt === told || !Number.isFinite(forceAt)) continue
      this.#graces.set(entry, forceAt)
      const run = node.run.name
      const { graceMs, id } = node
      const bytes = Buffer.from(frame({ type: 'grace', run, id, graceMs, forceAt }))
      for (const stream of this.#streams) stream.tell(run, bytes)
    }
  }
}
