import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IndexedHeap } from '../../src/collections/indexed-heap.js'

interface Ordered {
  virtualTime: number
  arrival: number
  heapIndex: number
}

function createHeap(): IndexedHeap<Ordered> {
  return new IndexedHeap<Ordered>(
    (a, b) => a.virtualTime < b.virtualTime || (a.virtualTime === b.virtualTime && a.arrival < b.arrival),
  )
}

function entry(virtualTime: number, arrival: number): Ordered {
  return { virtualTime, arrival, heapIndex: -1 }
}

describe('indexed heap', () => {
  it('has no first one when it is empty, and ignores the removal of what it does not hold', () => {
    const heap = createHeap()
    heap.remove(entry(1, 1))
    heap.update(entry(1, 1))
    expect(heap.first).toBeUndefined()
  })

  it('puts who came first ahead among equals', () => {
    const heap = createHeap()
    const [second, first] = [entry(5, 2), entry(5, 1)]
    heap.add(second)
    heap.add(first)
    expect(heap.first).toBe(first)
  })

  it('always has the least one first, whatever is added, removed and changed', () => {
    const command = fc.oneof(
      fc.record({ do: fc.constant('add' as const), time: fc.nat(20) }),
      fc.record({ do: fc.constant('remove' as const), which: fc.nat(50) }),
      fc.record({
        do: fc.constant('change' as const),
        which: fc.nat(50),
        by: fc.integer({ min: -20, max: 20 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const heap = createHeap()
        const held: Ordered[] = []
        let arrivals = 0
        for (const step of commands) {
          if (step.do === 'add') {
            arrivals += 1
            const added = entry(step.time, arrivals)
            held.push(added)
            heap.add(added)
          } else {
            const at = held.length === 0 ? -1 : step.which % held.length
            const item = held[at]
            if (item === undefined) continue
            if (step.do === 'remove') {
              held.splice(at, 1)
              heap.remove(item)
              expect(item.heapIndex).toBe(-1)
            } else {
              item.virtualTime += step.by
              heap.update(item)
            }
          }
          const least = held.toSorted((a, b) => a.virtualTime - b.virtualTime || a.arrival - b.arrival)[0]
          expect(heap.first).toBe(least)
        }
      }),
    )
  })
})
