// Piscina, as it is by default but for the number of threads: one task a thread at a time, `atomics: 'sync'`, which its
// docs recommend for short tasks.

import { Piscina } from 'piscina'
import { threadFile, THREADS, type Peer } from './peer.js'

/** Starts a pool. */
export function startPiscina(threads: number = THREADS): Peer {
  const pool = new Piscina({
    filename: threadFile('piscina'),
    minThreads: threads,
    maxThreads: threads,
    maxQueue: Infinity,
  })
  return {
    name: 'piscina',
    transfers: true,
    kills: true,
    run: (name, input, { transfer, signal } = {}) =>
      pool.run(input, {
        name,
        ...(transfer && { transferList: transfer as ArrayBuffer[] }),
        ...(signal && { signal }),
      }),
    close: () => pool.destroy(),
  }
}
