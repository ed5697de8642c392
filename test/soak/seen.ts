// What a soak has seen: an action, a run, a broken rule, and what it all adds up to.

import type { AbortReason, ActionEvent, PhaseEvent } from 'heddle'
import type { Receipt } from './plan.js'
import type { Report } from './said.js'

/** A rule was broken. */
export class Violation extends Error {
  /** The actions involved, and what is known of them. */
  readonly history: readonly string[]

  constructor(message: string, history: readonly string[]) {
    super(message)
    this.name = 'Violation'
    this.history = history
  }
}

/** What has been seen of an action. */
export interface Seen {
  readonly id: string
  /** Its plan's kind. */
  readonly kind: string
  readonly parent: string | undefined
  /** Where its plan's entries are counted; `undefined` for what follows no plan. */
  readonly slot: number | undefined
  phase: PhaseEvent['phase']
  attempt: number
  reason: AbortReason | undefined
  /** It may move back to `queued`. */
  retrying: boolean
  starts: number
  readonly threads: Set<string>
  /** An abort was accepted for it. */
  accepted: boolean
  /** Events of aborts that were aimed at it. */
  aborts: number
  end: PhaseEvent | undefined
  lastReport: Report | undefined
  /** Log entries of this attempt that its plan makes it write. */
  entries: number
  /** What it emitted last in this attempt. */
  receipt: Receipt | undefined
  /** An event has told that nobody had asked how it ends. */
  isUnheard: boolean
}

/** One run, while it isn't found right. */
export interface RunStory {
  readonly name: string
  readonly calm: boolean
  /** Kind and slot of the root, as children carry them in their names. */
  readonly rootName: string
  readonly actions: Map<string, Seen>
  /** Children that the queue had no room for, and that nobody had asked for: how many log entries tell of each. */
  readonly refused: Map<string, number>
  readonly events: ActionEvent[]
  /** Told when its root has ended. */
  onEnd: (() => void) | undefined
  /** Told of each event. */
  onEvent: ((event: ActionEvent) => void) | undefined
}

/** What all stories of a soak add up to. */
export interface Totals {
  events: number
  actions: number
  attempts: number
  gaps: number
  readonly outcomes: Record<string, number>
  readonly hows: Record<string, number>
  readonly sources: Record<string, number>
  readonly lost: Record<string, number>
  readonly others: Record<string, number>
  readonly threads: Set<string>
}

/** Totals at zero. */
export function createTotals(): Totals {
  return {
    events: 0,
    actions: 0,
    attempts: 0,
    gaps: 0,
    outcomes: {},
    hows: {},
    sources: {},
    lost: {},
    others: {},
    threads: new Set(),
  }
}
