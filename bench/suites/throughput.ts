// What does a supervised, cancellable action cost, when there are many of them? No-ops in bulk on two threads, called
// from the main thread, beside the same as tasks of thread pools and as bare messages.

import { createRuntime } from 'heddle'
import { noOp } from '../actions.js'
import { measure, type Candidate, type Group } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { atLeastTimes, fastestPeer, type Goal, type Suite } from '../suite.js'

/** Whoever is slower than this, in microseconds each, isn't asked for ten times as many: it would take minutes. */
const TOO_SLOW_FOR = { large: 60, huge: 20 }

export const throughput: Suite = {
  name: 'throughput',
  question: 'What does a supervised, cancellable action cost, when there are many of them?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('noOp')
    const peers = await startPeers()
    const candidates = (count: number): Candidate[] => [
      { name: raw.name, kind: 'floor', run: () => all(count, () => raw.run('noOp')) },
      { name: 'raw, without promises', kind: 'beside', run: () => raw.bulk(count) },
      ...peers.map((peer): Candidate => {
        return { name: peer.name, kind: 'peer', run: () => all(count, () => peer.run('noOp')) }
      }),
      { name: 'heddle: runs', kind: 'heddle', run: () => all(count, () => runtime.run(noOp)) },
      {
        name: 'heddle: children of a scope',
        kind: 'heddle',
        run: async () => {
          await runtime.scope((ctx) => ctx.all(Array.from({ length: count }, () => ctx.spawn(noOp))))
        },
      },
    ]
    const group = (count: number, rounds: number, slow: readonly string[]): Promise<Group> =>
      measure(
        {
          title: `${count.toLocaleString('en')} no-ops at once`,
          unit: 'µs each',
          rate: 'k/s',
          rounds,
          // Of many, the first ones are warm-up enough.
          warmUps: count > 10_000 ? 0 : 2,
          warm: count > 10_000,
          scale: 1000 / count,
        },
        candidates(count).filter(({ name }) => !slow.includes(name)),
      )
    try {
      const small = await group(10_000, 7, [])
      const large = await group(100_000, 3, slowerThan(small, TOO_SLOW_FOR.large))
      const huge = await group(1_000_000, 1, [
        ...slowerThan(small, TOO_SLOW_FOR.large),
        ...slowerThan(large, TOO_SLOW_FOR.huge),
      ])
      return { groups: [small, large, huge], goals: [small, large].flatMap(goals) }
    } finally {
      await raw.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
  },
}

function slowerThan(group: Group, microseconds: number): string[] {
  return group.rows.filter(({ p50, kind }) => kind === 'peer' && p50 > microseconds).map(({ name }) => name)
}

function goals(group: Group): Goal[] {
  const fastest = fastestPeer(group).name
  const isOld = Number(process.versions.node.split('.')[0]) < 22
  return [
    atLeastTimes(group, 'heddle: runs', 'piscina', 3),
    atLeastTimes(group, 'heddle: runs', fastest, 1.5),
    atLeastTimes(group, 'heddle: runs', 'raw postMessage', isOld ? 0.5 : 0.8),
  ]
}

/** Starts so many at once, and waits for all. */
async function all(count: number, start: () => PromiseLike<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => start()))
}
