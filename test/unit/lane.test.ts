import { describe, expect, it, vi } from 'vitest'
import type { FarControl, LaneIncoming, LaneOutgoing, LinedLane } from '../../src/threads/lane-line.js'
import type { LaneOwner, LaneReceiver } from '../../src/threads/lane-owner.js'
import { Lane } from '../../src/threads/lane.js'
import { ReportedClaims } from '../../src/cluster/lanes/reported-claims.js'
import type { LaneItem } from '../../src/threads/lane-owner.js'

/** A lane to another machine, and what its line tells it by. `isPaused`: nothing new is to go there when the line is opened. */
function farLane(isPaused: boolean) {
  const intakeChanged = vi.fn()
  let line: LinedLane | undefined
  const lane = new Lane<LaneItem>(
    'cpu',
    { restMs: 1000, mayEnd: () => true, intakeChanged } as unknown as LaneOwner<Lane<LaneItem>, LaneItem>,
    {} as LaneReceiver<Lane<LaneItem>, LaneItem>,
    (lined) => {
      line = lined
      if (isPaused) lined.pause(true)
      return {
        claims: new ReportedClaims(),
        incoming: {} as LaneIncoming,
        outgoing: {} as LaneOutgoing,
        service: { ended: new Promise(() => {}), hold: () => true },
        far: { isPaused, restMs: 1000 } as FarControl,
        osThread: () => 0,
      }
    },
  )
  return { lane, line: line as LinedLane, intakeChanged }
}

describe('a lane to another machine', () => {
  it('takes nothing new while its line is paused, also where that was when it was opened', () => {
    const { lane, line } = farLane(true)
    expect(lane.load.accepting).toBe(false)
    line.pause(false)
    expect(lane.load.accepting).toBe(true)
  })

  it('tells its owner each time, and takes nothing any more once it retires', () => {
    const { lane, line, intakeChanged } = farLane(false)
    expect(lane.load.accepting).toBe(true)
    line.pause(true)
    line.pause(false)
    expect(intakeChanged).toHaveBeenCalledTimes(2)
    lane.life.retire()
    line.pause(true)
    line.pause(false)
    expect(lane.load.accepting).toBe(false)
  })
})
