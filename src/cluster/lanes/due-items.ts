// Bodies on a lent thread whose time is up: what is to be done with one of them is decided on its machine (D15).

import type { AttemptTicket } from '../../protocol/claims.js'
import type { ForceDecision } from '../../protocol/far-messages.js'
import { decideForce } from '../../threads/force.js'
import type { Lane } from '../../threads/lane.js'
import type { FarItem } from './far-item.js'

/** What comes of it. */
export interface DecidedThere {
  readonly takeBackUnstarted: () => void
  readonly perform: (decision: ForceDecision, item: FarItem) => void
}

/** Decides about one; `due`: others whose time is up, too, that were not told of before. */
export function decideThere(
  lane: Lane<FarItem>,
  items: ReadonlyMap<AttemptTicket, FarItem>,
  { ticket, due }: { readonly ticket: AttemptTicket; readonly due: readonly AttemptTicket[] },
  { takeBackUnstarted, perform }: DecidedThere,
): void {
  // A body that has ended meanwhile isn't late.
  lane.drain()
  for (const other of [...due, ticket]) {
    const item = items.get(other)
    if (item !== undefined) item.isDue = true
  }
  const item = items.get(ticket)
  if (item === undefined) return
  decideForce(lane, item, {
    isThere: () => item.ticket === ticket,
    isDue: (other) => other.isDue,
    takeBackUnstarted,
    decided: (decision) => perform(decision, item),
  })
}
