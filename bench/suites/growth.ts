// Does an action cost more when there are more of them? The same no-ops from a thousand to a million: flat under one
// parent, in chains of a hundred (each the parent of the next), and as a tree whose nodes have ten children each.

import { createRuntime, type Runtime } from 'heddle'
import { bush, chain, noOp } from '../actions.js'
import { measure, type Candidate, type Group } from '../measure.js'
import { THREADS, type Peer } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { unlessQuick } from '../quick.js'
import { atMost, rowOf, type Suite } from '../suite.js'

const CHAIN = 100
/** How many actions, how often, in how many rounds. */
const SIZES = [
  [1000, 30, 3],
  [10_000, 4, 3],
  [100_000, 1, 2],
  [1_000_000, 1, 1],
] as const

export const growth: Suite = {
  name: 'growth',
  question: 'Does an action cost more when there are more of them?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('noOp')
    const groups: Group[] = []
    try {
      for (const [count, iterations, rounds] of SIZES.slice(0, unlessQuick(SIZES.length, 2))) {
        groups.push(
          await measure(
            {
              title: `${count.toLocaleString('en')} actions`,
              unit: 'µs each',
              rate: 'k/s',
              rounds,
              iterations,
              warm: count > 1000,
              scale: 1000 / count,
            },
            shapes(count, runtime, raw),
          ),
        )
      }
    } finally {
      await raw.close()
      await runtime.close()
    }
    const names = ['runs', 'flat', `chains of ${CHAIN}`, 'ten children each']
    return {
      groups,
      goals: names.map((name) => {
        const costs = groups.map((group) => rowOf(group, name).p50)
        const growth = (Math.max(...costs) / Math.min(...costs) - 1) * 100
        return atMost(`${name}: dearest against cheapest size`, growth, 20, '% more')
      }),
    }
  },
}

/** So many actions in each of the shapes. */
function shapes(count: number, runtime: Runtime, raw: Peer): Candidate[] {
  const levels = Math.round(Math.log10(count))
  return [
    {
      name: raw.name,
      kind: 'floor',
      run: async () => {
        await Promise.all(Array.from({ length: count }, () => raw.run('noOp')))
      },
    },
    {
      name: 'runs',
      kind: 'heddle',
      run: async () => {
        await Promise.all(Array.from({ length: count }, () => runtime.run(noOp)))
      },
    },
    {
      name: 'flat',
      kind: 'heddle',
      run: async () => {
        await runtime.scope((ctx) => ctx.all(Array.from({ length: count }, () => ctx.spawn(noOp))))
      },
    },
    {
      name: `chains of ${CHAIN}`,
      kind: 'heddle',
      run: async () => {
        await runtime.scope((ctx) =>
          ctx.all(Array.from({ length: count / CHAIN }, () => ctx.spawn(chain, CHAIN - 1))),
        )
      },
    },
    {
      name: 'ten children each',
      kind: 'heddle',
      // It has a ninth more than `count`: the time is brought to the same number.
      run: async () => {
        const start = performance.now()
        const actions = await runtime.run(bush, levels)
        return ((performance.now() - start) * count) / actions
      },
    },
  ]
}
