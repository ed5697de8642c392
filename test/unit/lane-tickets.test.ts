import { describe, expect, it } from 'vitest'
import { ReportedClaims } from '../../src/cluster/lanes/reported-claims.js'
import type { LaneItem } from '../../src/threads/lane-owner.js'
import { LaneTickets } from '../../src/threads/lane-tickets.js'

describe('the tickets of a lane', () => {
  it("are read as nobody's once they are released, also where their slot is given out again (S9)", () => {
    const tickets = new LaneTickets<LaneItem>(new ReportedClaims())
    const [one, other]: LaneItem[] = [{ ticket: undefined }, { ticket: undefined }]
    if (one === undefined || other === undefined) throw new Error('there are two')
    const first = tickets.offer(one)
    expect(tickets.holderOf(first)).toBe(one)
    tickets.release(one)
    const second = tickets.offer(other)
    expect([second === first, tickets.holderOf(first), tickets.holderOf(second)]).toEqual([
      false,
      undefined,
      other,
    ])
  })
})
