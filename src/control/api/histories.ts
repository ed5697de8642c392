// The API's words for what actions have told on the way: log entries, and numbers as curves.

import type { AbortHow } from '../../protocol/errors/errors.js'
import type { LogLevel } from '../../protocol/messages.js'
import type { Phase } from '../../protocol/outcome.js'
import type { Shown } from '../../protocol/values/shown-value.js'
import type { Count, GivenText, Time } from './terms.js'
import type { Page } from './values.js'

/** The query of `GET /runs/:run/logs`. */
export interface LogsQuery {
  /** Only of this action. */
  readonly action?: GivenText | undefined
  /**
   * And of what is under it.
   *
   * @default false
   */
  readonly under?: boolean | undefined
  /** The least important level that is given. */
  readonly level?: LogLevel | undefined
  /**
   * How many at most: the newest ones, unless `cursor` or `before` says from where.
   *
   * @asType integer
   * @minimum 1
   * @maximum 5000
   * @default 200
   */
  readonly limit?: number | undefined
  /** The 'next' of the page before, or the `seq` of an entry: what came after it, the oldest first. */
  readonly cursor?: string | undefined
  /** The 'previous' of a page, or the `seq` of an entry: what came ahead of it, the newest of that. Not with `cursor`. */
  readonly before?: string | undefined
}

/** One log entry. */
export interface LogEntry {
  readonly seq: Count
  readonly at: Time
  readonly id: string
  readonly name: string
  readonly attempt: Count
  readonly level: LogLevel
  readonly message: string
  readonly fields?: Shown
}

/** What `GET /runs/:run/logs` answers: oldest first. */
export interface LogPage extends Page<LogEntry> {
  /** Gives the page of older ones, as the query's `before`; left out where there are none, and after a `cursor`. */
  readonly previous?: string
  /** How many of the kept entries match, on all pages together. */
  readonly matching: Count
  /** How many entries of the run are kept: the newest. */
  readonly kept: Count
  /** How many entries the run has written since it has been served. */
  readonly written: Count
}

/** The query of `GET /runs/:run/series`. */
export interface SeriesQuery {
  /** Name of the action; `*` stands for any text. Several, separated by commas. */
  readonly name?: GivenText | undefined
  /** Phases, separated by commas. */
  readonly phase?: GivenText | undefined
  /** Only children of this action. */
  readonly parent?: GivenText | undefined
  /** Only this action and what is under it. */
  readonly under?: GivenText | undefined
  /** Text that id, name, reason, error or a textual report contains. */
  readonly search?: GivenText | undefined
  /** The fields wanted, separated by commas. Default: all numbers, at most 20 fields an action. */
  readonly field?: GivenText | undefined
  /**
   * Points per curve, thinned evenly if there are more; the last one is always among them.
   *
   * @asType integer
   * @minimum 1
   * @maximum 1000
   * @default 200
   */
  readonly points?: number | undefined
  /**
   * How many actions there are on a page at most.
   *
   * @asType integer
   * @minimum 1
   * @maximum 2000
   * @default 500
   */
  readonly limit?: number | undefined
  /** The 'next' of the page before. */
  readonly cursor?: string | undefined
}

/** What `GET /runs/:run/series` answers: actions that have reported numbers. */
export interface SeriesAnswer extends Page<ActionSeries> {
  /** All fields there are on this page. */
  readonly fields: readonly string[]
}

/** The curves of one action. */
export interface ActionSeries {
  readonly id: string
  readonly name: string
  readonly phase: Phase
  readonly how?: AbortHow
  readonly startedAt?: Time
  readonly settledAt?: Time
  readonly input?: Shown
  readonly series: readonly Series[]
}

/**
 * A number that an action reported again and again. `field` is its path in the report, `'loss'` or `'train.loss'`; `''`
 * for a report that is a number itself. The three arrays are equally long.
 */
export interface Series {
  readonly field: string
  readonly at: readonly Time[]
  /** The report's `step`, `epoch` or `iteration`, if it has one of them; else how many reports came before. */
  readonly step: readonly number[]
  readonly value: readonly number[]
}
