// How long does one action take, when there is only one at a time? From the call to its output: one right after the other,
// and after a rest, as in an app that serves a request now and then.

import { createRuntime, type ActionContext, type Runtime } from 'heddle'
import { noOp } from '../actions.js'
import { RUNS, SCOPE } from '../candidates.js'
import { measure, type Candidate, type Group } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { median } from '../statistics.js'
import { atLeastTimes, atMost, headlined, peersOf, rowOf, TUNED_PISCINA, type Suite } from '../suite.js'

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
    const peers = await startPeers('one at a time')
    const scope = await openScope(runtime)
    const candidates = [
      candidate(raw.name, 'floor', () => raw.run('noOp')),
      candidate(RAW_ALONE, 'floor', () => alone.run('noOp')),
      ...peers.map((peer) => candidate(peer.name, peer.kind, () => peer.run('noOp'))),
      candidate(SCOPE, 'heddle', () => scope.ctx.spawn(noOp)),
      candidate(RUNS, 'heddle', () => runtime.run(noOp)),
    ]
    const measured = async (plan: Parameters<typeof measure>[0], all: Candidate[]): Promise<Group> =>
      headlined(await measure(plan, all), SCOPE, ['noroutine', raw.name, RAW_ALONE])
    try {
      const group = await measured(
        { title: 'one no-op at a time', unit: 'µs', rounds: 10, iterations: 500, scale: 1000 },
        candidates,
      )
      const rested = await measured(
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
      const pools = median(peersOf(rested).map(({ p50 }) => p50))
      return {
        groups: [group, rested],
        goals: [
          atLeastTimes(group, SCOPE, TUNED_PISCINA, 1),
          atLeastTimes(group, SCOPE, RAW_ALONE, 1 / 1.3),
          atMost(`${rested.title}, as the median pool`, rowOf(rested, SCOPE).p50, pools, 'µs'),
        ],
      }
    } finally {
      await scope.close()
      await raw.close()
      await alone.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
  },
}

/** A scope that lives until it is closed, as a request or a job of an app does. */
export function openScope(
  runtime: Runtime,
): Promise<{ readonly ctx: ActionContext; close(): Promise<void> }> {
  return new Promise((opened) => {
    const run = runtime.scope(
      (ctx) =>
        new Promise<void>((closed) => {
          opened({
            ctx,
            async close() {
              closed()
              await run
            },
          })
        }),
    )
  })
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
