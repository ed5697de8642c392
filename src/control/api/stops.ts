// The API's words for a run that is asked to end by itself, as a sweep can be.

import type { Phase } from '../../protocol/outcome.js'
import type { Count, GivenText } from './terms.js'

/** The body of a `POST /runs/:run/stop`. All of it may be left out. */
export interface RunStopRequest {
  /** Why; shown wherever the sweep is. */
  readonly reason?: GivenText | undefined
  /**
   * Who: `'ann (cli)'`, `'console'`, a name.
   *
   * @default api
   */
  readonly by?: GivenText | undefined
  /**
   * What is done about the trials that run: they go on to their ends, or are stopped, too, each with its own grace.
   *
   * @default finish
   */
  readonly running?: 'finish' | 'abort' | undefined
}

/** What a stop has done. */
export interface RunStopAnswer {
  readonly run: string
  /** `false`: it was ending already, or has ended, and nothing has changed. */
  readonly accepted: boolean
  /** Where the run stands now. */
  readonly phase: Phase
  /** How many of its trials are queued or run. */
  readonly running: Count
  /** What it ends by: the first that was asked for. Left out where it has ended by itself, or was aborted. */
  readonly stoppedBy?: StopInfo
}

/** Why a sweep ended before its trials had. */
export interface StopInfo {
  /** Name of the rule, or `'stop'` where somebody asked for it. */
  readonly rule: string
  readonly reason: string
  /** Who asked for it from outside. */
  readonly by?: string
  /** The trials that ran could finish; left out where they were stopped, too. */
  readonly running?: 'finish'
}
