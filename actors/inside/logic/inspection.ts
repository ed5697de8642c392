// The inspection events of the actors in this thread, as plain data. The runtime makes inspection events of them again, for
// actors that it stands in for.

import type { AnyActorRef, InspectionEvent, Snapshot } from 'xstate'
import type { Body } from '../body/body.js'
import { encodeError } from '../../../src/protocol/errors/encode-error.js'
import { cloneable, plainSnapshot } from './plain-snapshot.js'

/** An inspector that tells the runtime. */
export function forwardInspection(body: Body): (event: InspectionEvent) => void {
  const { ticket } = body
  let outside: string | undefined
  return (event) => {
    const { sessionId: session } = event.actorRef
    // The one that stands for everything outside: the action's own actor is shown in its place.
    outside ??= session
    if (session === outside) return
    switch (event.type) {
      case '@xstate.actor': {
        const actor = event.actorRef as AnyActorRef
        const parent = actor._parent?.sessionId
        body.post({
          type: 'inspection',
          ticket,
          event: {
            kind: 'actor',
            session,
            parent: parent === outside ? undefined : parent,
            id: actor.id,
            definition: definitionOf(actor),
            // It is being made, and has none that could be read.
            snapshot: { status: 'active', output: undefined, error: undefined },
          },
        })
        return
      }
      case '@xstate.event': {
        const source = event.sourceRef?.sessionId
        body.post({
          type: 'inspection',
          ticket,
          event: {
            kind: 'event',
            session,
            source: source === outside ? undefined : source,
            event: cloneable(event.event),
          },
        })
        return
      }
      case '@xstate.snapshot':
        body.post({
          type: 'inspection',
          ticket,
          event: {
            kind: 'snapshot',
            session,
            event: cloneable(event.event),
            snapshot: shown(event.snapshot),
          },
        })
        return
      default:
      // Transitions, microsteps and actions are details within one actor.
    }
  }
}

function shown(snapshot: Snapshot<unknown>): unknown {
  return {
    ...plainSnapshot(snapshot),
    ...(snapshot.status === 'error' && { error: encodeError(snapshot.error) }),
  }
}

/** The config of a machine as JSON holds it: its functions by their names. */
function definitionOf(actor: AnyActorRef): unknown {
  const { config } = (actor as unknown as { logic?: { config?: unknown } }).logic ?? {}
  if (typeof config !== 'object' || config === null) return undefined
  try {
    return JSON.parse(
      JSON.stringify(config, (_key, value: unknown) =>
        typeof value === 'function' ? { type: value.name } : value,
      ),
    )
  } catch {
    // It refers to itself.
    return undefined
  }
}
