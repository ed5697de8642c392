// Tells code that it runs in one of Heddle's own threads. Known by the thread's `workerData`, so that two copies of the
// package agree and nothing global is needed.

import { isMainThread, workerData } from 'node:worker_threads'

/** The key under which the pool marks its threads. */
export const THREAD_MARK = 'heddle:action-thread'

/**
 * `true` inside Heddle's threads, which import the modules that define actions.
 *
 * Guard what only the app itself should do: `if (!isActionThread) { const runtime = createRuntime() … }`.
 * (`isMainThread` would be wrong: under some test runners the app itself is a worker.)
 */
export const isActionThread: boolean =
  !isMainThread && typeof workerData === 'object' && workerData !== null && THREAD_MARK in workerData
