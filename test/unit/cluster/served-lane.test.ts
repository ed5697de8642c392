// One lane that a host offers, by timers that the test fires.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ServedLane } from '../../../src/cluster/host/served-lane.js'
import type { Served } from '../../../src/cluster/host/served.js'
import type { FromLane } from '../../../src/cluster/lane-messages.js'

/** A lane that was offered for a second, and what has come of it. */
function offered() {
  const done: string[] = []
  const thread = {
    place: { isHeld: true, isLendable: false },
    retire: () => void done.push('retired'),
    abortAll: () => void done.push('aborted'),
    kill: () => void done.push('killed'),
  }
  const lane = new ServedLane({
    number: 1,
    destination: 'there',
    turn: 1,
    owner: { link: { peer: 'owner', clockOffsetMs: undefined }, send: () => {} },
    name: 'host',
    served: {} as Served,
    maxValueBytes: Infinity,
    encode: (_lane, { type }: FromLane) => {
      done.push(type)
      return []
    },
    serve: (wire) => {
      wire.listen({
        handle: () => {},
        endTurn: () => {},
        pause: (isPaused) => void done.push(isPaused ? 'paused' : 'goes on'),
        lost: () => {},
      })
      return thread
    },
    onGone: () => done.push('gone'),
  })
  lane.offer(1000)
  return { lane, done }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a thread that is offered', () => {
  it('is kept for an owner for so long, and then for others (D19)', () => {
    const { lane, done } = offered()
    vi.advanceTimersByTime(999)
    expect([lane.state, ...done]).toEqual(['offered', 'offer'])
    vi.advanceTimersByTime(1)
    expect([lane.state, ...done]).toEqual(['gone', 'offer', 'gone'])
    // An answer that comes too late changes nothing.
    lane.receive({ type: 'take', epochMs: 0, turn: 1 })
    expect(lane.state).toBe('gone')
  })

  it('is not taken away from an owner who has taken it (D19)', () => {
    const { lane, done } = offered()
    lane.receive({ type: 'take', epochMs: 0, turn: 1 })
    vi.advanceTimersByTime(10_000)
    expect([lane.state, ...done]).toEqual(['served', 'offer'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has the turn of its request, until its owner says another one (D18)', () => {
    const { lane } = offered()
    lane.receive({ type: 'take', epochMs: 0, turn: 4 })
    expect(lane.turn).toBe(4)
    lane.receive({ type: 'turn', turn: 2 })
    expect(lane.turn).toBe(2)
  })

  it('is paused from its start where too much was on the way to its owner already when it was offered (D24)', () => {
    const { lane, done } = offered()
    lane.pause(true)
    lane.receive({ type: 'take', epochMs: 0, turn: 1 })
    lane.pause(false)
    expect(done).toEqual(['offer', 'paused', 'goes on'])
  })

  it('is offered no more to an owner who is silent (D26)', () => {
    const { lane, done } = offered()
    lane.abortAll('host-lost', 'silent')
    expect([lane.state, ...done]).toEqual(['gone', 'offer', 'gone'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
