// The place of one lane on its machine, by timers that the test fires (D10, D19).

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { farItem } from '../../../src/cluster/lanes/far-item.js'
import { HeldPlace } from '../../../src/cluster/lanes/held-place.js'

function placeOf(takesOne = false) {
  let changes = 0
  const place = new HeldPlace({ takesOne, isEnding: () => false, onChange: () => (changes += 1) })
  const [parent, child] = [farItem(1, 'a0'), farItem(2, 'a0.1')]
  place.add(parent)
  return { place, parent, child, changes: () => changes }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the place of a lane', () => {
  it('may be lent when all has been parked for a while, and no longer when something computes again', () => {
    const { place, parent, child, changes } = placeOf()
    place.parked(parent)
    vi.advanceTimersByTime(99)
    expect([place.isHeld, place.isLendable]).toEqual([true, false])
    vi.advanceTimersByTime(1)
    expect([place.isHeld, place.isLendable, changes()]).toEqual([true, true, 1])
    place.add(child)
    expect([place.isLendable, changes()]).toEqual([false, 2])
  })

  it('is not lent between the end of one child and the next', () => {
    const { place, parent, child } = placeOf()
    place.parked(parent)
    for (let times = 0; times < 5; times += 1) {
      place.add(child)
      vi.advanceTimersByTime(200)
      place.delete(child)
      vi.advanceTimersByTime(90)
    }
    expect(place.isLendable).toBe(false)
  })

  it('is free at once while all is parked, where nothing new comes', () => {
    for (const { place, parent } of [placeOf(true), placeOf()]) {
      place.parked(parent)
      place.leaves()
      expect([place.isHeld, place.isLendable]).toEqual([false, false])
      place.resumed(parent)
      expect(place.isHeld).toBe(true)
    }
  })

  it('leaves no timer behind', () => {
    const { place, parent } = placeOf()
    place.parked(parent)
    place.end()
    expect(vi.getTimerCount()).toBe(0)
  })
})
