// A host's link to the runtime: by a port, or in the app's own thread by calls. It knows no difference.

import type { AttemptTicket } from '../../src/protocol/claims.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import type { Outbox } from './outbox.js'
import type { FromRuntime } from './take-unreadable.js'

/** A host's end of its link. */
export interface HostLink {
  readonly outbox: Outbox
  /**
   * Looks for aborts that have arrived while a body computes. Only has them noted: it is called in the middle of user code, so
   * everything else is kept, in order, for the loop.
   */
  poll(): void
}

/** A host, as its link sees it. */
export interface LinkedHost {
  /** A turn of the loop begins. */
  beginTurn(): void
  handle(message: FromRuntime): void
  /** All that has come is handled. */
  endTurn(): void
  /** Takes in of a message what a poll should see at once. It is handled later, too. */
  note(message: FromRuntime): void
  /** Gives what to post in place of a message that can't be cloned, if anything. */
  insteadOf(message: ToRuntime, error: unknown): ToRuntime | undefined
  /** Whether a body closes over the app's objects anyhow, as that of a `scope` does: what it gives needn't be copied for it. */
  isLocal(ticket: AttemptTicket): boolean
}

/** A host in the app's own thread, whose handles ask the runtime for their phases. */
export interface LocalHost extends LinkedHost {
  /** Whether somebody is told of a child's phases as they change. */
  isObserved(ticket: AttemptTicket, id: string): boolean
}

/** Links a host that is being made. */
export type LinkHost = (host: LocalHost) => HostLink
