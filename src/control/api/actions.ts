// The API's words for actions.

import type { AbortHow } from '../../protocol/errors/errors.js'
import type { Phase } from '../../protocol/outcome.js'
import type { Shown } from '../../protocol/values/shown-value.js'
import type { LogEntry, Series } from './histories.js'
import type { Count, GivenText, Time } from './terms.js'
import type { ErrorInfo, Page, ReasonInfo } from './values.js'

/** The query of `GET /runs/:run/actions`. */
export interface ActionsQuery {
  /**
   * `flat`: in the order of their spawns. `tree`: each action is followed by what is under it, with its `depth`. Nesting
   * them is left to the reader.
   *
   * @default flat
   */
  readonly view?: 'flat' | 'tree' | undefined
  /** Phases, separated by commas; `pruned`: of the `aborted` ones those that a sweep has stopped. */
  readonly phase?: GivenText | undefined
  /** Name of the action; `*` stands for any text. Several, separated by commas. */
  readonly name?: GivenText | undefined
  /** Only children of this action. */
  readonly parent?: GivenText | undefined
  /** Only this action and what is under it. */
  readonly under?: GivenText | undefined
  /** Text that id, name, reason, error or a textual report contains. */
  readonly search?: GivenText | undefined
  /** What else each item shows, separated by commas: `input`, `output`. */
  readonly include?: GivenText | undefined
  /**
   * How many there are on a page at most.
   *
   * @asType integer
   * @minimum 1
   * @maximum 5000
   * @default 100
   */
  readonly limit?: number | undefined
  /** The 'next' of the page before. */
  readonly cursor?: string | undefined
}

/** One action in a list. */
export interface ActionItem {
  readonly id: string
  readonly name: string
  /** Id of the action it is bound to. */
  readonly parent?: string
  readonly phase: Phase
  /** From 1; 0 if it never started. */
  readonly attempt: Count
  /** Share of one thread that it holds. */
  readonly cpu: number
  readonly thread?: Count
  /** The machine of that thread, where it isn't the runtime's: its name, and what tells it from others of that name. */
  readonly host?: string
  readonly hostInstance?: string
  /** When it was spawned; of a retried action, too. */
  readonly queuedAt: Time
  /** When its body began; of a retried action, that of the first attempt that did. */
  readonly startedAt?: Time
  /** Of the present attempt, from the second one on: when it was queued, before the wait that `retries` has it make. */
  readonly attemptQueuedAt?: Time
  /** Of the present attempt, from the second one on: when its body began. */
  readonly attemptStartedAt?: Time
  readonly abortRequestedAt?: Time
  readonly abortDeliveredAt?: Time
  readonly settledAt?: Time
  /** While it is aborting: how long its clean-up may take, in milliseconds. */
  readonly graceMs?: number
  /** While it is aborting: when force comes. Left out until its own grace runs: its children go first (S5). */
  readonly forceAt?: Time
  readonly lastReport?: Shown
  /** In short: without stack and causes. */
  readonly error?: ErrorInfo
  readonly reason?: ReasonInfo
  readonly how?: AbortHow
  /** How many aborts came after the one that won. */
  readonly escalations?: Count
  /** Attempts before the present one, oldest first. Left out if there were none. */
  readonly earlier?: readonly AttemptInfo[]
  /** Children whose records are kept, and how many of them live. */
  readonly children: Count
  readonly liveChildren: Count
  /** In the `tree` view: how many actions lie between the root and it. */
  readonly depth?: Count
  /** If asked for, and if it is known. */
  readonly input?: Shown
  readonly output?: Shown
}

/** What `GET /runs/:run/actions` answers. */
export type ActionPage = Page<ActionItem>

/** One attempt that failed and was followed by another. */
export interface AttemptInfo {
  readonly attempt: Count
  readonly queuedAt: Time
  readonly startedAt?: Time
  readonly endedAt: Time
  readonly thread?: Count
  /** The machine of that thread, where it isn't the runtime's: its name, and what tells it from others of that name. */
  readonly host?: string
  readonly hostInstance?: string
  readonly error: ErrorInfo
  /** The wait before the next one, in milliseconds. */
  readonly delayMs: number
}

/** One action, with what is known of it. */
export interface ActionDetail extends Omit<ActionItem, 'escalations'> {
  readonly run: string
  /** Module that defines it; left out for the body of a scope. */
  readonly module?: string
  readonly definition: string
  /** How long a word to the machine of its thread and the answer take, in milliseconds; left out where it isn't linked to now. */
  readonly rttMs?: number
  /** Whole: with stacks and causes. */
  readonly error?: ErrorInfo
  /** Aborts that came after the one that won. */
  readonly escalations?: readonly ReasonInfo[]
  /** From its parent up to the root. */
  readonly ancestors: readonly { readonly id: string; readonly name: string; readonly phase: Phase }[]
  /** The newest reports, oldest first; at most 100. Those before the server was started aren't known. */
  readonly reports: readonly ReportEntry[]
  /** How many there were in all. */
  readonly reportCount: Count
  /** The newest entries, oldest first; at most 200. */
  readonly logs: readonly LogEntry[]
  /** Numbers in its reports, each as a curve. */
  readonly series: readonly Series[]
  readonly seq: Count
}

/** One report. */
export interface ReportEntry {
  readonly at: Time
  readonly seq: Count
  readonly report: Shown
}
