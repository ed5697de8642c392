/**
 * The XState side: actions in machines of one's own, and what an action's own actor is and shows.
 *
 * @module heddle/actors
 */

export type {
  ActionActorEvent,
  ActionActorRef,
  ActionCancelEvent,
  ActionSnapshot,
} from '../src/action-actor.js'
export type { ActionActorInput, ActionLogic } from './action-logic.js'
export { fromAction, stubAction } from './from-action.js'
export type {
  ActionRunner,
  FromActionLogic,
  FromActionOptions,
  FromActionSnapshot,
  NoMessage,
  StubTools,
} from './from-action.js'
