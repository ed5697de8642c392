// The API's words for event streams: each form that an event can have.

import type { AbortHow } from '../../protocol/errors/errors.js'
import type { LogLevel } from '../../protocol/messages.js'
import type { Phase } from '../../protocol/outcome.js'
import type { Shown } from '../../protocol/values/shown-value.js'
import type { AbortProgress } from './aborts.js'
import type { ActionItem } from './actions.js'
import type { RunSummary } from './runs.js'
import type { Count, GivenText, Time } from './terms.js'
import type { ErrorInfo, ReasonInfo } from './values.js'

/** The query of the event streams. */
export interface EventsQuery {
  /**
   * `actions`: a snapshot of runs and actions, then every event. `runs`: a snapshot of the runs, then a `run` event for
   * each that has changed, at most four times a second each.
   *
   * @default actions
   */
  readonly view?: 'actions' | 'runs' | undefined
  /** What each action of the snapshot shows besides, separated by commas: `input`, `output`. */
  readonly include?: GivenText | undefined
  /**
   * How a snapshot tells the actions. `items`: by `actions`. `columns`: by `columns`, which is a seventh as long where there
   * are very many, and read as much faster.
   *
   * @default items
   */
  readonly form?: 'items' | 'columns' | undefined
}

/**
 * What a stream gives. Each is one server-sent event whose `event` is the `type` and whose `data` is this JSON.
 *
 * First `snapshot`, then `actions` (or `columns`) until all are told, then `live`: from there on every event of the runtime (or of the
 * run) in order, without a gap and without a duplicate, each with its number as the SSE `id`. A reader that comes back
 * with `Last-Event-ID` gets what followed, and no snapshot; if that isn't kept any more, `gap` and a snapshot, as does a
 * reader that has fallen behind. One that doesn't read at all is told `dropped` and disconnected.
 */
export type StreamEvent =
  | SnapshotStart
  | SnapshotActions
  | SnapshotColumns
  | SnapshotEnd
  | GapInfo
  | DroppedInfo
  | RunChanged
  | RunForgotten
  | AbortProgressEvent
  | GraceEvent
  | EndInfo
  | ActionEventInfo

/** A snapshot begins: forget what you know. */
export interface SnapshotStart {
  readonly type: 'snapshot'
  readonly instance: string
  readonly seq: Count
  readonly at: Time
  readonly runs: readonly RunSummary[]
}

/** A part of the snapshot. An action that is told again takes the place of its earlier form. */
export interface SnapshotActions {
  readonly type: 'actions'
  readonly run: string
  readonly actions: readonly ActionItem[]
}

/**
 * The same as `actions`, in columns. Most actions are no more than a few words and numbers, each of which stands at the
 * place of the action; of one that is more, the item follows, and what its columns say is nothing.
 */
export interface SnapshotColumns {
  readonly type: 'columns'
  readonly run: string
  readonly ids: readonly string[]
  readonly name: WordColumn
  /** Id of the action it is bound to; the root's is empty. */
  readonly parent: WordColumn
  readonly phase: WordColumn
  readonly attempt: Column
  readonly cpu: Column
  /** -1: none. */
  readonly thread: Column
  /** What the times are counted from. */
  readonly since: Time
  /** Microseconds since then; -1: it hasn't happened. */
  readonly queuedAt: Column
  readonly startedAt: Column
  readonly settledAt: Column
  /** Those that are more, by their places, in order. */
  readonly items: readonly PlacedItem[]
}

/** An action that is more than its columns can say. */
export interface PlacedItem {
  readonly place: Count
  readonly item: ActionItem
}

/** A number for each action, or the one that all of them have. */
export type Column = number | readonly number[]

/** Each word once, and its place there for each action. */
export interface WordColumn {
  readonly words: readonly string[]
  readonly at: Column
}

/** The snapshot is complete, and includes every event up to this number. */
export interface SnapshotEnd {
  readonly type: 'live'
  readonly instance: string
  readonly seq: Count
}

/** Events were missed: a snapshot follows. */
export interface GapInfo {
  readonly type: 'gap'
  readonly from: Count
  readonly to: Count
}

/** The reader is disconnected, because it didn't read. It may come back. */
export interface DroppedInfo {
  readonly type: 'dropped'
  readonly reason: string
  /** The last event that it was sent. */
  readonly seq: Count
}

/** The server ends; everything that happened has been told. */
export interface EndInfo {
  readonly type: 'end'
  readonly reason: string
}

/** A run has changed (view `runs`). */
export interface RunChanged {
  readonly type: 'run'
  readonly summary: RunSummary
}

/** A finished run isn't kept any more (view `runs`). */
export interface RunForgotten {
  readonly type: 'forgotten'
  readonly run: string
}

/** An abort has come further. Told at most ten times a second each, and at its end. Not numbered. */
export interface AbortProgressEvent {
  readonly type: 'abortProgress'
  readonly progress: AbortProgress
}

/** The grace of an aborting action has begun, or was shortened. Not numbered, and only as exact as a look now and then. */
export interface GraceEvent {
  readonly type: 'grace'
  readonly run: string
  readonly id: string
  readonly graceMs: number
  readonly forceAt: Time
}

/** What all events of an action carry. */
export interface ActionEventInfoBase {
  readonly seq: Count
  readonly at: Time
  readonly run: string
  readonly id: string
}

/** An event of the runtime, as JSON. */
export type ActionEventInfo =
  | (ActionEventInfoBase & {
      /** `at` is the time of the step: `queuedAt`, `startedAt`, `abortRequestedAt` or `settledAt`. */
      readonly type: 'phase'
      readonly phase: Phase
      readonly name: string
      readonly parent?: string
      readonly attempt: Count
      readonly thread?: Count
      /** The machine of that thread, where it isn't the runtime's: its name, and what tells it from others of that name. */
      readonly host?: string
      readonly hostInstance?: string
      readonly cpu?: number
      readonly reason?: ReasonInfo
      readonly how?: AbortHow
      /** In short. */
      readonly error?: ErrorInfo
    })
  | (ActionEventInfoBase & { readonly type: 'report'; readonly value: Shown })
  | (ActionEventInfoBase & { readonly type: 'emit'; readonly event: Shown })
  | (ActionEventInfoBase & {
      readonly type: 'log'
      readonly level: LogLevel
      readonly message: string
      readonly fields?: Shown
      readonly attempt: Count
    })
  | (ActionEventInfoBase & {
      readonly type: 'abort'
      readonly reason: ReasonInfo
      readonly escalation: boolean
    })
  /** `at` is its `abortDeliveredAt`. */
  | (ActionEventInfoBase & { readonly type: 'abortSeen' })
  | (ActionEventInfoBase & {
      readonly type: 'retry'
      readonly attempt: Count
      readonly error: ErrorInfo
      readonly delayMs: number
    })
  | (ActionEventInfoBase & { readonly type: 'unheard'; readonly error: ErrorInfo })
  /** Its shared thread doesn't answer, and it is among those on it that aren't parked. */
  | (ActionEventInfoBase & {
      readonly type: 'unresponsive'
      readonly thread?: Count
      readonly silentMs: number
      readonly actions: readonly { readonly run: string; readonly id: string; readonly name: string }[]
    })
  /** Its thread was killed and hasn't exited yet. */
  | (ActionEventInfoBase & {
      readonly type: 'exitLate'
      readonly thread?: Count
      readonly pendingMs: number
    })
