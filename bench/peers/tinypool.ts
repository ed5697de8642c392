// Tinypool, by default or tuned.

import { Tinypool } from 'tinypool'
import { threadFile, THREADS, type Peer, type PeerStart } from './peer.js'

/** What of Tinypool can be tuned. */
export interface TinypoolSettings {
  readonly concurrentTasksPerWorker?: number
  readonly useAtomics?: boolean
}

/** Starts a pool. */
export function startTinypool({ threads = THREADS, name, settings }: PeerStart<TinypoolSettings> = {}): Peer {
  const pool = new Tinypool({
    filename: threadFile('piscina'),
    minThreads: threads,
    maxThreads: threads,
    ...settings,
  })
  return {
    name: name ?? 'tinypool',
    kind: name === undefined ? 'peer' : 'tuned',
    transfers: true,
    kills: true,
    run: (task, input, { transfer, signal } = {}) =>
      pool.run(input, {
        name: task,
        ...(transfer && { transferList: transfer as ArrayBuffer[] }),
        ...(signal && { signal }),
      }),
    close: () => pool.destroy(),
  }
}
