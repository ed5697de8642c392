// What is known of the abort of an attempt. Apart from the action itself, since most are never aborted; and one object
// for all that are aborted together before they have started, until one of them comes to differ: 100 000 are marked in
// one step.

import type { AbortReason } from '../protocol/abort-reason.js'
import type { TimeoutBound } from '../protocol/errors.js'

/** Where the abort of an attempt stands. */
export class AbortState {
  reason: AbortReason | undefined
  requestedAt: number | undefined
  deliveredAt: number | undefined
  escalations: AbortReason[] | undefined
  /** What its body was told; an abort that wins over a timeout comes too late for that (S8). */
  toldReason: AbortReason | undefined
  /** The bound that passed, if that is why it is aborting. */
  timedOut: TimeoutBound | undefined
  /** Its own grace runs: its last unshielded child has settled. */
  graceStarted = false
  /** Its grace is over: shields no longer protect its children. */
  graceOver = false
  /** Epoch milliseconds at which it, or a whole subtree with it, is stopped by force. */
  forceAt: number = Infinity
  forcing = false
  /** It stands for several actions: whoever changes one takes a copy. */
  isShared = false

  constructor(reason?: AbortReason, requestedAt?: number) {
    this.reason = reason
    this.requestedAt = requestedAt
  }
}

/** That of an attempt that isn't aborted. */
export const NOT_ABORTED: Readonly<AbortState> = Object.freeze(new AbortState())
