// Who holds which ticket of a lane, and what the claim words of those say.

import { ClaimState, slotOf, type AttemptTicket, type ClaimStateValue } from '../protocol/claims.js'
import type { LaneClaims } from './lane-line.js'
import type { LaneItem } from './lane-owner.js'

/** The tickets of one lane. */
export class LaneTickets<T extends LaneItem> {
  readonly #claims: LaneClaims
  /** By slot. */
  readonly #items = new Map<number, T>()

  constructor(claims: LaneClaims) {
    this.#claims = claims
  }

  get size(): number {
    return this.#items.size
  }

  /** Those that hold one. */
  items(): IterableIterator<T> {
    return this.#items.values()
  }

  /** Who holds a ticket, if it is still held. */
  holderOf(ticket: AttemptTicket): T | undefined {
    const item = this.#items.get(slotOf(ticket))
    return item?.ticket === ticket ? item : undefined
  }

  /** Gives an item a ticket. */
  offer(item: T): AttemptTicket {
    const ticket = this.#claims.offer()
    item.ticket = ticket
    this.#items.set(slotOf(ticket), item)
    return ticket
  }

  /** The tickets that items hold; with a state, of those only whose claim words say that. */
  of(items: Iterable<T>, state?: ClaimStateValue): AttemptTicket[] {
    const tickets: AttemptTicket[] = []
    for (const item of items) {
      const { ticket } = item
      if (ticket !== undefined && (state === undefined || this.#claims.read(ticket) === state))
        tickets.push(ticket)
    }
    return tickets
  }

  /** Those of all items for which that is so. */
  where(isMeant: (item: T) => boolean): AttemptTicket[] {
    return this.of([...this.items()].filter(isMeant))
  }

  /** What the claim word of an item says. */
  claimOf({ ticket }: T): ClaimStateValue | undefined {
    return ticket === undefined ? undefined : this.#claims.read(ticket)
  }

  /** Takes an item's attempt away from its host, if its claim word says `from`; the item still holds its ticket. */
  take({ ticket }: T, from: ClaimStateValue): boolean {
    return ticket !== undefined && this.#claims.exchange(ticket, from, ClaimState.taken)
  }

  /** An item's attempt is over: its slot is free. */
  release(item: T): void {
    const ticket = this.forget(item)
    if (ticket !== undefined) this.#claims.release(ticket)
  }

  /** An item was given up: its slot isn't given out again, since the code may run on, and its messages carry the ticket. */
  forget(item: T): AttemptTicket | undefined {
    const { ticket } = item
    if (ticket === undefined) return undefined
    this.#items.delete(slotOf(ticket))
    item.ticket = undefined
    return ticket
  }
}
