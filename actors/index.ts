// `heddle/actors`: the XState side. Actions in machines of one's own, and what an action's own actor is and shows.

export type {
  ActionActorEvent,
  ActionActorInput,
  ActionActorRef,
  ActionLogic,
  ActionSnapshot,
} from './action.js'
export { fromAction, stubAction } from './from-action.js'
export type {
  ActionRunner,
  FromActionLogic,
  FromActionOptions,
  FromActionSnapshot,
  NoMessage,
  StubTools,
} from './from-action.js'
