import { describe, expect, it } from 'vitest'
import { RowSlots } from '../../../src/console/model/runs/row-slots.js'

const anyMay = (): boolean => true

describe('the elements of the rows in sight', () => {
  it('stay with their rows, and go from those that leave to those that come', () => {
    const slots = new RowSlots()
    expect(slots.assign(['a', 'b', 'c'], anyMay)).toEqual([0, 1, 2])
    expect(slots.assign(['b', 'c', 'd'], anyMay)).toEqual([1, 2, 0])
    expect(slots.assign(['d', 'b'], anyMay)).toEqual([0, 1])
  })

  it('keep their order where all rows leave together', () => {
    const slots = new RowSlots()
    slots.assign(['a', 'b', 'c'], anyMay)
    expect(slots.assign(['d', 'e', 'f', 'g'], anyMay)).toEqual([0, 1, 2, 3])
  })

  it('never stand for another row while they may not', () => {
    const slots = new RowSlots()
    slots.assign(['a', 'b'], anyMay)
    expect(slots.assign(['c', 'd'], (id) => id !== 'a')).toEqual([1, 2])
    expect(slots.assign(['e', 'f'], () => false)).toEqual([3, 4])
  })
})
