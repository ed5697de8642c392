// workerpool with all its threads up from the start. A task is stopped by `cancel()` of its promise.

import workerpool from 'workerpool'
import { threadFile, THREADS, type Peer } from './peer.js'

/** Starts a pool. */
export function startWorkerpool(threads: number = THREADS): Peer {
  const pool = workerpool.pool(threadFile('workerpool'), {
    workerType: 'thread',
    minWorkers: threads,
    maxWorkers: threads,
  })
  return {
    name: 'workerpool',
    transfers: true,
    kills: true,
    run(name, input, { transfer, signal } = {}) {
      const running = pool.exec(name, [input], transfer && { transfer: [...transfer] })
      signal?.addEventListener('abort', () => void running.cancel(), { once: true })
      // Its promise is a class of its own, whose rejections aren't Node's.
      return new Promise((resolve, reject) => {
        running.then(resolve, reject)
      })
    },
    close: () => Promise.resolve(pool.terminate(true)),
  }
}
