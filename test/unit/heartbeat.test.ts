// Whether a shared thread answers, by bodies and answers that the test holds.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Heartbeat } from '../../src/threads/heartbeat.js'

/** How long a thread that doesn't answer is waited for, in milliseconds. */
const PING_MS = 250

/** A thread that answers, and one body that lives there. */
function heartOf() {
  const heart = { body: 'running' as 'running' | 'parked' | 'ended', answers: true, asked: 0 }
  const told: string[] = []
  let silent = false
  const heartbeat = new Heartbeat({
    isInUse: () => heart.body !== 'ended',
    isBusy: () => heart.body === 'running',
    async ping() {
      heart.asked += 1
      const { answers } = heart
      if (!answers) await new Promise((resolve) => setTimeout(resolve, PING_MS))
      return answers
    },
    isSilent: () => silent,
    fellSilent() {
      silent = true
      told.push('silent')
    },
    answersAgain() {
      silent = false
      told.push('answers')
    },
  })
  heartbeat.start()
  return { heart, told, heartbeat }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a shared thread', () => {
  it('is told of when what was parked goes on and computes for long (S6)', async () => {
    const { heart, told, heartbeat } = heartOf()
    heart.body = 'parked'
    await vi.advanceTimersByTimeAsync(10_000)
    expect(heartbeat.silentMs).toBe(0)
    Object.assign(heart, { body: 'running', answers: false })
    await vi.advanceTimersByTimeAsync(1500)
    expect(told).toEqual(['silent'])
    Object.assign(heart, { body: 'parked', answers: true })
    await vi.advanceTimersByTimeAsync(500)
    expect(told).toEqual(['silent', 'answers'])
    expect(heartbeat.silentMs).toBe(0)
    heartbeat.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is silent since it last did not answer, and not since it once did not (S6)', async () => {
    const { heart, told, heartbeat } = heartOf()
    heart.answers = false
    await vi.advanceTimersByTimeAsync(300)
    Object.assign(heart, { body: 'parked', answers: true })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(heartbeat.silentMs).toBe(0)
    Object.assign(heart, { body: 'running', answers: false })
    await vi.advanceTimersByTimeAsync(600)
    expect(told).toEqual([])
    heartbeat.stop()
  })

  it('is told of by nobody where all that lives there is parked (S6)', async () => {
    const { heart, told, heartbeat } = heartOf()
    Object.assign(heart, { body: 'parked', answers: false })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told).toEqual([])
    heartbeat.stop()
  })

  it('is not asked when nothing lives there (I13)', async () => {
    const { heart, heartbeat } = heartOf()
    heart.answers = false
    await vi.advanceTimersByTimeAsync(300)
    heart.body = 'ended'
    await vi.advanceTimersByTimeAsync(1000)
    expect(heartbeat.silentMs).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
    const { asked } = heart
    heart.body = 'running'
    heartbeat.start()
    await vi.advanceTimersByTimeAsync(300)
    expect(heart.asked).toBe(asked + 1)
    heartbeat.stop()
  })
})
