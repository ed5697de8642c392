// What lanes need of threads, and who makes them: the pool, unless a simulation has put its own in place.

import type { Worker } from 'node:worker_threads'
import type { LaneOpening } from '../../actors/inside/entry.js'
import { ThreadPool, type PoolOptions, type ResidentTask } from './pool.js'
import type { HostName } from '../protocol/host-name.js'
import type { OpenService } from './port-line.js'

/** The threads of one runtime. */
export interface Threads {
  /** How many there are, those without a lane included. */
  readonly size: number
  readonly hasMoreThanMinimum: boolean
  run(opening: LaneOpening): ResidentTask
  hold(thread: number, holdsProcess: boolean): boolean
  worker(thread: number): Worker | undefined
  keepSpares(count: number, modules: readonly string[]): void
  keepMinimum(modules: readonly string[]): void
  end(thread: number): boolean
  close(): Promise<void>
}

/** Makes the threads of a runtime, none of which is started before it is needed. */
export type MakeThreads = (options: PoolOptions, onStartError: (error: Error) => void) => Threads

const byPool: MakeThreads = (options, onStartError) => new ThreadPool(options, onStartError)

let make = byPool

export const makeThreads: MakeThreads = (options, onStartError) => make(options, onStartError)

/** Has threads made by somebody else; gives what puts the pool back. */
export function useThreads(other: MakeThreads): () => void {
  make = other
  return () => void (make = byPool)
}

/**
 * What serves the other ends of lanes' ports, in threads. `epochOffset`: of the clock by which they tell times. `machine`: this one,
 * where it isn't the runtime's.
 */
export function serviceIn(threads: Threads, epochOffset: number, machine?: HostName): OpenService {
  return (port, counter) => {
    const task = threads.run({ port, counter, epochOffset, machine })
    return {
      ended: task.ended,
      kill: () => task.kill(),
      worker: (thread) => threads.worker(thread),
      hold: (thread, holdsProcess) => threads.hold(thread, holdsProcess),
    }
  }
}
