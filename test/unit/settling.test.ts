import { describe, expect, it } from 'vitest'
import type { ActionNode } from '../../src/runtime/action-node.js'
import { Settling } from '../../src/runtime/settling.js'

function nodes(count: number, of: string): ActionNode[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${of}${index}` }) as unknown as ActionNode)
}

/** Holds the thread for so long: what settling a node would do. */
function compute(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('settling', () => {
  it('settles a few in the same step', () => {
    const settled: string[] = []
    new Settling(({ id }) => settled.push(id)).add(nodes(100, 'a'))
    expect(settled).toHaveLength(100)
  })

  it('settles a great many with the loop in between, all and in order', async () => {
    const settled: string[] = []
    const many = nodes(2000, 'a')
    let turns = 0
    await new Promise<void>((resolve) => {
      const settling = new Settling(({ id }) => {
        settled.push(id)
        compute(0.05)
        if (settled.length === many.length) resolve()
      })
      settling.add(many)
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
      const settling = new Settling(({ id }) => {
        settled.push(id)
        if (id === 'a10') settling.add(nodes(1000, 'b'))
        if (id === 'b999') resolve()
      })
      settling.add(nodes(1000, 'a'))
      settling.add(nodes(10, 'c'))
    })
    const expected = [...nodes(10, 'c'), ...nodes(1000, 'a'), ...nodes(1000, 'b')]
    expect(settled).toEqual(expected.map(({ id }) => id))
  })
})
