// Which set-up of a peer is the fastest? Each of them, under three loads: no-ops in bulk, one at a time, and tasks that
// compute. The pools of one peer are measured beside each other and beside bare messages.

import { all } from '../candidates.js'
import { measure, type Candidate, type Group } from '../measure.js'
import type { Peer } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { tries } from '../peers/tries.js'
import type { Suite } from '../suite.js'
import { calibrate } from '../tasks.js'

const BULK = 10_000
/** A long one among short ones: it shows who sends too far ahead. */
const MS = Array.from({ length: 151 }, (_, index) => (index === 50 ? 50 : 1))

/** A suite for each peer: all of them would take longer than what a machine is left alone for. */
export const tuning: readonly Suite[] = Object.entries(tries).map(([name, some]) => ({
  name: `tuning-${name}`,
  question: `Which set-up of ${name} is the fastest?`,
  isOnDemand: true,
  async run() {
    const loopsOfMs = calibrate()
    const loops = MS.map((ms) => Math.round(ms * loopsOfMs))
    const raw = await startRaw('noOp')
    const pools: [name: string, peer: Peer][] = []
    try {
      for (const one of some) pools.push([one.name, await one.start()])
      const beside = (call: (peer: Peer) => () => Promise<void>): Candidate[] =>
        pools.map(([name, peer]) => ({ name, kind: 'tuned', run: call(peer) }))
      const floor = (run: () => Promise<void>): Candidate => ({ name: raw.name, kind: 'floor', run })
      const groups: Group[] = [
        await measure(
          {
            title: `${name}: ${BULK.toLocaleString('en')} no-ops at once`,
            unit: 'µs each',
            rate: 'k/s',
            rounds: 3,
            warmUps: 1,
            scale: 1000 / BULK,
          },
          [floor(bulk(raw)), ...beside(bulk)],
        ),
        await measure(
          { title: `${name}: one at a time`, unit: 'µs', rounds: 5, iterations: 200, scale: 1000 },
          [floor(alone(raw)), ...beside(alone)],
        ),
        await measure(
          { title: `${name}: one of 50 ms amid 150 of 1 ms`, unit: 'ms', rounds: 3 },
          beside((peer) => async () => {
            await Promise.all(loops.map((some) => peer.run('compute', some)))
          }),
        ),
      ]
      return { groups, goals: [] }
    } finally {
      await raw.close()
      for (const [, peer] of pools) await peer.close()
    }
  },
}))

function bulk(peer: Peer): () => Promise<void> {
  return () => all(BULK, () => peer.run('noOp'))
}

function alone(peer: Peer): () => Promise<void> {
  return async () => void (await peer.run('noOp'))
}
