import { describe, expect, it } from 'vitest'
import type { Action } from '../../src/runtime/tree/action.js'
import { SettleQueue } from '../../src/runtime/abort/settle-queue.js'

function actionsOf(count: number, of: string): Action[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${of}${index}` }) as unknown as Action)
}

/** Holds the thread for so long: what settling an action would do. */
function compute(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('settling', () => {
  it('settles a few in the same step', () => {
    const settled: string[] = []
    new SettleQueue(({ id }) => settled.push(id)).add([actionsOf(100, 'a')], 100)
    expect(settled).toHaveLength(100)
  })

  it('settles a great many with the loop in between, all and in order', async () => {
    const settled: string[] = []
    const many = actionsOf(2000, 'a')
    let turns = 0
    await new Promise<void>((resolve) => {
      const settling = new SettleQueue(({ id }) => {
        settled.push(id)
        compute(0.05)
        if (settled.length === many.length) resolve()
      })
      settling.add([many], many.length)
      expect(settled).toEqual([])
      const turn = (): void => {
        turns += 1
        if (settled.length < many.length) setImmediate(turn)
      }
      setImmediate(turn)
    })
    expect(settled).toEqual(many.map(({ id }) => id))
    // 100 ms of work, in slices of 6: the loop came round at least some of these times.
    expect(turns).toBeGreaterThan(3)
  })

  it('settles what is added meanwhile: a few at once, many after those before them', async () => {
    const settled: string[] = []
    await new Promise<void>((resolve) => {
      const settling = new SettleQueue(({ id }) => {
        settled.push(id)
        if (id === 'a10') settling.add([actionsOf(1000, 'b')], 1000)
        if (id === 'b999') resolve()
      })
      settling.add([actionsOf(500, 'a'), actionsOf(500, 'd')], 1000)
      settling.add([actionsOf(10, 'c')], 10)
    })
    const expected = [
      ...actionsOf(10, 'c'),
      ...actionsOf(500, 'a'),
      ...actionsOf(500, 'd'),
      ...actionsOf(1000, 'b'),
    ]
    expect(settled).toEqual(expected.map(({ id }) => id))
  })
})
