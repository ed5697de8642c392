// What the event log has told of an action so far, and whom a broken rule is told.

import type { AbortReason, PhaseEvent } from '../../src/index.js'
import type { Plan } from './plan.js'

/** What is known of an action. */
export interface Known {
  readonly run: string
  readonly id: string
  readonly name: string
  readonly parent: string | undefined
  readonly spawner: string | undefined
  phase: PhaseEvent['phase']
  attempt: number
  entered: number
  starts: number
  reason: AbortReason | undefined
  isRetrying: boolean
  retries: number
  end: PhaseEvent | undefined
  plan: Plan | undefined
  /** When its last child settled, and when its abort was delivered. */
  lastChildAt: number
  abortingAt: number | undefined
  /** The phase from which it went to `aborting`. */
  abortedFrom: string | undefined
  isUnheard: boolean
  thread: number | undefined
  highestChild: number
  /** Its thread was killed in a native call. */
  wasExitLate: boolean
  /** Those that it has: most have none. */
  children: Set<Known> | undefined
}

/** Who is told. */
export interface Told {
  readonly broken: (rule: string, what: string, about?: Known) => void
  readonly cover: (rule: string) => void
}
