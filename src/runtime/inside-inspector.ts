// Shows an inspector the actors that run in threads: for each, one here stands in for it, with the same place in the tree.

import type { ActorRefLike, AnyActorRef, InspectionEvent, Snapshot } from 'xstate'
import { decodeError } from '../protocol/decode-error.js'
import type { EncodedError } from '../protocol/encoded-error.js'
import type { InsideInspection } from '../protocol/messages.js'
import type { ActionNode } from './action-node.js'

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
    ActionNode,
    { readonly attempt: number; readonly bySession: Map<string, StandIn> }
  >()

  /** Tells the inspector of a run. */
  tell(node: ActionNode, inside: InsideInspection): void {
    const { inspect } = node.run
    if (inspect === undefined) return
    const rootId = node.run.root.actor.sessionId
    const actors = this.#actorsOf(node)
    const known = (session: string | undefined): StandIn | AnyActorRef =>
      (session === undefined ? undefined : actors.get(session)) ?? (node.actor as AnyActorRef)
    const publish = (event: unknown): void => {
      const next = typeof inspect === 'function' ? inspect : inspect.next?.bind(inspect)
      next?.(event as InspectionEvent)
    }
    switch (inside.kind) {
      case 'actor': {
        const snapshot = decodeSnapshot(inside.snapshot)
        const actor: StandIn = {
          id: inside.id,
          sessionId: `${node.run.name}/${node.id}#${node.attempt}/${inside.session}`,
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
        publish({ type: '@xstate.actor', actorRef: actor, rootId })
        return
      }
      case 'event':
        publish({
          type: '@xstate.event',
          actorRef: known(inside.session),
          sourceRef: inside.source === undefined ? undefined : known(inside.source),
          event: inside.event,
          rootId,
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
          rootId,
        })
      }
    }
  }

  #actorsOf(node: ActionNode): Map<string, StandIn> {
    const known = this.#actors.get(node)
    if (known?.attempt === node.attempt) return known.bySession
    const bySession = new Map<string, StandIn>()
    this.#actors.set(node, { attempt: node.attempt, bySession })
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
