// What happens in a runtime, numbered without gaps (S23). Readers share one bounded log and each keep a place in it,
// so a slow reader costs nothing: one that has fallen behind is told of the gap and given a new snapshot.

import type { AbortReason } from './protocol/abort-reason.js'
import type { Clock } from './protocol/clock.js'
import type { AbortHow, HeddleError } from './protocol/errors.js'
import type { EventObject } from './protocol/event-object.js'
import type { LogLevel } from './protocol/messages.js'
import type { Phase } from './protocol/outcome.js'

/** What all events of an action carry. */
export interface ActionEventBase {
  /** Counted up by one with each event of the runtime. */
  readonly seq: number
  /** Epoch milliseconds, fractional. */
  readonly at: number
  /** Name of the run. */
  readonly run: string
  /** Id of the action. */
  readonly id: string
}

/** The action has changed its phase. */
export interface PhaseEvent extends ActionEventBase {
  readonly type: 'phase'
  readonly phase: Phase
  readonly name: string
  readonly parent?: string
  /** From 1; 0 while the first one has not started. */
  readonly attempt: number
  /** Id of the thread it runs on. */
  readonly thread?: number
  /** For `aborting`, `aborted` and `timedOut`. */
  readonly reason?: AbortReason
  /** For `aborted` and `timedOut`. */
  readonly how?: AbortHow
  /** For every end but `succeeded`. */
  readonly error?: HeddleError
}

/** The action has reported. */
export interface ReportEvent extends ActionEventBase {
  readonly type: 'report'
  readonly value: unknown
}

/** The action has emitted an event. */
export interface EmitEvent extends ActionEventBase {
  readonly type: 'emit'
  readonly event: EventObject
}

/** The action has written a log entry. */
export interface LogEvent extends ActionEventBase {
  readonly type: 'log'
  readonly level: LogLevel
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly attempt: number
}

/** An abort was accepted for the action that it was aimed at; with `escalation`, it was already being aborted. */
export interface AbortEvent extends ActionEventBase {
  readonly type: 'abort'
  readonly reason: AbortReason
  readonly escalation: boolean
}

/** The abort was seen inside the thread. */
export interface AbortSeenEvent extends ActionEventBase {
  readonly type: 'abortSeen'
}

/** A failed attempt will be made again. */
export interface RetryEvent extends ActionEventBase {
  readonly type: 'retry'
  /** The attempt that has failed. */
  readonly attempt: number
  readonly error: HeddleError
  /** How long until it is queued again. */
  readonly delayMs: number
}

/** A child failed, and its parent ended without ever having asked how it ends (S19). */
export interface UnheardEvent extends ActionEventBase {
  readonly type: 'unheard'
  readonly error: HeddleError
}

/**
 * Its shared thread hasn't answered for a second, and it is among those there that aren't parked: one of them computes
 * where it should await. New `cpu: 0` actions start on a second shared thread meanwhile.
 */
export interface UnresponsiveEvent extends ActionEventBase {
  readonly type: 'unresponsive'
  readonly thread?: number
  /** How long it hasn't answered, in milliseconds. */
  readonly silentMs: number
  /** All actions on the thread that aren't parked, this one included. */
  readonly actions: readonly { readonly run: string; readonly id: string; readonly name: string }[]
}

/** Its thread was killed and hasn't exited: a native call (`pbkdf2Sync`, `execSync`) delays that. It settles when it has. */
export interface ExitLateEvent extends ActionEventBase {
  readonly type: 'exitLate'
  readonly thread?: number
  /** How long ago it was killed, in milliseconds. */
  readonly pendingMs: number
}

/** What can happen to an action. */
export type ActionEvent =
  | PhaseEvent
  | ReportEvent
  | EmitEvent
  | LogEvent
  | AbortEvent
  | AbortSeenEvent
  | RetryEvent
  | UnheardEvent
  | UnresponsiveEvent
  | ExitLateEvent

/** The state that the following events build on. */
export interface SnapshotEvent {
  readonly type: 'snapshot'
  /** The last event that it includes. */
  readonly seq: number
  readonly at: number
  readonly runs: readonly RunSnapshot[]
}

/** One run in a snapshot. */
export interface RunSnapshot {
  readonly run: string
  readonly phase: Phase
  readonly actions: readonly ActionRecord[]
}

/** Events were missed, because the reader was slow or asked for some that aren't kept: a snapshot follows. */
export interface GapEvent {
  readonly type: 'gap'
  /** The first one missed. */
  readonly from: number
  /** The last one missed. */
  readonly to: number
}

/** What `runtime.events()` gives. */
export type RuntimeEvent = SnapshotEvent | GapEvent | ActionEvent

/** What is kept of an action, while it lives and, within `retain`, afterwards. */
export interface ActionRecord {
  readonly id: string
  readonly name: string
  /** Id of the action it is bound to. */
  readonly parent?: string
  readonly phase: Phase
  /** From 1; 0 if it never started. */
  readonly attempt: number
  readonly thread?: number
  readonly queuedAt: number
  readonly startedAt?: number
  readonly abortRequestedAt?: number
  readonly abortDeliveredAt?: number
  readonly settledAt?: number
  readonly lastReport?: unknown
  readonly error?: HeddleError
  readonly reason?: AbortReason
  readonly escalations?: readonly AbortReason[]
  readonly how?: AbortHow
}

/** How many events are kept for readers. */
const KEPT_EVENTS = 16_384

type Unnumbered<Event> = Event extends ActionEvent
  ? Omit<Event, 'seq' | 'at'> & { readonly at?: number }
  : never

/** An event as it is made: the log gives it its number and, unless it has one, the time. */
export type MadeEvent = Unnumbered<ActionEvent>

/** The log of a runtime, and its readers. */
export class EventLog {
  readonly #now: Clock
  readonly #snapshot: () => Pick<SnapshotEvent, 'at' | 'runs'>
  /** A ring: the event numbered `seq` is at `seq % KEPT_EVENTS`. */
  readonly #kept: (ActionEvent | undefined)[] = []
  #seq = 0
  #firstKept = 1
  /** Nothing is kept before there was a reader. */
  #recording = false
  #closed = false
  readonly #waiting = new Set<() => void>()
  #observer: ((event: ActionEvent) => void) | undefined

  constructor(now: Clock, snapshot: () => Pick<SnapshotEvent, 'at' | 'runs'>) {
    this.#now = now
    this.#snapshot = snapshot
  }

  /** Number of the last event. */
  get seq(): number {
    return this.#seq
  }

  /**
   * Numbers an event and gives it to the readers. Where nobody may read it, it is numbered without being made: `make` is
   * a function that is there already, and no closure, so that this costs next to nothing.
   */
  publish<Subject, Detail>(
    make: (subject: Subject, detail: Detail) => MadeEvent,
    subject: Subject,
    detail: Detail,
  ): void {
    this.#seq += 1
    if (!this.#recording) {
      this.#firstKept = this.#seq + 1
      return
    }
    const event = make(subject, detail)
    const numbered = { ...event, at: event.at ?? this.#now(), seq: this.#seq } as ActionEvent
    this.#kept[this.#seq % KEPT_EVENTS] = numbered
    if (this.#seq - this.#firstKept >= KEPT_EVENTS) this.#firstKept = this.#seq - KEPT_EVENTS + 1
    this.#observer?.(numbered)
    this.#wakeReaders()
  }

  /**
   * Calls back with each event while it is published: what the observer keeps is never behind the state it describes.
   * There is one at most, the control server's, which must not throw. `undefined`: none.
   */
  set observer(observer: ((event: ActionEvent) => void) | undefined) {
    if (observer !== undefined) this.#recording = true
    this.#observer = observer
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
    const pending: RuntimeEvent[] = []
    let next = this.#seq + 1
    // The snapshot is taken now and not at the first `next()`, so that nothing of what follows this call is missed.
    if (since === undefined) pending.push(this.#takeSnapshot())
    else next = since + 1
    let done = false
    /** Several calls of `next()` may wait at a time. */
    const wakes = new Set<() => void>()

    const take = (): RuntimeEvent | undefined => {
      const first = pending.shift()
      if (first !== undefined) return first
      if (next > this.#seq + 1 || next < this.#firstKept) {
        const snapshot = this.#takeSnapshot()
        pending.push(snapshot)
        // A number that was never given, of an earlier process say, has missed everything up to now.
        const from = Math.min(next, snapshot.seq)
        next = snapshot.seq + 1
        return { type: 'gap', from, to: snapshot.seq }
      }
      if (next > this.#seq) return undefined
      const event = this.#kept[next % KEPT_EVENTS]
      next += 1
      return event
    }

    return {
      next: async (): Promise<IteratorResult<RuntimeEvent, undefined>> => {
        while (!done) {
          const event = take()
          if (event !== undefined) return { done: false, value: event }
          if (this.#closed) break
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              wakes.delete(wake)
              resolve()
            }
            wakes.add(wake)
            this.#waiting.add(wake)
          })
        }
        return { done: true, value: undefined }
      },
      return: (): Promise<IteratorResult<RuntimeEvent, undefined>> => {
        done = true
        for (const wake of wakes) {
          this.#waiting.delete(wake)
          wake()
        }
        return Promise.resolve({ done: true, value: undefined })
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  #takeSnapshot(): SnapshotEvent {
    return { type: 'snapshot', seq: this.#seq, ...this.#snapshot() }
  }

  #wakeReaders(): void {
    if (this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }
}
