import { expect, it } from 'vitest'
import { OwnerLink } from '../../../src/cluster/host/owner-link.js'
import type { ServedLane } from '../../../src/cluster/host/served-lane.js'
import type { Link } from '../../../src/cluster/link/link.js'
import { ManualClock } from '../../support/manual-clock.js'

it('ends the lanes of an owner who is lost, and holds none that is over (D27)', () => {
  const killed: string[] = []
  const laneOf = (number: number): ServedLane =>
    ({
      number,
      pause: () => {},
      kill: (how: string) => killed.push(`${number} ${how}`),
    }) as unknown as ServedLane
  const link = { leaseMs: 1000, isFull: false, close: () => {} } as unknown as Link
  const owner = new OwnerLink({ link, clock: new ManualClock(), onMessage: () => {}, onEnd: () => {} })
  const [over, live] = [laneOf(1), laneOf(2)]
  owner.add(over)
  owner.add(live)
  owner.delete(over)
  expect(owner.size).toBe(1)
  owner.onEnd()
  expect(killed).toEqual(['2 host-lost'])
})
