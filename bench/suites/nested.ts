// What do children cost whose parent runs in a thread? It spawns ten thousand and awaits them: each start and each end
// crosses threads twice. No pool can do that; they are called from the main thread.

import { createRuntime } from 'heddle'
import { parent } from '../actions.js'
import { all } from '../candidates.js'
import { measure, type Candidate } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { atLeastTimes, headlined, TUNED_PISCINA, type Suite } from '../suite.js'

const CHILDREN = 10_000
const NESTED = 'heddle: children of a thread'

export const nested: Suite = {
  name: 'nested',
  question: 'What do children cost whose parent runs in a thread?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('noOp')
    const peers = await startPeers('bulk')
    try {
      const group = await measure(
        {
          title: `${CHILDREN.toLocaleString('en')} no-ops spawned by a body in a thread`,
          unit: 'µs each',
          rate: 'k/s',
          rounds: 9,
          warmUps: 2,
          scale: 1000 / CHILDREN,
        },
        [
          { name: raw.name, kind: 'floor', run: () => all(CHILDREN, () => raw.run('noOp')) },
          ...peers.map((peer): Candidate => {
            return { name: peer.name, kind: peer.kind, run: () => all(CHILDREN, () => peer.run('noOp')) }
          }),
          {
            name: NESTED,
            kind: 'heddle',
            run: async () => {
              await runtime.run(parent, CHILDREN)
            },
          },
        ],
      )
      return {
        groups: [headlined(group, NESTED, [raw.name])],
        goals: [atLeastTimes(group, NESTED, TUNED_PISCINA, 1)],
      }
    } finally {
      await raw.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
  },
}
