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

/**
 * How a peer is set up: as it is by default; tuned for the load, or without anything to tune; or without a pool's services at
 * all: no queue, no balance, no abort, nobody who replaces a dead thread.
 */
export type PeerKind = 'peer' | 'tuned' | 'bare'

/** A pool with its threads up. */
export interface Peer {
  readonly name: string
  readonly kind: PeerKind
  /** Whether it can move an input. */
  readonly transfers: boolean
  /** Whether it can stop a task that never yields. */
  readonly kills: boolean
  /** Calls a task. */
  run(task: TaskName, input?: unknown, options?: RunOptions): PromiseLike<unknown>
  close(): PromiseLike<unknown>
}

/** How a peer is started: how many threads, and under which name and settings, unless by default. */
export interface PeerStart<Settings = never> {
  readonly threads?: number | undefined
  /** What it is called; then it is `tuned`. Default: its own name, for its defaults. */
  readonly name?: string | undefined
  readonly settings?: Settings | undefined
}

/** The built file that a peer's threads run. */
export function threadFile(name: string): string {
  return fileURLToPath(new URL(`./${name}-thread.js`, import.meta.url))
}
