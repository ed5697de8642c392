import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerBound } from '../../src/collections/lower-bound.js'

describe('lowerBound', () => {
  it('finds what a look at each one finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 })),
        fc.integer({ min: -1, max: 21 }),
        (numbers, wanted) => {
          const sorted = numbers.toSorted((a, b) => a - b)
          const found = sorted.findIndex((number) => number >= wanted)
          expect(lowerBound(sorted.length, (at) => sorted[at]! < wanted)).toBe(
            found === -1 ? sorted.length : found,
          )
        },
      ),
    )
  })
})
