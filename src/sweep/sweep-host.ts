// Where a sweep runs, and which actions it can try.

import type { ActionContext } from '../context.js'
import type { ActionDefinition } from '../definition.js'
import type { ActionTypes } from '../handle.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import { describeValue } from '../protocol/values/describe-value.js'
import type { Runtime } from '../runtime.js'

/** What a sweep needs of the action that its trials are children of. */
export type SweepContext = Pick<ActionContext, 'spawn' | 'sleep' | 'signal' | 'info' | 'log'>

/** Where a sweep runs: in a scope of its own, or as part of an action. */
export type SweepHost = Pick<Runtime, 'scope'> | SweepContext

/** Whether it is the `ctx` of an action. */
export function isContext(host: SweepHost): host is SweepContext {
  return typeof host === 'object' && host !== null && 'info' in host
}

/** Throws an `ActionInputError` for what is neither a runtime nor a `ctx`. */
export function checkHost(host: SweepHost): void {
  const { scope, spawn } = Object(host) as { readonly scope?: unknown; readonly spawn?: unknown }
  if (typeof (isContext(host) ? spawn : scope) === 'function') return
  throw new ActionInputError(
    `sweep was given ${describeValue(host)}, but needs a runtime, or the ctx of an action, ahead of the trial`,
  )
}

/** Any definition that can be a trial; the types are checked by `sweep`. */
export type TrialDefinition = ActionDefinition<unknown, unknown, ActionTypes>
