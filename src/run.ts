// A run: the handle of its root, and the view of everything under it.

import type { ActionActorRef } from './action-actor.js'
import type { ActionRecord } from './events.js'
import type { ActionHandle, ActionTypes } from './handle.js'
import type { TerminalPhase } from './protocol/outcome.js'

/** What `runtime.run` and `runtime.scope` return: the handle of the root action, and of the run with it. */
export interface Run<Output = unknown, Types extends ActionTypes = ActionTypes> extends ActionHandle<
  Output,
  Types
> {
  /** Name of the run, by which it is aborted from outside. */
  readonly run: string
  /** Where it is shown; `undefined` unless the runtime is served. */
  readonly url: string | undefined
  /** How many records of settled actions are no longer kept, by how they ended. */
  readonly dropped: Readonly<Record<TerminalPhase, number>>
  /** How many failures nobody had asked for (S19). */
  readonly unheard: number
  /** The root action's XState actor: `subscribe` to it; `inspect` of the runtime shows the whole tree. */
  readonly actor: ActionActorRef | undefined
  /** What is kept of its actions, in the order in which they were spawned. */
  actions(): ActionRecord[]
}
