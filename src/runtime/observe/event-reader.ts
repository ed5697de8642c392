// One reader of the log of events, at its place in it. One that has fallen behind what is kept, or asks for what isn't kept any
// more, gets a gap and a new snapshot (S23).

import type { ActionEvent, RuntimeEvent, SnapshotEvent } from '../../events.js'

/** The log, as far as a reader sees it. */
export interface ReadLog {
  /** The number of the last event. */
  seq(): number
  /** The number of the oldest event that is kept. */
  firstKept(): number
  /** Whether no more events come. */
  isClosed(): boolean
  /** The event of a number that is kept. */
  event(seq: number): ActionEvent
  snapshot(): SnapshotEvent
  /** Called, once, with the next event or the end. */
  readonly waiting: Set<() => void>
  /** A reader has gone. */
  left(): void
}

type Read = IteratorResult<RuntimeEvent, undefined>

/** Reads on from its place. Several calls of `next()` may wait at a time. */
export class EventReader implements AsyncIterableIterator<RuntimeEvent> {
  readonly #log: ReadLog
  /** Given ahead of what follows in the log. */
  #snapshot: SnapshotEvent | undefined
  /** The number of the event that comes next. */
  #next: number
  #isDone = false
  readonly #wakes = new Set<() => void>()

  /** Begins with a snapshot, or with what follows event `since`. */
  constructor(log: ReadLog, since: number | undefined) {
    this.#log = log
    // The snapshot is taken now and not at the first `next()`, so that nothing of what follows this is missed.
    if (since === undefined) this.#snapshot = log.snapshot()
    this.#next = since === undefined ? log.seq() + 1 : since + 1
  }

  async next(): Promise<Read> {
    while (!this.#isDone) {
      const event = this.#take()
      if (event !== undefined) return { done: false, value: event }
      if (this.#log.isClosed()) this.#finish()
      else await this.#wait()
    }
    return { done: true, value: undefined }
  }

  return(): Promise<Read> {
    this.#finish()
    for (const wake of this.#wakes) {
      this.#log.waiting.delete(wake)
      wake()
    }
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #take(): RuntimeEvent | undefined {
    const snapshot = this.#snapshot
    if (snapshot !== undefined) {
      this.#snapshot = undefined
      return snapshot
    }
    const log = this.#log
    if (this.#next > log.seq() + 1 || this.#next < log.firstKept()) return this.#skip()
    if (this.#next > log.seq()) return undefined
    const event = log.event(this.#next)
    this.#next += 1
    return event
  }

  #skip(): RuntimeEvent {
    const snapshot = this.#log.snapshot()
    this.#snapshot = snapshot
    // A number that was never given, of an earlier process say, has missed everything up to now.
    const from = Math.min(this.#next, snapshot.seq)
    this.#next = snapshot.seq + 1
    return { type: 'gap', from, to: snapshot.seq }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakes.delete(wake)
        resolve()
      }
      this.#wakes.add(wake)
      this.#log.waiting.add(wake)
    })
  }

  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#log.left()
  }
}
