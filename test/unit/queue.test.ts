import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Queue } from '../../src/collections/queue.js'

describe('queue', () => {
  it('does what an array does', () => {
    const step = fc.constantFrom('push', 'push', 'push', 'append', 'shift', 'shift', 'pop', 'clear')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1000 }), (steps) => {
        const queue = new Queue<number>()
        const array: number[] = []
        for (const [at, step] of steps.entries()) {
          if (step === 'push') {
            queue.push(at)
            array.push(at)
          } else if (step === 'append') {
            queue.append([at, at + 0.5])
            array.push(at, at + 0.5)
          } else if (step === 'clear') {
            queue.clear()
            array.length = 0
          } else {
            expect(queue[step]()).toBe(array[step]())
          }
          expect([queue.length, queue.first, queue.last]).toEqual([array.length, array[0], array.at(-1)])
          expect([queue.at(1), queue.at(array.length)]).toEqual([array[1], undefined])
        }
        expect([...queue]).toEqual(array)
      }),
    )
  })

  it('is left at its head by a great many, in order', () => {
    const queue = new Queue<number>()
    for (let item = 0; item < 1000; item += 1) queue.push(item)
    for (let item = 0; item < 1000; item += 1) {
      expect(queue.first).toBe(item)
      expect(queue.shift()).toBe(item)
    }
    expect(queue.length).toBe(0)
    expect(queue.shift()).toBeUndefined()
  })

  it('holds nothing that has left it', () => {
    const queue = new Queue<object>()
    queue.append([{}, {}])
    queue.shift()
    expect([...queue]).toHaveLength(1)
    queue.clear()
    expect([...queue]).toEqual([])
  })
})
