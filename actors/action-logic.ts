// The logic of the XState actor that each action is, on the main thread. The life of the action (action.ts) goes on by
// itself, and an actor of it shows each step: XState's mailbox puts off what is sent from within a subscriber, and drops
// what is sent to a stopped actor, while the life goes on (X1, X3). What others send goes to the action at once.
//
// A custom logic and not a machine: a machine copies its children at each spawn, and stops them itself. Here they are the
// runtime's, which stops them in its own order.

import type { ActorLogic } from 'xstate'
import type {
  ActionActorEvent,
  ActionActorNews,
  ActionActorRef,
  ActionCancelEvent,
  ActionSnapshot,
} from '../src/action-actor.js'
import { isEventObject, type EventObject } from '../src/protocol/event-object.js'
import { persist, restore, stoppedSnapshot } from './action-snapshot.js'

/** What an action's actor is made of. */
export interface ActionActorInput {
  readonly id: string
  readonly name: string
  readonly run: string
}

/** What becomes of what others send to an action's actor. */
export interface ActorReceiver {
  /** A message for its mailbox (X2). */
  receive(message: EventObject): void
  /** It is to be cancelled (X4). */
  cancel(event: ActionCancelEvent): void
  /** Its actor is stopped; gives what that shows last (X3). Asked again, it gives the same. */
  stop(): ActionSnapshot
  /** An event that only the runtime sends (X2). */
  refuse(type: string): void
}

/** The logic of an action's actor. */
export type ActionLogic = ActorLogic<ActionSnapshot, ActionActorEvent, ActionActorInput>

/** The one logic that all actions share. */
export const actionLogic: ActionLogic = {
  getInitialSnapshot() {
    throw new Error("an action's actor is made of a snapshot of its life")
  },
  restoreSnapshot: (snapshot) => restore(snapshot as ActionSnapshot),
  getPersistedSnapshot: persist,
  transition(snapshot, event, { self, emit }) {
    const step = steps.get(event)
    if (step !== undefined) {
      // Whoever inspects the actor has seen the event, and might send it once more.
      steps.delete(event)
      if (step.emits !== undefined) emit(step.emits)
      return step.snapshot
    }
    const guard = guards.get(self)
    if (guard === undefined) return event.type === 'xstate.stop' ? stopCopy(snapshot) : snapshot
    const isHandled = guard.handled[0] === event
    if (isHandled) guard.handled.shift()
    if (event.type === 'xstate.stop') return guard.receiver.stop()
    if (!isHandled) handOn(event, guard.receiver)
    return snapshot
  },
}

/** Of an actor that was made of a persisted snapshot: there is no action behind it. */
function stopCopy(snapshot: ActionSnapshot): ActionSnapshot {
  return snapshot.status === 'active' ? stoppedSnapshot(snapshot, () => snapshot.children) : snapshot
}

/** What an actor is told by the runtime: what it shows from then on, and what it emits. */
interface Step {
  readonly snapshot: ActionSnapshot
  readonly emits?: EventObject
}

interface Guard {
  readonly receiver: ActorReceiver
  /** What was handed on when it was sent, and hasn't come through XState's mailbox. */
  readonly handled: unknown[]
}

/** Nobody else can make such an event: it isn't known by its form. */
const steps = new WeakMap<object, Step>()
const guards = new WeakMap<object, Guard>()

/** Has an actor show the next step of its action's life. */
export function showStep(actor: ActionActorRef, news: ActionActorNews, snapshot: ActionSnapshot): void {
  steps.set(news, news.type === 'heddle.emit' ? { snapshot, emits: news.event } : { snapshot })
  actor.send(news)
}

/**
 * Leads what others send to an actor to its action: when it is sent, and not when XState comes to it, which may be after
 * the subscriber from within which it was sent. Then it passes through the mailbox, for those who inspect that.
 */
export function guardActor(actor: ActionActorRef, receiver: ActorReceiver): void {
  const handled: unknown[] = []
  guards.set(actor, { receiver, handled })
  // Also what machines send, and other actors. Where XState has no such method any more, the transition hands it on.
  intercept(actor, '_send', (enqueue: (event: ActionActorEvent) => unknown) => (event: ActionActorEvent) => {
    const isOwn = steps.has(event)
    if (!isOwn && isActive(actor)) {
      handOn(event, receiver)
      // It may have ended within that.
      if (!isActive(actor)) return
      handled.push(event)
    }
    // XState warns of what is sent to one that has ended: not of what the runtime tells it, nor of its children's ends.
    if (isActive(actor) || (!isOwn && isEventObject(event) && !event.type.startsWith('xstate.')))
      enqueue(event)
  })
  intercept(actor, '_stop', (stop: () => unknown) => () => {
    if (isActive(actor)) receiver.stop()
    return stop()
  })
}

/** Puts a method before one that all actors have, if they have it. */
function intercept<Method extends (...parameters: never[]) => unknown>(
  actor: ActionActorRef,
  name: string,
  wrap: (method: Method) => Method,
): void {
  const method: unknown = Reflect.get(actor, name)
  if (typeof method !== 'function') return
  const value = wrap(method.bind(actor) as Method)
  Object.defineProperty(actor, name, { value, configurable: true, writable: true })
}

function isActive(actor: ActionActorRef): boolean {
  return actor.getSnapshot().status === 'active'
}

function handOn(event: ActionActorEvent, receiver: ActorReceiver): void {
  // What is no message, whose sender is told so.
  if (!isEventObject(event)) receiver.receive(event)
  else if (event.type === 'heddle.cancel') receiver.cancel(event as ActionCancelEvent)
  else if (event.type === 'xstate.stop') receiver.stop()
  else if (event.type.startsWith('heddle.')) receiver.refuse(event.type)
  else if (!event.type.startsWith('xstate.')) receiver.receive(event)
}
