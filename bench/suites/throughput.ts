// What does a supervised, cancellable action cost, when there are many of them? No-ops in bulk on two threads, called
// from the main thread, beside the same as tasks of thread pools and as bare messages.

import { createRuntime } from 'heddle'
import { noOpsAtOnce, RUNS, SCOPE } from '../candidates.js'
import { measure, type Group } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import {
  atLeastTimes,
  atMost,
  fastestPeer,
  headlined,
  isOldNode,
  rowOf,
  TUNED_PISCINA,
  type Goal,
  type Suite,
} from '../suite.js'

/** A candidate that is slower than this, in microseconds each, doesn't run ten times as many: it would take minutes. */
const TOO_SLOW = 60

/** How many times as fast as each the children of a scope are to be. */
const GOALS = isOldNode ? { piscina: 1.5, fastest: 1.3, raw: 0.4 } : { piscina: 2, fastest: 1.5, raw: 0.7 }

export const throughput: Suite = {
  name: 'throughput',
  question: 'What does a supervised, cancellable action cost, when there are many of them?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('noOp')
    const peers = await startPeers('bulk')
    const group = async (count: number, rounds: number, slow: readonly string[]): Promise<Group> => {
      const measured = await measure(
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
        [
          ...noOpsAtOnce(count, raw, peers, runtime),
          { name: 'raw, without promises', kind: 'beside' as const, run: () => raw.bulk(count) },
        ].filter(({ name }) => !slow.includes(name)),
      )
      return headlined(measured, SCOPE, ['noroutine', raw.name])
    }
    try {
      const small = await group(10_000, 7, [])
      const slow = small.rows.filter(({ p50, kind }) => kind !== 'heddle' && p50 > TOO_SLOW)
      const large = await group(
        100_000,
        3,
        slow.map(({ name }) => name),
      )
      return { groups: [small, large], goals: [small, large].flatMap((one) => goals(one, raw.name)) }
    } finally {
      await raw.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
  },
}

function goals(group: Group, raw: string): Goal[] {
  return [
    atLeastTimes(group, SCOPE, TUNED_PISCINA, GOALS.piscina),
    atLeastTimes(group, SCOPE, fastestPeer(group).name, GOALS.fastest),
    atLeastTimes(group, SCOPE, raw, GOALS.raw),
    atMost(
      `${group.title}: '${SCOPE}' beside '${RUNS}'`,
      rowOf(group, SCOPE).p50 / rowOf(group, RUNS).p50,
      1,
      '×',
    ),
  ]
}
