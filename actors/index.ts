// `heddle/actors`: the XState side. What an action's actor is and shows.

export type {
  ActionActorEvent,
  ActionActorInput,
  ActionActorRef,
  ActionLogic,
  ActionSnapshot,
} from './action.js'
