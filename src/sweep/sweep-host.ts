// Where a sweep runs, and which actions it can try.

import type { ActionContext } from '../context.js'
import type { ActionDefinition } from '../definition.js'
import type { ActionTypes } from '../handle.js'
import type { Runtime } from '../runtime.js'

/** What a sweep needs of the action that its trials are children of. */
export type SweepContext = Pick<ActionContext, 'spawn' | 'sleep' | 'signal' | 'info' | 'log'>

/** Where a sweep runs: in a scope of its own, or as part of an action. */
export type SweepHost = Pick<Runtime, 'scope'> | SweepContext

/** Any definition that can be a trial; the types are checked by `sweep`. */
export type TrialDefinition = ActionDefinition<unknown, unknown, ActionTypes>
