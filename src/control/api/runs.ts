// The API's words for runs.

import type { AbortHow } from '../../protocol/errors/errors.js'
import type { Phase } from '../../protocol/outcome.js'
import type { Shown } from '../../protocol/values/shown-value.js'
import type { Count, GivenText, Time } from './terms.js'
import type { ErrorInfo, Page, PhaseCounts, ReasonInfo } from './values.js'

/** The query of `GET /runs`. */
export interface RunsQuery {
  /** Phases, separated by commas. */
  readonly phase?: GivenText | undefined
  /** Text that the run's name, or its root action's, contains. */
  readonly search?: GivenText | undefined
  /**
   * How many there are on a page at most.
   *
   * @asType integer
   * @minimum 1
   * @maximum 1000
   * @default 100
   */
  readonly limit?: number | undefined
  /** The 'next' of the page before. */
  readonly cursor?: string | undefined
}

/** One run, in short. */
export interface RunSummary {
  readonly run: string
  /** Name of the root action. */
  readonly name: string
  /** The root's. */
  readonly phase: Phase
  /** As of an action: the first attempt's. */
  readonly queuedAt: Time
  readonly startedAt?: Time
  readonly abortRequestedAt?: Time
  readonly settledAt?: Time
  /** All actions there have been, those whose records are gone included. */
  readonly counts: PhaseCounts
  readonly total: Count
  /** Of those that were aborted: trials that their sweep stopped, with what was under them. */
  readonly pruned: Count
  /** Of the counts: settled ones whose records are no longer kept. */
  readonly dropped: Count
  /** Failures that nobody has heard of (S19). */
  readonly unheard: Count
  /** Why and by whom the root was stopped. */
  readonly reason?: ReasonInfo
  readonly how?: AbortHow
  /** In short: without stack and causes. */
  readonly error?: ErrorInfo
  readonly lastReport?: Shown
  /** Number of the last event of this run. */
  readonly seq: Count
}

/** What `GET /runs` answers: newest first. */
export type RunPage = Page<RunSummary>

/** One run. */
export interface RunDetail extends RunSummary {
  readonly url: string
  /** Whether it can be asked to end by itself (`POST /runs/:run/stop`): it is a sweep, and lives. */
  readonly stoppable: boolean
  /** By what name its definition may be started from outside; left out where the process doesn't offer it. */
  readonly definition?: string
  /**
   * The command that starts another run like it, for a POSIX shell. Left out for a scope, and where its input isn't kept whole, or
   * isn't JSON. It holds no token, and nothing of the process's environment.
   */
  readonly command?: string
  /** How the aborted and timed-out actions have ended so far. */
  readonly stopped: Readonly<Record<AbortHow, Count>>
  /** Aborts that were accepted: the newest 200 from outside, and the newest 200 of others, oldest first. */
  readonly aborts: readonly AbortRecord[]
  /** How many there have been, those that aren't on record any more included. */
  readonly abortCount: Count
  readonly compute: ComputeInfo
  /** Threads of this machine that its actions have run on, in the order of their first use. */
  readonly threads: readonly Count[]
  /** The others that they have run on, with their threads there, both in that order; left out where there are none. */
  readonly hosts?: readonly RunHost[]
  /** Names of its actions with their counts, the most frequent first; at most 200. */
  readonly names: readonly { readonly name: string; readonly counts: PhaseCounts }[]
}

/** A machine that actions of a run have run on. */
export interface RunHost {
  readonly host: string
  readonly hostInstance: string
  readonly threads: readonly Count[]
}

/** What a run took of its threads, and what its aborts have left for others. Of the kept records only. */
export interface ComputeInfo {
  /** Sum of the run times of its actions, each times its cpu share, in milliseconds. */
  readonly usedMs: number
  /** The same of those that were aborted or timed out. */
  readonly stoppedMs: number
  /**
   * What those stopped would have taken on: for each, the mean time of the succeeded actions of the same definition, less
   * its own, not below 0, times its cpu share. An estimate; it leaves out definitions of which none has succeeded.
   */
  readonly freedMs: number
  /** Stopped actions that `freedMs` leaves out. */
  readonly unknown: Count
}

/** One accepted abort, on record. */
export interface AbortRecord {
  readonly seq: Count
  readonly at: Time
  /** The action that it was aimed at. */
  readonly id: string
  readonly reason: ReasonInfo
  /** It was already being aborted. */
  readonly escalation: boolean
}
