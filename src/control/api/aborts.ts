// The API's words for aborts: what is asked for, what that has done, and how far it has come.

import type { Phase } from '../../protocol/outcome.js'
import type { Count, GivenText, Several, Time } from './terms.js'

/** The body of a `POST …/abort`. All of it may be left out. */
export interface AbortRequest {
  /** Why; shown wherever the abort is. */
  readonly reason?: GivenText | undefined
  /**
   * Who: `'cli'`, `'console'`, a name.
   *
   * @default api
   */
  readonly by?: GivenText | undefined
  /**
   * One deadline for what is stopped and everything under it, in milliseconds. Default: each action's own grace.
   *
   * @minimum 0
   */
  readonly graceMs?: number | undefined
  /** No grace at all. */
  readonly force?: boolean | undefined
  /**
   * Only these actions of the run. With `where`: those of them that it describes.
   *
   * @maxItems 200000
   */
  readonly actions?: readonly GivenText[] | undefined
  /** Only the actions of the run that this describes. Without it and without `actions`: the run. */
  readonly where?: ActionFilter | undefined
  /** `true`: says what would be stopped, and stops nothing. */
  readonly dryRun?: boolean | undefined
}

/** The body of an abort of one action. */
export type SimpleAbortRequest = Omit<AbortRequest, 'where' | 'actions'>

/** Describes actions; all that is given must hold. An empty one describes all. */
export interface ActionFilter {
  readonly phase?: Phase | Several<Phase>
  /** `*` stands for any text. */
  readonly name?: GivenText | Several<GivenText>
  readonly parent?: GivenText
  readonly under?: GivenText
  readonly search?: GivenText
}

/** What an abort has done, or, as a dry run, would do. */
export interface AbortAnswer {
  readonly run: string
  /** Whether anything was, or would be, aborted. `false`: all of it had ended already, and nothing has changed. */
  readonly accepted: boolean
  readonly dryRun: boolean
  /** Where the run, or the one action, stands now; left out for a selection. */
  readonly phase?: Phase
  /** Live actions that were meant. */
  readonly matched: Count
  /** Of those meant: had ended already. */
  readonly finished: Count
  /** All that is stopped by it, what is under the meant ones included. */
  readonly requested: Count
  /** Which these are, those that were meant first; at most 5. */
  readonly named: readonly { readonly id: string; readonly name: string }[]
  /** How it goes on: by `GET /aborts/:abort`, and as `abortProgress` events. Left out if nothing was accepted. */
  readonly progress?: AbortProgress
}

/** How far an abort that was asked for through this server has come. The last 1000 are remembered. */
export interface AbortProgress {
  readonly abort: string
  readonly run: string
  readonly at: Time
  readonly by: string
  readonly message: string
  readonly graceMs?: number
  readonly force: boolean
  /** Ids of the actions that it was aimed at; at most 1000 of them. */
  readonly targets: readonly string[]
  /** All actions that it stops. */
  readonly requested: Count
  /** Of these: have been told inside their thread, or have ended. */
  readonly acknowledged: Count
  /** Have ended. When all have, it is over. */
  readonly settled: Count
  /** How they have ended: those in none of these ended by themselves first. */
  readonly cooperative: Count
  readonly forced: Count
  readonly abandoned: Count
  readonly neverStarted: Count
  /** When the last of them had ended. */
  readonly settledAt?: Time
}

/** What `GET /runs/:run/aborts` answers: newest first. */
export interface AbortList {
  readonly items: readonly AbortProgress[]
}
