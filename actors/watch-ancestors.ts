// Watches the actors above one, for their end by an error of their own: XState stops the children of a machine that is
// stopped or finished, but not of one whose code throws, nor any children of other logics. One observer for each actor
// above, however many are below it.

import type { AnyActorRef, Snapshot } from 'xstate'
import { world } from '../src/protocol/world.js'

type OnEnd = (why: string, error: { readonly value: unknown } | undefined) => void

interface Watch {
  readonly listeners: Set<OnEnd>
  readonly stop: () => void
}

const watches = new WeakMap<AnyActorRef, Watch>()

/** Calls back once when one of the actors above has ended. Returns what stops watching. */
export function watchAncestors(actor: AnyActorRef, onEnd: OnEnd): () => void {
  const watched: AnyActorRef[] = []
  const listener: OnEnd = (why, error) => {
    stop()
    onEnd(why, error)
  }
  const stop = (): void => {
    for (const ancestor of watched.splice(0)) {
      const watch = watches.get(ancestor)
      if (watch === undefined) continue
      watch.listeners.delete(listener)
      if (watch.listeners.size > 0) continue
      watches.delete(ancestor)
      watch.stop()
    }
  }
  for (let ancestor = actor._parent; ancestor !== undefined; ancestor = ancestor._parent) {
    watched.push(ancestor)
    const watch = watches.get(ancestor) ?? begin(ancestor)
    watch.listeners.add(listener)
  }
  return stop
}

function begin(ancestor: AnyActorRef): Watch {
  const listeners = new Set<OnEnd>()
  const tell = (why: string, error?: { readonly value: unknown }): void => {
    watches.delete(ancestor)
    for (const listener of [...listeners]) listener(why, error)
  }
  const subscription = ancestor.subscribe({
    error: (value: unknown) => {
      tell(`its parent actor '${ancestor.id}' has failed`, { value })
      // A root's error that nobody observes becomes an uncaught exception. This observer must not change that.
      if (ancestor._parent === undefined && isOnlyObserver(ancestor)) {
        world.setTimeout(() => {
          throw value
        }, 0)
      }
    },
    // A machine stops its children itself, later in this same step: those aren't there any more then.
    complete: () => queueMicrotask(() => tell(`its parent actor '${ancestor.id}' has ended`)),
  })
  const watch = { listeners, stop: () => subscription.unsubscribe() }
  watches.set(ancestor, watch)
  return watch
}

/** Whether nobody else observes an actor. XState keeps that to itself; without a look at it, the error is not hidden. */
function isOnlyObserver(actor: AnyActorRef): boolean {
  const { observers } = actor as unknown as { readonly observers?: ReadonlySet<unknown> }
  const isFailed = (actor.getSnapshot() as Snapshot<unknown>).status === 'error'
  return isFailed && (observers === undefined || observers.size <= 1)
}
