import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { paced } from '../../../src/console/model/frames.js'

/** What calls have taken, in milliseconds: no timer runs meanwhile. */
let spentMs = 0

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  spentMs = 0
  vi.stubGlobal('document', { visibilityState: 'visible' })
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => setTimeout(callback, 16))
  vi.stubGlobal('cancelAnimationFrame', clearTimeout)
  vi.stubGlobal('performance', { now: () => Date.now() + spentMs })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('calls back at the pace that was asked for where a call is quick', () => {
  let calls = 0
  const stop = paced(() => (calls += 1), 1000)
  // A frame passes after each.
  vi.advanceTimersByTime(10_500)
  expect(calls).toBe(10)
  stop()
  vi.advanceTimersByTime(10_000)
  expect(calls).toBe(10)
})

it('leaves six times as long as a call takes for everything else', () => {
  const begunAt: number[] = []
  const stop = paced(() => {
    begunAt.push(Date.now())
    spentMs += 1000
  }, 300)
  vi.advanceTimersByTime(30_000)
  stop()
  const pauses = begunAt.slice(1).map((moment, index) => moment - begunAt[index]!)
  expect(pauses).toHaveLength(4)
  for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(6000)
})
