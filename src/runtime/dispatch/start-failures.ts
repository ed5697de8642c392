// Threads that die while they start, one after the other: the wait before the next one grows, and in the end there is
// none. So a wrong option neither spins nor leaves the queue stuck, and a passing trouble passes.

import { BundledError } from '../../threads/pool.js'
import { world } from '../../protocol/world.js'

/** How often in a row a thread may fail to start before what waits for one is failed. */
const START_FAILURES = 10
/** The wait after the first failure, doubled with each further one, and the longest, in milliseconds. */
const BACKOFF_MS = 20
const LONGEST_BACKOFF_MS = 200

/** Counts the failures to start in a row. */
export class StartFailures {
  #count = 0
  #timer: NodeJS.Timeout | undefined

  /** Whether the next start is to be waited for. */
  get isWaiting(): boolean {
    return this.#timer !== undefined
  }

  /** One more; `retry` is called when another may be tried. `false` if that was the last one. */
  note(retry: () => void): boolean {
    this.#count += 1
    if (this.#count >= START_FAILURES) return false
    world.clearTimeout(this.#timer)
    this.#timer = world.setTimeout(
      () => {
        this.#timer = undefined
        retry()
      },
      Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (this.#count - 1)),
    )
    return true
  }

  /** A thread has come up, or nothing waits for one any more. */
  reset(): void {
    this.#count = 0
    world.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** Whether a thread that couldn't be started now may be, later. */
export function mayStartLater(error: unknown): boolean {
  return !(error instanceof BundledError)
}

/** Why no thread can be started. */
export function describeStartFailure(error: unknown): string {
  if (error instanceof BundledError) return error.message
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return `${what}. Look at execArgv, env, resourceLimits and what --import or --require load`
}

/** A thread on which no action lived has died: of something that one has left behind. */
export function warnOfIdleCrash(error: unknown): void {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`an idle thread crashed: ${what}`, 'HeddleWarning')
}
