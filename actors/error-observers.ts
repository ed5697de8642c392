// The observers of an action's actor. XState makes an uncaught exception of the error of an actor where an observer, or
// everybody, leaves errors alone; but it is the handle that decides whether anybody has heard of a failure (S19). So no
// observer leaves errors alone here, and it is noted when one that asks for them is told. And it tells nothing to those who
// come after a stop, so that `toPromise` and `waitFor` would wait for ever: here they are told of the abort (X5).

import type { AnyActor, Observer, Subscription } from 'xstate'
import { xstate } from './xstate.js'

/** Whether anybody has been told. It holds nothing of the actor: it is kept for longer (S29). */
export interface ErrorObservers {
  readonly wereNotified: boolean
}

type AnyObserver = Observer<unknown>

/** Watches an actor that hasn't been started. `abort`: what those are told who come after it was stopped. */
export function watchObservers(actor: AnyActor, abort: () => unknown): ErrorObservers {
  const observers = { wereNotified: false }
  const subscribe = actor.subscribe.bind(actor) as (observer: AnyObserver) => Subscription
  const watched = (
    next: AnyObserver | ((snapshot: unknown) => void),
    onError?: (error: unknown) => void,
    onComplete?: () => void,
  ): Subscription => {
    const observer = xstate().toObserver(next, onError, onComplete) as AnyObserver
    const { error = ignore } = observer
    const listener = {
      ...observer,
      error(value: unknown) {
        if (error !== ignore) observers.wereNotified = true
        error(value)
      },
    }
    if (actor.getSnapshot().status !== 'stopped') return subscribe(listener)
    // Of what is stopped, XState says nothing more.
    let isSubscribed = true
    queueMicrotask(() => {
      if (isSubscribed) notifyOfStop(listener)
    })
    return {
      unsubscribe() {
        isSubscribed = false
      },
    }
  }
  const notifyOfStop = (observer: AnyObserver): void => {
    const error = abort()
    if (error === undefined) observer.complete?.()
    else observer.error?.(error)
  }
  // An own property, before the one of all actors.
  Object.defineProperty(actor, 'subscribe', { value: watched, configurable: true, writable: true })
  // Where nobody observes at all, XState would throw, too.
  subscribe({ error: ignore })
  return observers
}

function ignore(): void {
  // The handle tells of it.
}
