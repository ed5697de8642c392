// The end of one attempt of an action.

import type { AbortHow, HeddleError } from '../src/protocol/errors/errors.js'

/** How one attempt has ended, before its children have settled and it is decided whether there is another. */
export type Ending = ResultEnding | StoppedEnding

/** Its body has ended by itself, or its thread was lost. */
export type ResultEnding = SucceededEnding | FailedEnding

export interface SucceededEnding {
  readonly kind: 'succeeded'
  readonly output: unknown
  readonly transfer: readonly unknown[] | undefined
}

/** `uncounted`: the attempt was lost for a neighbour, so another one isn't counted as this action's. */
export interface FailedEnding {
  readonly kind: 'failed'
  readonly error: HeddleError
  readonly uncounted?: boolean
}

/** It was aborting: by an abort, or by a timeout, as the action says when it settles. `thrown`: kept as the cause. */
export interface StoppedEnding {
  readonly kind: 'stopped'
  readonly how: AbortHow
  readonly thrown?: unknown
}

/** How an action ends of which no body ever began: one for all, since very many may be stopped at once. */
export const NEVER_STARTED: StoppedEnding = Object.freeze({ kind: 'stopped', how: 'never-started' })

/** How an action has succeeded, once its output isn't needed any more. */
export const SUCCEEDED: SucceededEnding = { kind: 'succeeded', output: undefined, transfer: undefined }

/** How an action ends whose body was stopped by force. */
export const FORCED: StoppedEnding = Object.freeze({ kind: 'stopped', how: 'forced' })
