// The types of an action's XState actor: its snapshot and its events.

import type { ActorRef, Snapshot } from 'xstate'
import type { CancelOptions } from './options.js'
import type { AbortReason } from './protocol/errors/abort-reason.js'
import type { EventObject } from './protocol/event-object.js'
import type { Outcome, Phase } from './protocol/outcome.js'

/**
 * What an action's actor shows. XState's `status` follows the phase: `stopped` is aborted, `error` failed or timed out. Of an
 * actor that somebody has stopped, the last one says `stopped` while the action is still `aborting`.
 */
export type ActionSnapshot = Snapshot<unknown> & {
  readonly phase: Phase
  /** From 1; 0 while the first one has not started. */
  readonly attempt: number
  /** What it reported last. */
  readonly report: unknown
  /** Once it is being aborted. */
  readonly reason: AbortReason | undefined
  /** The actors of its live children, by id: as of now, not of when the snapshot was made. */
  readonly children: Readonly<Record<string, ActionActorRef>>
}

/** Cancels an action with what is under it, by its actor: as `run.cancel(reason, { graceMs, force })` does a run. */
export interface ActionCancelEvent extends CancelOptions {
  readonly type: 'heddle.cancel'
  readonly reason?: unknown
}

/** What inspectors see that an action's actor is told by the runtime. Sent by anybody else, it changes nothing. */
export type ActionActorNews =
  | {
      readonly type: 'heddle.phase'
      readonly phase: Phase
      readonly attempt: number
      readonly reason: AbortReason | undefined
    }
  | { readonly type: 'heddle.report'; readonly value: unknown }
  | { readonly type: 'heddle.emit'; readonly event: EventObject }
  | { readonly type: 'heddle.settled'; readonly outcome: Outcome<unknown> }
  /** XState's own: it has ended by an abort. */
  | { readonly type: 'xstate.stop'; readonly outcome: Outcome<unknown> }

/**
 * What an action's actor takes: a message for the mailbox, as `run.send` does; `heddle.cancel`; and XState's `xstate.stop`,
 * which cancels it, too. No other type that begins with `heddle.` or `xstate.` reaches the mailbox.
 */
export type ActionActorEvent =
  | ActionCancelEvent
  | { readonly type: 'xstate.stop' }
  | EventObject
  | { readonly type: string; readonly [key: string]: unknown }

/**
 * An action's actor: `runtime.run(…).actor`, and those of its children. To stop it cancels its action. XState lets nobody call
 * `stop` on the actor of a child: send that `heddle.cancel`, or `xstate.stop`.
 */
export type ActionActorRef = ActorRef<ActionSnapshot, ActionActorEvent> & { stop(): unknown }
