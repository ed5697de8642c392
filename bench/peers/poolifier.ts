// poolifier: a fixed pool, as it is by default: each task is sent at once, to the threads in turn. (Its queue per thread,
// `enableTasksQueue`, took twice as long with every load of the suite `work`, so it isn't used.)

import { FixedThreadPool } from 'poolifier'
import { threadFile, THREADS, type Peer } from './peer.js'

/** Starts a pool. */
export function startPoolifier(threads: number = THREADS): Peer {
  const pool = new FixedThreadPool(threads, threadFile('poolifier'), {
    // What goes wrong is told by the promise.
    errorHandler: () => undefined,
  })
  return {
    name: 'poolifier',
    transfers: true,
    kills: false,
    run: (name, input, { transfer, signal } = {}) =>
      pool.execute(input, name, signal, transfer as ArrayBuffer[]),
    // Its own promise sometimes never settles, though both threads have exited (5.3.2).
    close: () => Promise.race([pool.destroy(), new Promise((resolve) => setTimeout(resolve, 500))]),
  }
}
