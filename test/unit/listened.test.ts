import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Listened } from '../../actors/inside/body/listened.js'

describe('children that were listened to', () => {
  it('leave the others, in rows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 300 })),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 300 }),
        (heard, from, to) => {
          const listened = new Listened()
          for (const index of heard) listened.add(index)
          const ranges = listened.missing(from, to)
          const missing: number[] = []
          for (let at = 0; at < ranges.length; at += 2) {
            for (let index = ranges[at] as number; index <= (ranges[at + 1] as number); index += 1)
              missing.push(index)
          }
          const all = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
          expect(missing).toEqual(all.filter((index) => !heard.includes(index)))
          // No two rows that could be one.
          for (let at = 2; at < ranges.length; at += 2)
            expect(ranges[at]).toBeGreaterThan((ranges[at - 1] as number) + 1)
        },
      ),
    )
  })
})
