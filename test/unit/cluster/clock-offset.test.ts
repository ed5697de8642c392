// How far the clocks of two machines are apart.

import { describe, expect, it } from 'vitest'
import { clampTimes, ClockOffset } from '../../../src/cluster/link/clock-offset.js'
import { Random } from '../../soak/random.js'

const HOUR = 3_600_000

/** Exchanges with a clock that is off and drifts, over a line of varying delays. */
function measure(skewMs: number, rate: number, rounds: number): { offset: ClockOffset; error: number } {
  const random = new Random(rounds)
  const offset = new ClockOffset()
  const other = (at: number): number => skewMs + at * rate
  let at = 0
  for (let round = 0; round < rounds; round += 1) {
    at += 1000
    const [there, held, back] = [0.5 + random.next() * 20, random.next() * 900, 0.5 + random.next() * 20]
    offset.add({
      sentAt: at,
      receivedAt: other(at + there),
      answeredAt: other(at + there + held),
      heardAt: at + there + held + back,
    })
    at += there + held + back
  }
  return { offset, error: Math.abs((offset.offsetMs as number) - (other(at) - at)) }
}

describe('the offset of a clock', () => {
  it('is unknown at first', () => {
    expect(new ClockOffset().offsetMs).toBeUndefined()
    expect(new ClockOffset().roundTripMs).toBeUndefined()
  })

  it('is exact where both ways take as long', () => {
    const offset = new ClockOffset()
    offset.add({ sentAt: 100, receivedAt: 5103, answeredAt: 5110, heardAt: 113 })
    expect(offset.offsetMs).toBe(5000)
    expect(offset.roundTripMs).toBe(6)
  })

  it.each([HOUR, -HOUR, 0.5])('is wrong by half a round trip at most: %d ms', (skewMs) => {
    const { offset, error } = measure(skewMs, 1, 30)
    expect(error).toBeLessThanOrEqual((offset.roundTripMs as number) / 2 + 1e-3)
  })

  it('follows a clock that drifts', () => {
    // 100 parts in a million, for an hour: 360 ms, were it not renewed.
    const { error } = measure(HOUR, 1.0001, 2000)
    expect(error).toBeLessThan(15)
  })

  it('is by the best of the last eight', () => {
    const offset = new ClockOffset()
    const add = (delay: number, skew: number): void =>
      offset.add({ sentAt: 0, receivedAt: skew + delay, answeredAt: skew + delay, heardAt: 2 * delay })
    add(1, 10)
    for (let round = 0; round < 7; round += 1) add(50 + round, 20)
    expect(offset.offsetMs).toBe(10)
    add(40, 30)
    expect([offset.offsetMs, offset.count]).toEqual([30, 8])
  })
})

describe('the times of an attempt elsewhere (D25)', () => {
  it.each([
    [
      { sentAt: 1, startedAt: 2, endedAt: 3, receivedAt: 4 },
      { startedAt: 2, endedAt: 3 },
    ],
    [
      { sentAt: 1, startedAt: 0, endedAt: 9, receivedAt: 4 },
      { startedAt: 1, endedAt: 4 },
    ],
    [
      { sentAt: 1, startedAt: 3, endedAt: 2, receivedAt: 4 },
      { startedAt: 3, endedAt: 3 },
    ],
    [
      { sentAt: 5, startedAt: 9, endedAt: 0, receivedAt: 7 },
      { startedAt: 7, endedAt: 7 },
    ],
  ])('have the order that they must have had', (times, clamped) => {
    expect(clampTimes(times)).toEqual(clamped)
  })
})
