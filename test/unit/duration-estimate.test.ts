import { describe, expect, it } from 'vitest'
import { DurationEstimate } from '../../src/scheduling/duration-estimate.js'

describe('duration estimate', () => {
  it('knows nothing before the first end, and then takes it as it is', () => {
    const estimate = new DurationEstimate()
    expect(estimate.meanMs).toBeUndefined()
    expect(estimate.isLeaf).toBe(false)
    estimate.observe(8, false)
    expect(estimate.meanMs).toBeCloseTo(8)
    expect(estimate.isLeaf).toBe(true)
  })

  it('moves a fifth of the way with each end, in proportion, and comes to where they are', () => {
    const estimate = new DurationEstimate()
    estimate.observe(10, false)
    estimate.observe(320, false)
    expect(estimate.meanMs).toBeCloseTo(20)
    for (let count = 0; count < 100; count += 1) estimate.observe(3, false)
    expect(estimate.meanMs).toBeCloseTo(3)
  })

  it('does not take one long pause among short bodies for their length', () => {
    const estimate = new DurationEstimate()
    for (let count = 0; count < 50; count += 1) estimate.observe(0.01, false)
    estimate.observe(10, false)
    expect(estimate.meanMs).toBeLessThan(0.05)
    estimate.observe(0, false)
    expect(estimate.meanMs).toBeGreaterThan(0)
  })

  it('takes a definition that has branched once for one that may always', () => {
    const estimate = new DurationEstimate()
    estimate.observe(1, true)
    estimate.observe(1, false)
    expect(estimate.isLeaf).toBe(false)
  })
})
