// The claim words of a lane on the machine of its thread, for tickets that were given out on another: so each message names a body
// alike on all its way.

import { NO_TICKET, OfferedClaims, type AttemptTicket } from '../../protocol/claims.js'
import type { LaneClaims } from '../../threads/lane-line.js'

/** The words of one lane. */
export class GivenClaims extends OfferedClaims implements LaneClaims {
  #given: AttemptTicket = NO_TICKET

  /** The ticket of what is offered next. */
  give(ticket: AttemptTicket): void {
    this.#given = ticket
  }

  offer(): AttemptTicket {
    const ticket = this.#given
    this.put(ticket)
    return ticket
  }

  /** The other machine gives it out again. */
  release(): void {}
}
