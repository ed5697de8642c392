// workerpool with all its threads up from the start, by default or tuned. A task is stopped by `cancel()` of its promise.

import workerpool, { type WorkerPoolOptions } from 'workerpool'
import { threadFile, THREADS, type Peer, type PeerStart } from './peer.js'

/** What of workerpool can be tuned. */
export type WorkerpoolSettings = Pick<WorkerPoolOptions, 'queueStrategy' | 'emitStdStreams'>

/** Starts a pool. */
export function startWorkerpool({
  threads = THREADS,
  name,
  settings,
}: PeerStart<WorkerpoolSettings> = {}): Peer {
  const pool = workerpool.pool(threadFile('workerpool'), {
    workerType: 'thread',
    minWorkers: threads,
    maxWorkers: threads,
    ...settings,
  })
  return {
    name: name ?? 'workerpool',
    kind: name === undefined ? 'peer' : 'tuned',
    transfers: true,
    kills: true,
    run(task, input, { transfer, signal } = {}) {
      const running = pool.exec(task, [input], transfer && { transfer: [...transfer] })
      signal?.addEventListener('abort', () => void running.cancel(), { once: true })
      // Its promise is a class of its own, whose rejections aren't Node's.
      return new Promise((resolve, reject) => {
        running.then(resolve, reject)
      })
    },
    close: () => Promise.resolve(pool.terminate(true)),
  }
}
