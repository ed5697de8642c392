// When threads are started that nobody has asked for, and when it is given up to start any, with lanes that come up as the test says.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LocalBodies } from '../../src/local-bodies.js'
import { LaneOpenings } from '../../src/runtime/dispatch/lane-openings.js'
import type { Action } from '../../src/runtime/tree/action.js'
import type { Lane } from '../../src/threads/lane.js'

const OF_THREAD = { canBeKilled: true } as Lane<Action>
const OF_APP = { canBeKilled: false } as Lane<Action>

function openingsOf() {
  const failed: unknown[] = []
  const openings = new LaneOpenings(
    { threads: 2, minThreads: 3, idleTimeoutMs: Infinity, pool: {}, epochOffset: 0 },
    {
      epochOffset: 0,
      localBodies: new LocalBodies(),
      commands: { load: () => undefined },
      phaseOf: () => undefined,
    },
    {
      lanes: () => [],
      create: () => expect.unreachable(),
      addLane: () => {},
      cannotStart: (error) => failed.push(error),
      schedule: () => {},
    },
  )
  const kept = vi.spyOn(openings.threads, 'keepMinimum')
  return { openings, kept, failed }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the lane of the app’s own thread, when it comes up', () => {
  it('takes nothing away from the threads that are always kept', () => {
    const { openings, kept } = openingsOf()
    openings.cameUp(OF_APP)
    openings.keepMinimum()
    expect(kept).not.toHaveBeenCalled()
    openings.cameUp(OF_THREAD)
    openings.keepMinimum()
    openings.cameUp(OF_APP)
    openings.keepMinimum()
    expect(kept).toHaveBeenCalledTimes(2)
  })

  it('does not say that threads can be started that fail to', () => {
    const { openings, failed } = openingsOf()
    for (let times = 0; times < 10; times += 1) {
      openings.startFailed(new Error('no'))
      openings.cameUp(OF_APP)
    }
    expect(failed).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
