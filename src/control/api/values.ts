// Values that all parts of the API have: errors, reasons, counts by phase, pages.

import type { AbortSource } from '../../protocol/errors/abort-reason.js'
import type { Phase } from '../../protocol/outcome.js'
import type { Json } from '../../protocol/values/shown-value.js'
import type { Count, Time } from './terms.js'

/** An error with its causes. */
export interface ErrorInfo {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  /** Where it happened, for errors of Heddle's. */
  readonly run?: string
  readonly action?: string
  /** Own fields that aren't above: `bound`, `limitMs`, `loss`, those of the app's classes … */
  readonly fields?: { readonly [key: string]: Json }
  /** The error that led to it. A cause that isn't an error is an `ErrorInfo` named `'NonError'`. */
  readonly cause?: ErrorInfo
  /** Of an `AggregateError`. */
  readonly errors?: readonly ErrorInfo[]
}

/** Why an action was stopped, and by whom: `AbortReason` with its cause as data. */
export interface ReasonInfo {
  readonly source: AbortSource
  readonly message: string
  readonly by?: string
  /** Id of the action that the abort was aimed at. */
  readonly origin: string
  /** Epoch milliseconds, fractional, as all times here. */
  readonly at: Time
  /** Of a trial that its sweep has stopped, a `TrialStoppedError`: it was pruned, all else is aborted. */
  readonly cause?: ErrorInfo
}

/** How many actions stand in each phase. */
export type PhaseCounts = Readonly<Record<Phase, Count>>

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Gives the next page, as the query's `cursor`; left out on the last one. */
  readonly next?: string
  /** Number of the runtime's last event when the page was made: later events aren't in it. */
  readonly seq: Count
}
