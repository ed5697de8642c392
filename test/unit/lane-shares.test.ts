import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shareLanes } from '../../src/runtime/dispatch/lane-shares.js'

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

it('gives each destination what it wants, where there is enough', () => {
  const claims = [
    { used: 3, demand: 1 },
    { used: 0, demand: 5 },
  ]
  expect(shareLanes(claims, 9)).toEqual([4, 5])
})

it('lets a small claim through beside a large one', () => {
  const claims = [
    { used: 64, demand: 1000 },
    { used: 0, demand: 2 },
  ]
  expect(shareLanes(claims, 64)).toEqual([62, 2])
})

it('shares equally, and never more than there may be', () => {
  const claim = fc.record({ used: fc.nat(50), demand: fc.nat(50) })
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 6 }), fc.nat(100), (claims, most) => {
      const shares = shareLanes(claims, most)
      expect(sum(shares)).toBeLessThanOrEqual(most)
      const wants = claims.map(({ used, demand }) => used + demand)
      for (const [index, share] of shares.entries()) {
        expect(share).toBeLessThanOrEqual(wants[index] as number)
        // Who lacks something has no less than anybody else, but for what can't be divided.
        if (share < (wants[index] as number)) expect(share).toBeGreaterThanOrEqual(Math.max(...shares) - 1)
      }
      if (sum(wants) <= most) expect(shares).toEqual(wants)
    }),
  )
})

it('asks for one where nobody is, if there are not enough for all', () => {
  const claims = [
    { used: 0, demand: 40 },
    { used: 2, demand: 70 },
  ]
  const isUnserved = (index: number): boolean => index === 0
  expect(shareLanes(claims, 64, isUnserved)).toEqual([1, 63])
  expect(shareLanes(claims, 64)).toEqual([32, 32])
  // Nobody who is served goes without for that.
  expect(
    shareLanes(
      [
        { used: 0, demand: 3 },
        { used: 1, demand: 1 },
      ],
      1,
      isUnserved,
    ),
  ).toEqual([0, 1])
  const three = [
    { used: 0, demand: 1 },
    { used: 0, demand: 1 },
    { used: 2, demand: 4 },
  ]
  expect(shareLanes(three, 2, (index) => index < 2)).toEqual([1, 0, 1])
  // An autoscaler goes by what is asked for.
  expect(shareLanes(claims, 200, isUnserved)).toEqual([40, 72])
})
