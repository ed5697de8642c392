// How long does one action take, when there is only one at a time? From the call to its output: one right after the other,
// and after a rest, as in an app that serves a request now and then.

import { createRuntime } from 'heddle'
import { noOp } from '../actions.js'
import { measure, type Candidate } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { atLeastTimes, type Suite } from '../suite.js'

/** Between two, where there is a rest: long enough for a core to go to sleep. */
const REST_MS = 20

/** The floor on one thread: which is all that one at a time can use, and all that Heddle opens for it. */
const RAW_ALONE = 'raw postMessage, one thread'

export const roundTrip: Suite = {
  name: 'round-trip',
  question: 'How long does one action take, when there is only one at a time?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('noOp')
    const alone = await startRaw('noOp', 1)
    const peers = await startPeers()
    const candidates = [
      candidate(raw.name, 'floor', () => raw.run('noOp')),
      candidate(RAW_ALONE, 'floor', () => alone.run('noOp')),
      ...peers.map((peer) => candidate(peer.name, 'peer', () => peer.run('noOp'))),
      candidate('heddle: runs', 'heddle', () => runtime.run(noOp)),
    ]
    try {
      const group = await measure(
        { title: 'one no-op at a time', unit: 'µs', rounds: 10, iterations: 500, scale: 1000 },
        candidates,
      )
      const rested = await measure(
        {
          title: `one no-op after a rest of ${REST_MS} ms`,
          unit: 'µs',
          rounds: 5,
          iterations: 10,
          scale: 1000,
          alternate: true,
        },
        candidates.map((one) => ({ ...one, run: () => afterRest(one) })),
      )
      return {
        groups: [group, rested],
        goals: [raw.name, RAW_ALONE].map((floor) => atLeastTimes(group, 'heddle: runs', floor, 0.8)),
      }
    } finally {
      await raw.close()
      await alone.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
  },
}

async function afterRest({ run }: Candidate): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS))
  const start = performance.now()
  await run()
  return performance.now() - start
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
