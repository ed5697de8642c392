// The log of what happens in a runtime (S23). Readers share one bounded log and each keep a place in it, so a slow reader
// costs nothing: one that has fallen behind gets a gap and a new snapshot.

import type { ActionEvent, RuntimeEvent, SnapshotEvent } from '../../events.js'
import type { Clock } from '../../protocol/clock.js'
import { ActionAbortedError } from '../../protocol/errors/errors.js'
import { isSmall, keptError, keptReason, keptValue, plainValue } from '../../protocol/values/kept-value.js'
import { KEPT_EVENT_BYTES, KEPT_EVENTS, WEIGHED_BYTES } from '../../protocol/values/value-limits.js'
import { weigh } from '../../protocol/values/weigh.js'
import { EventReader } from './event-reader.js'

/**
 * Makes an event of a subject: a function that is there already, and no closure. `seq` is its number, `at` the time, for
 * those that have no time of their own.
 */
export type MakeEvent<Subject, Detail> = (
  subject: Subject,
  detail: Detail,
  seq: number,
  at: number,
) => ActionEvent

/** What an event is of: as much of it as observers are told beside the event. */
export interface EventSubject {
  readonly id: string
  readonly startedAt?: number | undefined
  readonly abortRequestedAt?: number | undefined
}

/**
 * Is told of each event while it is published. The runtime's own, so it doesn't throw. An abort of which all is in the
 * reason comes without its error, which is made for who reads it.
 */
export type EventObserver = (event: ActionEvent, subject: EventSubject) => void

/** The log of a runtime, and its readers. */
export class EventLog {
  readonly #now: Clock
  readonly #snapshot: () => Pick<SnapshotEvent, 'at' | 'runs'>
  /** A ring: the event numbered `seq` is at `seq % KEPT_EVENTS`. */
  readonly #kept: (ActionEvent | undefined)[] = []
  /** What those that carry something take. */
  readonly #weights = new Map<number, number>()
  #bytes = 0
  /** Readers that are open: without any, nothing large is kept. */
  #readers = 0
  #seq = 0
  #firstKept = 1
  /** Nothing is kept before there was a reader. */
  #recording = false
  #closed = false
  readonly #waiting = new Set<() => void>()
  readonly #observers = new Set<EventObserver>()

  constructor(now: Clock, snapshot: () => Pick<SnapshotEvent, 'at' | 'runs'>) {
    this.#now = now
    this.#snapshot = snapshot
  }

  /** Number of the last event. */
  get seq(): number {
    return this.#seq
  }

  /** Numbers an event and gives it to the readers. Where nobody may read it, it is numbered without being made. */
  publish<Subject extends EventSubject, Detail>(
    make: MakeEvent<Subject, Detail>,
    subject: Subject,
    detail: Detail,
  ): void {
    this.#seq += 1
    if (!this.#recording) {
      this.#firstKept = this.#seq + 1
      return
    }
    const event = make(subject, detail, this.#seq, this.#now())
    if (this.#seq - this.#firstKept >= KEPT_EVENTS) this.#dropFirst()
    this.#keep(event)
    for (const observer of this.#observers) observer(event, subject)
    this.#wakeReaders()
  }

  /** What an action has reported outlives it only for those who haven't read it yet, and within bounds (S29). */
  #keep(event: ActionEvent): void {
    const place = event.seq % KEPT_EVENTS
    if (!carries(event)) {
      this.#kept[place] = event
      return
    }
    const kept = this.#readers === 0 ? lightened(event) : event
    this.#kept[place] = kept
    const weight = weighEvent(kept)
    this.#weights.set(event.seq, weight)
    this.#bytes += weight
    while (this.#bytes > KEPT_EVENT_BYTES && this.#firstKept < event.seq) this.#dropFirst()
  }

  #dropFirst(): void {
    const seq = this.#firstKept
    this.#kept[seq % KEPT_EVENTS] = undefined
    this.#bytes -= this.#weights.get(seq) ?? 0
    this.#weights.delete(seq)
    this.#firstKept += 1
  }

  /** The last reader has gone: who comes with a `since` finds what is shown of what was large. */
  #lighten(): void {
    for (const [seq, weight] of this.#weights) {
      const event = this.#kept[seq % KEPT_EVENTS] as ActionEvent
      const kept = lightened(event)
      if (kept === event) continue
      this.#kept[seq % KEPT_EVENTS] = kept
      const less = weighEvent(kept)
      this.#weights.set(seq, less)
      this.#bytes += less - weight
    }
  }

  /**
   * Calls back with each event while it is published: what the observer keeps is never behind the state it describes.
   * Returns what stops it.
   */
  observe(observer: EventObserver): () => void {
    this.#recording = true
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** Whether anybody has ever read. */
  get isRecording(): boolean {
    return this.#recording
  }

  /** No more events: readers get what is left, then the end. */
  close(): void {
    this.#closed = true
    this.#wakeReaders()
  }

  /** A reader that begins with a snapshot, or, if they are still kept, with the events after `since`. */
  read(since?: number): AsyncIterableIterator<RuntimeEvent> {
    this.#recording = true
    this.#readers += 1
    return new EventReader(
      {
        seq: () => this.#seq,
        firstKept: () => this.#firstKept,
        isClosed: () => this.#closed,
        event: (seq) => withError(this.#kept[seq % KEPT_EVENTS] as ActionEvent),
        snapshot: () => ({ type: 'snapshot', seq: this.#seq, ...this.#snapshot() }),
        waiting: this.#waiting,
        left: () => {
          this.#readers -= 1
          if (this.#readers === 0) this.#lighten()
        },
      },
      since,
    )
  }

  #wakeReaders(): void {
    if (this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }
}

/** As it is read. Very many may be aborted at once: their errors are made for who reads them. */
function withError(event: ActionEvent): ActionEvent {
  if (event.type !== 'phase' || event.phase !== 'aborted' || event.error !== undefined) return event
  const { run, id, reason, how } = event
  return reason === undefined
    ? event
    : { ...event, error: new ActionAbortedError({ reason, how, run, action: id }) }
}

/** Whether it carries a value of the app's. */
function carries(event: ActionEvent): boolean {
  switch (event.type) {
    case 'phase':
      return event.error !== undefined || event.reason?.cause !== undefined
    case 'report':
    case 'emit':
    case 'log':
    case 'abort':
    case 'retry':
    case 'unheard':
      return true
    case 'abortSeen':
    case 'unresponsive':
    case 'exitLate':
      return false
  }
}

function weighEvent(event: ActionEvent): number {
  return weigh(event, WEIGHED_BYTES)
}

/** The event, with what is shown of what it carries where that is large. */
function lightened(event: ActionEvent): ActionEvent {
  switch (event.type) {
    case 'phase': {
      const { error, reason } = event
      return isSmall(event)
        ? event
        : {
            ...event,
            ...(error && { error: keptError(error) }),
            ...(reason && { reason: keptReason(reason) }),
          }
    }
    case 'report':
      return isSmall(event.value) ? event : { ...event, value: plainValue(keptValue(event.value)) }
    case 'emit':
      return isSmall(event.event)
        ? event
        : { ...event, event: { ...(plainValue(keptValue(event.event)) as object), type: event.event.type } }
    case 'log':
      return isSmall(event)
        ? event
        : {
            ...event,
            message: plainValue(keptValue(event.message)) as string,
            ...(event.fields && { fields: plainValue(keptValue(event.fields)) as Record<string, unknown> }),
          }
    case 'abort':
      return { ...event, reason: keptReason(event.reason) }
    case 'retry':
    case 'unheard':
      return { ...event, error: keptError(event.error) }
    default:
      return event
  }
}
