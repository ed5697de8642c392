// Shows an inspector the actors that run in threads: for each, one here stands in for it, with the same place in the tree.

import type { ActorRefLike, AnyActorRef, Snapshot } from 'xstate'
import { decodeError } from '../../protocol/errors/decode-error.js'
import type { EncodedError } from '../../protocol/errors/encoded-error.js'
import type { InsideInspection } from '../../protocol/messages.js'
import type { Action } from '../tree/action.js'
import { inspectIn } from './deferred-inspector.js'

/** Stands in for an actor in a thread: what inspectors look at. */
interface StandIn extends ActorRefLike {
  readonly id: string
  readonly _parent: { readonly sessionId: string } | undefined
  readonly logic: { readonly config: unknown }
  snapshot: Snapshot<unknown>
}

/** Turns what threads tell into inspection events. */
export class InsideInspector {
  /** The actors of each attempt, by their session in the thread. */
  readonly #actors = new WeakMap<
    Action,
    { readonly attempt: number; readonly bySession: Map<string, StandIn> }
  >()

  /** Shows the inspector of a run what has happened inside. */
  show(action: Action, inside: InsideInspection): void {
    const { run } = action
    if (!run.isWatched || action.isSettled) return
    const { system } = run.root.actor
    const actors = this.#actorsOf(action)
    const known = (session: string | undefined): StandIn | AnyActorRef =>
      (session === undefined ? undefined : actors.get(session)) ?? (action.actor as AnyActorRef)
    const publish = (event: object): void => inspectIn(system, event)
    switch (inside.kind) {
      case 'actor': {
        const snapshot = decodeSnapshot(inside.snapshot)
        const actor: StandIn = {
          id: inside.id,
          sessionId: `${action.run.name}/${action.id}#${action.attempt}/${inside.session}`,
          _parent: known(inside.parent),
          logic: { config: inside.definition },
          snapshot,
          send: () => {
            throw new Error(
              `actor '${inside.id}' lives in a thread, and is only shown here: send to its action`,
            )
          },
          getSnapshot: () => actor.snapshot,
        }
        actors.set(inside.session, actor)
        publish({ type: '@xstate.actor', actorRef: actor })
        return
      }
      case 'event':
        publish({
          type: '@xstate.event',
          actorRef: known(inside.session),
          sourceRef: inside.source === undefined ? undefined : known(inside.source),
          event: inside.event,
        })
        return
      case 'snapshot': {
        const actor = actors.get(inside.session)
        if (actor === undefined) return
        actor.snapshot = decodeSnapshot(inside.snapshot)
        publish({
          type: '@xstate.snapshot',
          actorRef: actor,
          event: inside.event,
          snapshot: actor.snapshot,
        })
      }
    }
  }

  /** An attempt is over, and its actors are, too: the ends of which its thread can't tell any more are shown here (X6). */
  attemptEnded(action: Action): void {
    const actors = this.#actors.get(action)
    if (actors === undefined) return
    this.#actors.delete(action)
    const { system } = action.run.root.actor
    // Children before their parents.
    for (const actor of [...actors.bySession.values()].toReversed()) {
      if (actor.snapshot.status !== 'active') continue
      actor.snapshot = { ...actor.snapshot, status: 'stopped', output: undefined, error: undefined }
      const event = { type: 'xstate.stop' }
      inspectIn(system, { type: '@xstate.snapshot', actorRef: actor, event, snapshot: actor.snapshot })
    }
  }

  #actorsOf(action: Action): Map<string, StandIn> {
    const known = this.#actors.get(action)
    if (known?.attempt === action.attempt) return known.bySession
    const bySession = new Map<string, StandIn>()
    this.#actors.set(action, { attempt: action.attempt, bySession })
    return bySession
  }
}

function decodeSnapshot(inside: unknown): Snapshot<unknown> {
  const snapshot = inside as Record<string, unknown>
  if (snapshot['status'] !== 'error') return snapshot as unknown as Snapshot<unknown>
  return {
    ...snapshot,
    error: decodeError(snapshot['error'] as EncodedError),
  } as unknown as Snapshot<unknown>
}
