// A body on a thread that is lent, as its machine knows it, and how the loss of that thread is told.

import type { LaneLoss } from '../../../actors/thread-events.js'
import type { AttemptTicket } from '../../protocol/claims.js'
import { encodeError } from '../../protocol/errors/encode-error.js'
import type { FarLoss, FromFarHost } from '../../protocol/far-messages.js'
import type { HostLoss } from '../../protocol/host-name.js'
import type { LaneItem } from '../../threads/lane-owner.js'

/** A body that was sent here. */
export interface FarItem extends LaneItem {
  /** What its runtime calls it by; the same number, also when it isn't on its lane any more. */
  readonly given: AttemptTicket
  readonly id: string
  /** Who has aborted it, if anybody: its runtime, or before that this machine by itself. */
  abortedBy: 'nobody' | 'machine' | 'runtime'
  /** Its time is up: it is to be stopped by force. */
  isDue: boolean
}

/** One that has just come. */
export function farItem(given: AttemptTicket, id: string): FarItem {
  return { ticket: undefined, given, id, abortedBy: 'nobody', isDue: false }
}

/** The end of one that has never begun. */
export function unbegunEnd({ given }: FarItem, at: number, error: Error | undefined): FromFarHost {
  const why = error && { error: encodeError(error) }
  return { type: 'ended', ticket: given, startedAt: at, endedAt: at, ok: false, began: false, ...why }
}

/** How a thread was lost, as its runtime is told. `how`: this machine has ended it by itself. */
export function farLossOf(loss: LaneLoss, how: HostLoss | undefined): FarLoss {
  const { killed, whileStarting, exitCode, error } = loss
  return {
    killed,
    whileStarting,
    ...(exitCode !== undefined && { exitCode }),
    ...(error !== undefined && { error: encodeError(error) }),
    ...(how !== undefined && { how }),
  }
}
