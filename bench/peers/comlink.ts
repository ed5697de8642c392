// Comlink. It has no pool, so calls are dealt out in turn, as the floor does.

import { Worker } from 'node:worker_threads'
import { transfer as move, wrap, type Remote } from 'comlink'
import type { tasks } from '../tasks.js'
import { nodeEndpoint } from './node-endpoint.js'
import { threadFile, THREADS, type Peer, type PeerStart } from './peer.js'

type AnyTask = (input: unknown) => Promise<unknown>

/** Starts threads. */
export function startComlink({ threads = THREADS }: PeerStart = {}): Peer {
  const workers = Array.from({ length: threads }, () => new Worker(threadFile('comlink')))
  const remotes = workers.map((worker) => wrap<typeof tasks>(nodeEndpoint(worker)))
  let next = 0
  return {
    name: 'comlink',
    // There is nothing to tune.
    kind: 'tuned',
    transfers: true,
    kills: false,
    run(name, input, { transfer } = {}) {
      const remote = remotes[next] as Remote<typeof tasks>
      next = (next + 1) % threads
      const call = remote[name] as unknown as AnyTask
      return call(transfer === undefined ? input : move(input as object, transfer as ArrayBuffer[]))
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  }
}
