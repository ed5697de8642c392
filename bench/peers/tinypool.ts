// Tinypool, as it is by default but for the number of threads.

import { Tinypool } from 'tinypool'
import { threadFile, THREADS, type Peer } from './peer.js'

/** Starts a pool. */
export function startTinypool(threads: number = THREADS): Peer {
  const pool = new Tinypool({ filename: threadFile('piscina'), minThreads: threads, maxThreads: threads })
  return {
    name: 'tinypool',
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
