// The abort of an attempt, as far as it is known. Apart from the rest of its life, since most are never aborted.

import type { AbortReason } from '../src/protocol/errors/abort-reason.js'
import type { TimeoutBound } from '../src/protocol/errors/errors.js'

/** Where the abort of an attempt stands. */
export class AbortState {
  reason: AbortReason
  readonly requestedAt: number
  deliveredAt: number | undefined
  escalations: AbortReason[] | undefined
  /** What its body was told; an abort that wins over a timeout comes too late for that (S8). */
  toldReason: AbortReason | undefined
  /** The bound that passed, if that is why it is aborting. */
  timedOut: TimeoutBound | undefined
  /** The deadline of the request that aborted it, or one above it, in epoch milliseconds; `undefined` if that had none. */
  deadline: number | undefined
  /** When its own grace ends, in epoch milliseconds; `Infinity` until its last unshielded child has settled. */
  graceEndsAt: number = Infinity

  constructor(reason: AbortReason, requestedAt: number) {
    this.reason = reason
    this.requestedAt = requestedAt
  }

  /** When it is stopped by force: a request's deadline counts instead of its own grace, be it earlier or later (S5). */
  get forceAt(): number {
    return this.deadline ?? this.graceEndsAt
  }

  /** It is aborted by a bound of its attempt only: an abort still wins over that (S8). */
  get isAttemptTimeout(): boolean {
    return this.timedOut === 'runMs' || this.timedOut === 'queuedMs'
  }

  /** Binds to a request's deadline: instead of the own grace, and of a later deadline, but not of an earlier one (S5). */
  bind(deadline: number | undefined): void {
    if (deadline === undefined) return
    if (this.deadline === undefined || deadline < this.deadline) this.deadline = deadline
  }

  /** The same abort, for one of those that share it. */
  copy(): AbortState {
    return Object.assign(new AbortState(this.reason, this.requestedAt), this)
  }

  /** The same with one more on record, for those of them that haven't settled. */
  escalated(reason: AbortReason): AbortState {
    const after = this.copy()
    after.escalate(reason)
    return after
  }

  /** One more abort has come: it wins over the timeout of an attempt (S8), and otherwise is only put on record. */
  escalate(reason: AbortReason): void {
    if (this.isAttemptTimeout) {
      this.timedOut = undefined
      this.reason = reason
    } else {
      this.escalations = [...(this.escalations ?? []), reason]
    }
  }
}

/** What is known of an abort, if there is one. */
export type KnownAbort = Readonly<Pick<AbortState, 'forceAt'>> & Readonly<Partial<AbortState>>

/** Of an attempt that isn't aborted. */
export const NOT_ABORTED: KnownAbort = Object.freeze({ forceAt: Infinity })
