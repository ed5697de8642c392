// poolifier: a fixed pool, by default or tuned. By default each task is sent at once to the thread that has been given least.

import { FixedThreadPool, type PoolOptions } from 'poolifier'
import type { Worker } from 'node:worker_threads'
import { threadFile, THREADS, type Peer, type PeerStart } from './peer.js'

/** What of poolifier can be tuned. */
export type PoolifierSettings = Pick<
  PoolOptions<Worker>,
  'workerChoiceStrategy' | 'enableTasksQueue' | 'tasksQueueOptions' | 'enableEvents'
>

/** Starts a pool. */
export function startPoolifier({
  threads = THREADS,
  name,
  settings,
}: PeerStart<PoolifierSettings> = {}): Peer {
  const pool = new FixedThreadPool(threads, threadFile('poolifier'), {
    // The promise rejects with what goes wrong.
    errorHandler: () => undefined,
    ...settings,
  })
  return {
    name: name ?? 'poolifier',
    kind: name === undefined ? 'peer' : 'tuned',
    transfers: true,
    kills: false,
    run: (task, input, { transfer, signal } = {}) =>
      pool.execute(input, task, signal, transfer as ArrayBuffer[]),
    // Its own promise sometimes never settles, though both threads have exited (5.3.2).
    close: () => Promise.race([pool.destroy(), new Promise((resolve) => setTimeout(resolve, 500))]),
  }
}
