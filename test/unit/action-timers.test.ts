// The timers of an action: what its thread has sent is read before one of them counts.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ActionTimers } from '../../src/runtime/tree/action-timers.js'
import { AlarmClock } from '../../src/runtime/tree/alarm-clock.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function timersOf(readLane: (timers: ActionTimers) => void): ActionTimers {
  const timers: ActionTimers = new ActionTimers(new AlarmClock(Date.now), () => readLane(timers))
  return timers
}

describe('the timers of an action', () => {
  it('call back once what its thread has sent has been read (S4)', () => {
    const seen: string[] = []
    const timers = timersOf(() => seen.push('read'))
    timers.set('runMs', 100, () => seen.push('due'))
    vi.advanceTimersByTime(99)
    expect(seen).toEqual([])
    vi.advanceTimersByTime(2)
    expect(seen).toEqual(['read', 'due'])
    vi.advanceTimersByTime(1000)
    expect(seen).toEqual(['read', 'due'])
  })

  it.each(['clear', 'clearAll'] as const)('count no more where that ends them by %s', (how) => {
    const due = vi.fn<() => void>()
    const timers = timersOf((all) => {
      if (how === 'clear') all.clear('runMs')
      else all.clearAll()
    })
    timers.set('runMs', 100, due)
    vi.advanceTimersByTime(1000)
    expect(due).not.toHaveBeenCalled()
  })

  it('are those of the next attempt where that has begun one', () => {
    const seen: string[] = []
    let reads = 0
    const timers = timersOf((all) => {
      reads += 1
      if (reads === 1) all.set('runMs', 100, () => seen.push('the second'))
    })
    timers.set('runMs', 100, () => seen.push('the first'))
    vi.advanceTimersByTime(150)
    expect(seen).toEqual([])
    vi.advanceTimersByTime(100)
    expect(seen).toEqual(['the second'])
  })
})
