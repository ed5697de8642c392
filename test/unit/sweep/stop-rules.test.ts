import { describe, expect, it } from 'vitest'
import { budget, plateau, target, timeLimit, type SweepState } from 'heddle/sweep'

const nothingYet: SweepState = {
  direction: 'maximize',
  best: undefined,
  bestCompleted: undefined,
  ended: 0,
  steps: 0,
  threadMs: 0,
  elapsedMs: 0,
}

describe('stop rule target', () => {
  it('holds when the metric is as good or better, in either direction', () => {
    const at = (value: number, direction: SweepState['direction']): string | undefined =>
      target(0.5)
        .start()
        .check({ ...nothingYet, direction, best: { value, trial: 3 } })
    expect(at(0.5, 'maximize')).toBe('trial 3 reached 0.5')
    expect(at(0.4, 'maximize')).toBeUndefined()
    expect(at(0.5, 'minimize')).toBe('trial 3 reached 0.5')
    expect(at(0.6, 'minimize')).toBeUndefined()
    expect(target(0.5).start().check(nothingYet)).toBeUndefined()
  })

  it('waits for the end of a trial when told to', () => {
    const rule = target(0.5, { when: 'completed' }).start()
    const best = { value: 0.9, trial: 1 }
    expect(rule.check({ ...nothingYet, best })).toBeUndefined()
    expect(rule.check({ ...nothingYet, best, bestCompleted: best })).toBe('trial 1 reached 0.9')
  })
})

describe('stop rule plateau', () => {
  it('holds once so many trials have ended without a better best', () => {
    const rule = plateau({ trials: 3, minDelta: 0.1 }).start()
    const check = (value: number, ended: number): string | undefined =>
      rule.check({ ...nothingYet, best: { value, trial: 1 }, ended })
    expect([check(0.5, 1), check(0.5, 3), check(0.55, 3), check(0.7, 3), check(0.75, 5)]).toEqual(Array(5))
    expect(check(0.75, 6)).toBe('nothing better than 0.75 in the last 3 trials')
  })

  it('says nothing while no trial has a value', () => {
    expect(
      plateau({ trials: 1 })
        .start()
        .check({ ...nothingYet, ended: 9 }),
    ).toBeUndefined()
  })
})

describe('stop rules of cost', () => {
  it('hold when the time is up, and say when to look again', () => {
    const rule = timeLimit(500).start()
    expect(rule.dueMs).toBe(500)
    expect(rule.check({ ...nothingYet, elapsedMs: 499 })).toBeUndefined()
    expect(rule.check({ ...nothingYet, elapsedMs: 500 })).toBe('500 ms have passed')
  })

  it('hold when epochs or thread-seconds are used up', () => {
    const rule = budget({ epochs: 10, threadSeconds: 2 }).start()
    expect(rule.check({ ...nothingYet, steps: 9, threadMs: 1999 })).toBeUndefined()
    expect(rule.check({ ...nothingYet, steps: 10 })).toBe('10 of 10 epochs are used up')
    expect(rule.check({ ...nothingYet, threadMs: 2000 })).toBe('2 of 2 thread-seconds are used up')
  })

  it.each([
    ['target', () => target(NaN)],
    ['target', () => target(1, { when: 'soon' as never })],
    ['plateau', () => plateau({ trials: 0 })],
    ['plateau', () => plateau({ minDelta: -1 })],
    ['timeLimit', () => timeLimit(-1)],
    ['budget', () => budget({})],
    ['budget', () => budget({ epochs: NaN })],
  ])('refuse wrong options: %s', (name, make) => {
    expect(make).toThrow(name)
  })
})
