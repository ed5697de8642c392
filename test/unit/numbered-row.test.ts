import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumberedRow } from '../../src/collections/numbered-row.js'

describe('a numbered row', () => {
  it('finds items by their numbers', () => {
    const row = new NumberedRow<string>()
    row.add(5, 'five')
    row.add(7, 'seven')
    expect([row.get(4), row.get(5), row.get(6), row.get(7), row.get(8)]).toEqual([
      undefined,
      'five',
      undefined,
      'seven',
      undefined,
    ])
    row.delete(6)
    row.delete(5)
    expect([row.size, row.get(5), row.get(7)]).toEqual([1, undefined, 'seven'])
  })

  it('keeps few places for the few that are left of many', () => {
    const row = new NumberedRow<{ readonly number: number }>()
    const kept = [0, 17, 40_000]
    for (let number = 0; number < 100_000; number += 1) {
      row.add(number, { number })
      if (number >= 10 && !kept.includes(number - 10)) row.delete(number - 10)
    }
    expect(row.size).toBe(13)
    expect(kept.map((number) => row.get(number)?.number)).toEqual(kept)
    expect([...row.values()].map(({ number }) => number).slice(0, 4)).toEqual([...kept, 99_990])
  })

  it('takes numbers that lie far apart', () => {
    const row = new NumberedRow<string>()
    row.add(1, 'first')
    row.add(1e9, 'far')
    row.add(1e9 + 1, 'next')
    expect([...row.values()]).toEqual(['first', 'far', 'next'])
    expect([row.get(1), row.get(1e9), row.get(1e9 + 1)]).toEqual(['first', 'far', 'next'])
  })

  it('passes over what is taken out while its items are gone through, and gives each of the others once', () => {
    const row = new NumberedRow<number>()
    for (let number = 1; number <= 5000; number += 1) row.add(number, number)
    const given: number[] = []
    for (const number of row.values()) {
      given.push(number)
      // All but every tenth are gone before their turn comes: the places move.
      for (let behind = number; behind < number + 10; behind += 1) if (behind % 10 !== 1) row.delete(behind)
      if (number === 2501) for (let late = 4000; late <= 5000; late += 1) row.delete(late)
    }
    expect(given).toEqual(Array.from({ length: 400 }, (_, at) => at * 10 + 1))
  })

  it('is a map, whatever comes and goes', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({ from: fc.nat(20_000), count: fc.nat(3000) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const row = new NumberedRow<string>()
        const map = new Map<number, string>()
        let last = 0
        for (const one of steps) {
          if ('add' in one) {
            last += one.add > 2000 ? one.add : 1
            for (let left = one.add; left > 0; left -= 1) {
              row.add(last, `item ${last}`)
              map.set(last, `item ${last}`)
              last += 1
            }
          } else {
            for (let number = one.from; number < one.from + one.count; number += 1) {
              row.delete(number)
              map.delete(number)
            }
          }
          expect(row.size).toBe(map.size)
        }
        expect([...row.values()]).toEqual([...map.values()])
        for (let number = 0; number <= last; number += 97) expect(row.get(number)).toBe(map.get(number))
      }),
      { numRuns: 30 },
    )
  })
})
