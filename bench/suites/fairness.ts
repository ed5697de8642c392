// Does the app's own event loop go on, however much comes from the threads? A parent in a thread spawns 100 000 children
// and awaits them, while another floods with reports; the app looks at its loop, and does nothing else.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createRuntime } from 'heddle'
import { flood, parent } from '../actions.js'
import { rowsOf, type Taken } from '../measure.js'
import { THREADS } from '../peers/peer.js'
import { atMost, rowOf, type Suite } from '../suite.js'

const CHILDREN = 100_000
const REPORTS = 200_000
const RESOLUTION_MS = 1

export const fairness: Suite = {
  name: 'fairness',
  question: "Does the app's own event loop go on, however much comes from the threads?",
  async run() {
    const idle: number[][] = []
    const loaded: number[][] = []
    const longest: number[][] = []
    for (let round = 0; round <= 5; round += 1) {
      const runtime = createRuntime({ threads: THREADS, retain: 0 })
      try {
        const still = await loopDelay(() => new Promise((resolve) => setTimeout(resolve, 1000)))
        const busy = await loopDelay(() =>
          Promise.all([runtime.run(parent, CHILDREN), runtime.run(flood, REPORTS)]),
        )
        if (round === 0) continue
        idle.push([still.p99Ms])
        loaded.push([busy.p99Ms])
        longest.push([busy.maxMs])
      } finally {
        await runtime.close()
      }
    }
    const taken: Taken[] = [
      { name: 'p99, nothing to do', kind: 'floor', rounds: idle },
      { name: 'p99, 100 000 actions and a flood of reports', kind: 'heddle', rounds: loaded },
      { name: 'longest, the same', kind: 'beside', rounds: longest },
    ]
    const group = { title: "delay of the app's event loop", unit: 'ms', rows: rowsOf(taken) }
    const { p50 } = rowOf(group, 'p99, 100 000 actions and a flood of reports')
    return { groups: [group], goals: [atMost('p99 delay', p50, 20, 'ms')] }
  },
}

/** How late the loop is while something goes on. */
async function loopDelay(during: () => PromiseLike<unknown>): Promise<{ p99Ms: number; maxMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  await during()
  delay.disable()
  return { p99Ms: delay.percentile(99) / 1e6 - RESOLUTION_MS, maxMs: delay.max / 1e6 - RESOLUTION_MS }
}
