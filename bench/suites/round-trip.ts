// How long does one action take, when there is only one at a time? From the call to its output.

import { createRuntime } from 'heddle'
import { noOp } from '../actions.js'
import { measure, type Candidate } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { atLeastTimes, type Suite } from '../suite.js'

export const roundTrip: Suite = {
  name: 'round-trip',
  question: 'How long does one action take, when there is only one at a time?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('noOp')
    const peers = await startPeers()
    try {
      const group = await measure(
        { title: 'one no-op at a time', unit: 'µs', rounds: 10, iterations: 500, scale: 1000 },
        [
          candidate(raw.name, 'floor', () => raw.run('noOp')),
          ...peers.map((peer) => candidate(peer.name, 'peer', () => peer.run('noOp'))),
          candidate('heddle: runs', 'heddle', () => runtime.run(noOp)),
        ],
      )
      return { groups: [group], goals: [atLeastTimes(group, 'heddle: runs', raw.name, 0.8)] }
    } finally {
      await raw.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
  },
}

function candidate(name: string, kind: Candidate['kind'], call: () => PromiseLike<unknown>): Candidate {
  return {
    name,
    kind,
    async run() {
      await call()
    },
  }
}
