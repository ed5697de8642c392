// The claims of a lane to another machine, as they were last told: its words are there, and so is whoever wins them.

import { ClaimState, Tickets, type AttemptTicket, type ClaimStateValue } from '../../protocol/claims.js'
import type { LaneClaims } from '../../threads/lane-line.js'

/** What is known of the claims of one lane. */
export class ReportedClaims implements LaneClaims {
  readonly #tickets = new Tickets()
  readonly #states = new Map<AttemptTicket, ClaimStateValue>()
  /** When each has left this machine; the others haven't. */
  readonly #sentAt = new Map<AttemptTicket, number>()
  /** Those that haven't begun there, and never will. */
  readonly #givenBack = new Set<AttemptTicket>()
  /** Those that were asked back. */
  readonly #askedBack = new Set<AttemptTicket>()
  /** Those whose time is up, as was told. */
  readonly #due = new Set<AttemptTicket>()

  offer(): AttemptTicket {
    const ticket = this.#tickets.next()
    this.#states.set(ticket, ClaimState.offered)
    return ticket
  }

  /** Its start is on its way, since a time. */
  sent(ticket: AttemptTicket, at: number): void {
    this.#sentAt.set(ticket, at)
  }

  /** When it has left; `undefined` where it hasn't, or isn't held any more. */
  sentAt(ticket: AttemptTicket): number | undefined {
    return this.#sentAt.get(ticket)
  }

  /** Whether it is held, and hasn't left this machine. */
  isUnsent(ticket: AttemptTicket): boolean {
    return this.#states.has(ticket) && !this.#sentAt.has(ticket)
  }

  /** What was sent counts as claimed there, unless it has been given back. */
  exchange(ticket: AttemptTicket, from: ClaimStateValue, to: ClaimStateValue): boolean {
    if (this.#states.get(ticket) !== from) return false
    const hasBegun = from === ClaimState.running || from === ClaimState.parked
    if (!hasBegun && !this.#givenBack.has(ticket) && !this.isUnsent(ticket)) return false
    this.#states.set(ticket, to)
    return true
  }

  read(ticket: AttemptTicket): ClaimStateValue | undefined {
    return this.#states.get(ticket)
  }

  release(ticket: AttemptTicket): void {
    this.#states.delete(ticket)
    this.#sentAt.delete(ticket)
    this.#givenBack.delete(ticket)
    this.#askedBack.delete(ticket)
    this.#due.delete(ticket)
    this.#tickets.free(ticket)
  }

  /** Where a ticket stands there. */
  tell(ticket: AttemptTicket, state: ClaimStateValue): void {
    const known = this.#states.get(ticket)
    if (known !== undefined && known !== ClaimState.taken) this.#states.set(ticket, state)
  }

  /** It hasn't begun there, and never will. */
  giveBack(ticket: AttemptTicket): void {
    if (this.#states.has(ticket)) this.#givenBack.add(ticket)
  }

  /** Nothing begins there any more: what wasn't told to have begun never has. */
  giveBackAll(): void {
    for (const [ticket, state] of this.#states) if (state === ClaimState.offered) this.giveBack(ticket)
  }

  /** Whether it was told that the time of its body is up. */
  isToldDue(ticket: AttemptTicket): boolean {
    return this.#due.has(ticket)
  }

  /** That is told now; `false` if it was before, or there is nobody there to be told of. */
  tellDue(ticket: AttemptTicket): boolean {
    if (this.#due.has(ticket) || !this.#sentAt.has(ticket)) return false
    this.#due.add(ticket)
    return true
  }

  /** It is asked back; `false` if it was before, or is here yet. */
  askBack(ticket: AttemptTicket): boolean {
    if (this.#askedBack.has(ticket) || this.isUnsent(ticket)) return false
    this.#askedBack.add(ticket)
    return true
  }
}
