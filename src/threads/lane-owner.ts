// The interfaces of those that a lane belongs to: what it knows of their actions, what it asks, and what it tells.

import type { LaneLoss } from '../../actors/thread-events.js'
import type { AttemptTicket } from '../protocol/claims.js'
import type { EndsThreadMessage, StartMessage } from '../protocol/messages.js'
import type { FromHost } from './lane-line.js'

/** What a lane needs to know of an action. */
export interface LaneItem {
  ticket: AttemptTicket | undefined
}

/** A definition, as a lane names it. */
export interface LaneDefinition {
  readonly number: number
  readonly url: string
  readonly name: string
}

/** The fields of a start that most have no need of. */
export type OptionalStartFields = Omit<
  StartMessage,
  'type' | 'ticket' | 'definition' | 'run' | 'id' | 'input'
>

/** Who a lane belongs to, and hears what happens to it. */
export interface LaneOwner<Lane, Item> {
  /** How long a lane rests before it may be closed, in milliseconds. */
  readonly restMs: number
  /** Whether a lane that has rested for so long may be closed, and its thread ended; else it goes on resting. */
  mayEnd(): boolean
  /** Its host has said hello. */
  cameUp(lane: Lane, thread: number): void
  /** Its host says who is ending its thread: `item`, or what the message names. */
  endsThread(lane: Lane, message: EndsThreadMessage, item: Item | undefined): void
  /** An array of messages has been handled. `until`: how long the turn of the loop may take that has come for it. */
  receivedAll(until: number | undefined): void
  /** An item couldn't be sent. */
  notSent(item: Item, error: unknown): void
  /** A shared thread, on which something isn't parked, has been silent for long; and, later, answers again. */
  fellSilent(lane: Lane): void
  answersAgain(lane: Lane): void
  /** Nothing new may come onto it any more; or, on another machine, not for now, or again. */
  intakeChanged(lane: Lane): void
  /** The thread was killed, and still hasn't exited: it is in a native call. */
  exitIsLate(lane: Lane): void
  /**
   * The lane is closed, or its thread has exited: its port has been drained. `endsThread`: it had rested for long, and its
   * thread isn't needed any more.
   */
  gone(lane: Lane, loss: LaneLoss | undefined, endsThread: boolean): void
}

/** Takes in what bodies tell. */
export interface LaneReceiver<Lane, Item> {
  /** A message from a body, or of its host's own. Those of tickets that are no longer held have been left out. */
  received(lane: Lane, message: FromHost, item: Item | undefined): void
}
