// How much of two threads does the work get? Tasks that compute for 0.1, 1 and 10 ms, and a long one among short ones,
// which tells who sends too far ahead. The floor is the ideal: the same loops in two bare threads, half each, in one call.

import { createRuntime } from 'heddle'
import { compute } from '../actions.js'
import { RUNS, SCOPE } from '../candidates.js'
import { measure, type Candidate, type Group } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { atLeastTimes, fastestPeer, rowOf, type Goal, type Suite } from '../suite.js'
import { calibrate } from '../tasks.js'

const IDEAL = 'ideal'

/** The loads, as lists of milliseconds. */
const loads: Readonly<Record<string, readonly number[]>> = {
  '1000 tasks of 0.1 ms': Array.from({ length: 1000 }, () => 0.1),
  '200 tasks of 1 ms': Array.from({ length: 200 }, () => 1),
  '20 tasks of 10 ms': Array.from({ length: 20 }, () => 10),
  'one of 100 ms ahead of 100 of 1 ms': [100, ...Array.from({ length: 100 }, () => 1)],
  'one of 50 ms amid 150 of 1 ms': Array.from({ length: 151 }, (_, index) => (index === 50 ? 50 : 1)),
}

export const work: Suite = {
  name: 'work',
  question: 'How much of two threads does the work get?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('compute')
    const peers = await startPeers('work')
    const loopsOfMs = calibrate()
    const groups: Group[] = []
    try {
      for (const [title, lengths] of Object.entries(loads)) {
        const loops = lengths.map((ms) => Math.round(ms * loopsOfMs))
        const half = loops.reduce((sum, some) => sum + some, 0) / 2
        const all = async (start: (loops: number) => PromiseLike<unknown>): Promise<void> => {
          await Promise.all(loops.map((some) => start(some)))
        }
        groups.push(
          await measure({ title, unit: 'ms', rounds: 7, warmUps: 1 }, [
            {
              name: IDEAL,
              kind: 'floor',
              run: async () => {
                await Promise.all([raw.run('compute', half), raw.run('compute', half)])
              },
            },
            ...peers.map((peer): Candidate => {
              return { name: peer.name, kind: peer.kind, run: () => all((some) => peer.run('compute', some)) }
            }),
            {
              name: SCOPE,
              kind: 'heddle',
              run: async () => {
                await runtime.scope((ctx) => ctx.all(loops.map((some) => ctx.spawn(compute, some))))
              },
            },
            { name: RUNS, kind: 'heddle', run: () => all((some) => runtime.run(compute, some)) },
          ]),
        )
      }
    } finally {
      await raw.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
    return { groups, goals: groups.flatMap(goals) }
  },
}

function goals(group: Group): Goal[] {
  const best = fastestPeer(group).name
  const times = rowOf(group, SCOPE).times[best] ?? Number.NaN
  return [
    ...(group.title === '200 tasks of 1 ms' ? [atLeastTimes(group, SCOPE, IDEAL, 0.97)] : []),
    {
      text: `${group.title}: not slower than the best peer, ${best}, by more than 2 %`,
      measured: `${times.toFixed(3)} ×`,
      holds: times >= 0.98,
    },
  ]
}
