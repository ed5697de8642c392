// What a suite asks of a thread pool, whichever it is.

import { fileURLToPath } from 'node:url'
import type { TaskName } from '../tasks.js'

/** Threads that each pool has. */
export const THREADS = 2

/** How a task is called. */
export interface RunOptions {
  /** What of the input is moved instead of copied. */
  readonly transfer?: readonly ArrayBuffer[]
  /** Its abort kills the task. */
  readonly signal?: AbortSignal
}

/** A pool with its threads up. */
export interface Peer {
  readonly name: string
  /** Whether it can move an input. */
  readonly transfers: boolean
  /** Whether it can stop a task that never yields. */
  readonly kills: boolean
  /** Calls a task. */
  run(task: TaskName, input?: unknown, options?: RunOptions): PromiseLike<unknown>
  close(): PromiseLike<unknown>
}

/** The built file that a peer's threads run. */
export function threadFile(name: string): string {
  return fileURLToPath(new URL(`./${name}-thread.js`, import.meta.url))
}
