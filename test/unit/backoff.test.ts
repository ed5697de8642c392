import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../src/scheduling/backoff.js'

const retries = { limit: 9, backoffMs: 100, factor: 3, maxBackoffMs: 1000 }

describe('backoff', () => {
  it('grows by its factor up to its longest', () => {
    const longest = (failures: number): number => backoffMs(retries, failures, () => 1)
    expect([1, 2, 3, 4, 1000].map(longest)).toEqual([100, 300, 900, 1000, 1000])
  })

  it('lies between half of that and all of it, as chance has it', () => {
    const third = (random: number): number => backoffMs(retries, 3, () => random)
    expect([0, 0.5, 1].map(third)).toEqual([450, 675, 900])
  })

  it('is nothing where none was asked for, and asks no chance then', () => {
    const refuse = (): number => {
      throw new Error('not to be asked')
    }
    expect(backoffMs({ ...retries, backoffMs: 0 }, 1, refuse)).toBe(0)
    expect(backoffMs({ ...retries, maxBackoffMs: 0 }, 5, refuse)).toBe(0)
  })
})
