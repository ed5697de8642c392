import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Row } from '../../src/scheduling/row.js'

describe('row', () => {
  it('does what an array does', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('push', 'push', 'shift', 'pop'), { maxLength: 1000 }), (steps) => {
        const row = new Row<number>()
        const array: number[] = []
        for (const [at, step] of steps.entries()) {
          if (step === 'push') {
            row.push(at)
            array.push(at)
          } else {
            row[step]()
            array[step]()
          }
          expect([row.length, row.first, row.last]).toEqual([array.length, array[0], array.at(-1)])
        }
      }),
    )
  })

  it('is left at its head by a great many, in order', () => {
    const row = new Row<number>()
    for (let item = 0; item < 1000; item += 1) row.push(item)
    for (let item = 0; item < 1000; item += 1) {
      expect(row.first).toBe(item)
      row.shift()
    }
    expect(row.length).toBe(0)
  })
})
