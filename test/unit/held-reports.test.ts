import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ToHost } from '../../src/protocol/messages.js'
import { HeldReports } from '../../src/threads/held-reports.js'

/** Reports to a reader that may have too much unread, and what it was sent. */
function reports(isFull: boolean) {
  const sent: ToHost[] = []
  const reader = { isFull }
  return {
    held: new HeldReports(
      () => reader.isFull,
      (message) => void sent.push(message),
    ),
    sent,
    reader,
  }
}

function report(id: string, value: unknown): ToHost {
  return { type: 'childReport', ticket: 1, id, value }
}

describe('reports to a reader', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('are sent as they come, as long as it reads', () => {
    const { held, sent } = reports(false)
    held.add(1, 'a0.1', 1)
    held.add(1, 'a0.1', 2)
    expect(sent).toEqual([report('a0.1', 1), report('a0.1', 2)])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that has much unread are held, of each child the last one, until it has read on', () => {
    const { held, sent, reader } = reports(true)
    for (const value of [1, 2]) held.add(1, 'a0.1', value)
    held.add(1, 'a0.2', 3)
    vi.advanceTimersByTime(100)
    expect(sent).toEqual([])
    reader.isFull = false
    vi.advanceTimersByTime(100)
    expect(sent).toEqual([report('a0.1', 2), report('a0.2', 3)])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([0, 1])('that is gone keep no timer, though it counts as full, with %d held before', (count) => {
    const { held, sent } = reports(true)
    for (let number = 0; number < count; number += 1) held.add(1, 'a0.1', number)
    held.close()
    held.add(1, 'a0.1', 2)
    expect(vi.getTimerCount()).toBe(0)
    expect(sent).toEqual([])
  })
})
