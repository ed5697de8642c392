// A body that is an actor logic: the thread runs an actor of it. Its mailbox gets the action's messages; what it emits, and
// what it sends to its parent, are the action's emits; its snapshots are reports; `done` is the output; an abort stops it.
// It waits for messages all its life, so it is parked all its life (S1).

import { createActor, type ActorLogic, type AnyActorLogic, type AnyActorRef, type Snapshot } from 'xstate'
import type { ActionContext } from '../../../src/context.js'
import { describeValue } from '../../../src/protocol/values/describe-value.js'
import type { EventObject } from '../../../src/protocol/event-object.js'
import type { Body, BodyScope } from '../body/body.js'
import { forwardInspection } from './inspection.js'
import { plainSnapshot } from './plain-snapshot.js'
import { scopeOf } from '../body/context.js'
import { waitFor } from '../body/waits.js'
import { world } from '../../../src/protocol/world.js'

/** How long snapshots that follow one another closely wait for the last of them, in milliseconds. */
const REPORT_EVERY_MS = 20

/** The body that runs a logic. */
export function bodyOf(logic: AnyActorLogic): (input: never, ctx: ActionContext<never>) => Promise<unknown> {
  return (input, ctx) => runLogic(logic, input, scopeOf(ctx))
}

function runLogic(logic: AnyActorLogic, input: unknown, within: BodyScope): Promise<unknown> {
  const { body } = within
  return waitFor<unknown>(within, (resolve, reject) => {
    const reports = new SnapshotReports(body)
    const { info } = body
    // A parent of its own: `sendParent`, `sendBack` and event observables find nobody else in a thread.
    const outside = createActor(outsideLogic, {
      id: info.run,
      input: (event) => body.output.emit(event),
      logger: (...parts: unknown[]) => body.output.log('info', parts.map(text).join(' ')),
      ...(body.inspected && { inspect: forwardInspection(body) }),
    }).start()
    const actor: AnyActorRef = createActor(logic, { id: info.id, input, parent: outside as AnyActorRef })
    let stopReading: (() => void) | undefined
    const read = (message: EventObject): void => {
      stopReading = body.mailbox.onNext(read)
      body.callBack(() => actor.send(message))
    }
    actor.on('*', (event: EventObject) => body.output.emit(event))
    actor.subscribe({
      next: (snapshot: Snapshot<unknown>) => reports.add(snapshot),
      error: (error: unknown) => {
        reports.end()
        reject(error)
      },
      complete: () => {
        reports.end()
        resolve((actor.getSnapshot() as Snapshot<unknown>).output)
      },
    })
    actor.start()
    // What has waited in the mailbox; then what comes, as long as it runs.
    while (isActive(actor)) {
      const message = body.mailbox.take()
      if (message === undefined) {
        stopReading = body.mailbox.onNext(read)
        break
      }
      actor.send(message)
    }
    return () => {
      stopReading?.()
      reports.end()
      // As XState itself tells a child: nothing is awaited, exit actions don't run.
      if (isActive(actor)) actor.send({ type: 'xstate.stop' })
    }
  })
}

function isActive(actor: AnyActorRef): boolean {
  return (actor.getSnapshot() as Snapshot<unknown>).status === 'active'
}

function text(part: unknown): string {
  return typeof part === 'string' ? part : describeValue(part)
}

type Outside = ActorLogic<Snapshot<unknown>, EventObject & { type: string }, (event: EventObject) => void>

/** Stands for everything outside: what it is sent is given to the one who listens. */
const outsideLogic: Outside = {
  getInitialSnapshot: (_scope, listen) =>
    ({ status: 'active', output: undefined, error: undefined, input: listen }) as Snapshot<unknown>,
  transition(snapshot, event) {
    // Its end is seen by its observer.
    if (!event.type.startsWith('xstate.'))
      (snapshot as unknown as { input: (event: EventObject) => void }).input(event)
    return snapshot
  },
  getPersistedSnapshot: (snapshot) => snapshot,
}

/** Reports the snapshots of an actor: at once where they are rare, else the last of those that follow one another. */
class SnapshotReports {
  readonly #body: Body
  #last: Snapshot<unknown> | undefined
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(body: Body) {
    this.#body = body
  }

  add(snapshot: Snapshot<unknown>): void {
    if (this.#ended) return
    this.#last = snapshot
    if (this.#timer !== undefined) return
    this.#report()
    this.#timer = world.setTimeout(() => {
      this.#timer = undefined
      if (this.#last !== undefined) this.add(this.#last)
    }, REPORT_EVERY_MS)
  }

  /** Reports what is left. What a stop makes of the snapshot isn't shown: some logics take it for any other event. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    world.clearTimeout(this.#timer)
    this.#report()
  }

  #report(): void {
    if (this.#last !== undefined) this.#body.output.report(plainSnapshot(this.#last))
    this.#last = undefined
  }
}
