import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HoledRow } from '../../src/collections/holed-row.js'

describe('a row that items leave anywhere', () => {
  it('keeps the order of those that are left, whoever leaves', () => {
    fc.assert(
      fc.property(
        // From the front, as the queue does; anywhere, as aborts do; and again, as nobody should.
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 200 }) }) },
            { weight: 3, arbitrary: fc.record({ shift: fc.integer({ min: 1, max: 200 }) }) },
            {
              weight: 2,
              arbitrary: fc.record({ removeAt: fc.nat(), times: fc.integer({ min: 1, max: 200 }) }),
            },
          ),
          { maxLength: 60 },
        ),
        (steps) => {
          const row = new HoledRow<{ rowIndex: number }>()
          const model: { rowIndex: number }[] = []
          const gone: { rowIndex: number }[] = []
          const leave = (at: number): void => {
            const [item] = model.splice(at, 1)
            if (item === undefined) return
            expect(row.remove(item)).toBe(true)
            gone.push(item)
          }
          for (const step of steps) {
            if ('push' in step) {
              for (let count = 0; count < step.push; count += 1) {
                const item = { rowIndex: -1 }
                row.push(item)
                model.push(item)
              }
            } else if ('shift' in step) {
              for (let count = 0; count < step.shift; count += 1) leave(0)
            } else {
              for (let count = 0; count < step.times && model.length > 0; count += 1)
                leave((step.removeAt + count * 7) % model.length)
            }
            expect(row.size).toBe(model.length)
            expect(row.first).toBe(model[0])
          }
          for (const item of gone) expect(row.remove(item)).toBe(false)
          while (model.length > 0) {
            expect(row.first).toBe(model[0])
            leave(0)
          }
          expect(row.first).toBeUndefined()
        },
      ),
    )
  })
})
