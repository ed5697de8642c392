// Piscina, by default or tuned. By default one task a thread at a time, and its threads sleep until they are woken by an
// atomic word (`atomics: 'sync'`), which its docs recommend for short tasks.

import { Piscina } from 'piscina'
import { threadFile, THREADS, type Peer, type PeerStart } from './peer.js'

type PiscinaOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>
type Balancer = NonNullable<PiscinaOptions['loadBalancer']>

/**
 * A balancer that sends each task at once, to the threads in turn, however much they have: nothing waits in the pool. A task
 * that is aborted then takes all with it that its thread holds.
 */
export function inTurn(): Balancer {
  let next = 0
  return (_task, workers) => {
    next = (next + 1) % workers.length
    return workers[next] ?? null
  }
}

/** What of Piscina can be tuned. */
export type PiscinaSettings = Pick<
  PiscinaOptions,
  'concurrentTasksPerWorker' | 'atomics' | 'recordTiming' | 'loadBalancer' | 'taskQueue'
>

/** Starts a pool. */
export function startPiscina({ threads = THREADS, name, settings }: PeerStart<PiscinaSettings> = {}): Peer {
  const pool = new Piscina({
    filename: threadFile('piscina'),
    minThreads: threads,
    maxThreads: threads,
    maxQueue: Infinity,
    ...settings,
  })
  return {
    name: name ?? 'piscina',
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
