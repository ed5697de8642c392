// Heddle's ways to be given very many no-ops, beside the peers' and the floor's: what several suites measure.

import type { Runtime } from 'heddle'
import { noOp } from './actions.js'
import type { Candidate } from './measure.js'
import type { Peer } from './peers/peer.js'

/** Heddle as most apps use it, and its root runs beside it. */
export const SCOPE = 'heddle: children of a scope'
export const RUNS = 'heddle: runs'

/** So many no-ops at once in each of them. */
export function noOpsAtOnce(
  count: number,
  floor: Peer,
  peers: readonly Peer[],
  runtime: Runtime,
): Candidate[] {
  return [
    { name: floor.name, kind: 'floor', run: () => all(count, () => floor.run('noOp')) },
    ...peers.map((peer): Candidate => {
      return { name: peer.name, kind: peer.kind, run: () => all(count, () => peer.run('noOp')) }
    }),
    {
      name: SCOPE,
      kind: 'heddle',
      run: async () => {
        await runtime.scope((ctx) => ctx.all(Array.from({ length: count }, () => ctx.spawn(noOp))))
      },
    },
    { name: RUNS, kind: 'heddle', run: () => all(count, () => runtime.run(noOp)) },
  ]
}

/** Starts so many at once, and waits for all. */
export async function all(count: number, start: () => PromiseLike<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => start()))
}
