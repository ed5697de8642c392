// The XState actor of one action: made when somebody can see it, it shows the life of the action from then on (X5).

import { actionLogic, guardActor, showStep } from '../../../actors/action-logic.js'
import {
  finalSnapshot,
  liveSnapshot,
  stoppedSnapshot,
  type ShownLife,
} from '../../../actors/action-snapshot.js'
import { watchObservers, type ErrorObservers } from '../../../actors/error-observers.js'
import { xstate } from '../../../actors/xstate.js'
import type {
  ActionActorNews,
  ActionActorRef,
  ActionCancelEvent,
  ActionSnapshot,
} from '../../action-actor.js'
import { inCleanContext } from '../../protocol/async-context.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { ActionAbortedError } from '../../protocol/errors/errors.js'
import type { EventObject } from '../../protocol/event-object.js'
import type { Outcome, Phase } from '../../protocol/outcome.js'
import type { Inspector } from '../../runtime.js'
import { shownAttempt } from './action-record.js'
import { guarded, guardInspectors } from '../observe/deferred-inspector.js'

/** What an actor shows of its action. */
export interface ShownAction {
  readonly id: string
  readonly name: string
  readonly run: { readonly name: string; readonly inspect: Inspector | undefined }
  readonly parent: { readonly actor: ActionActorRef } | undefined
  readonly phase: Phase
  readonly attempt: number
  readonly began: boolean
  readonly lastReport: unknown
  readonly reason: AbortReason | undefined
  readonly outcome: Outcome<unknown> | undefined
  /** Those that live, and those whose end is just being shown. Of one that is just being made, the actor isn't there yet. */
  readonly children: Iterable<{
    readonly id: string
    readonly isSettled: boolean
    readonly shownActor: ActionActorRef | undefined
  }>
}

/** What those who send to an actor want of its action. */
export interface ActorAccess<Subject> {
  /** Puts a message into its mailbox (X2). Throws for what is no message. */
  receive(action: Subject, message: EventObject): void
  /** Cancels it with what is under it (X4). */
  cancel(action: Subject, event: ActionCancelEvent): void
  /** The same, since its actor was stopped; `false` if its end came first (X3). */
  stop(action: Subject): boolean
  /** An event that only the runtime sends: nothing happens (X2). */
  refuse(action: Subject, type: string): void
}

/** The actor of an action that lives. */
export class ActionActor<Subject extends ShownAction> {
  readonly ref: ActionActorRef
  readonly errorObservers: ErrorObservers
  readonly #start: () => void
  readonly #action: Subject
  readonly #children = (): Readonly<Record<string, ActionActorRef>> => {
    const actors: Record<string, ActionActorRef> = {}
    for (const { id, isSettled, shownActor } of this.#action.children)
      if (!isSettled && shownActor !== undefined) actors[id] = shownActor
    return actors
  }
  /** What it shows for good, once somebody has stopped it. */
  #stopped: ActionSnapshot | undefined
  #isStopping = false

  constructor(action: Subject, access: ActorAccess<Subject>) {
    this.#action = action
    const { id, name, run, parent } = action
    const actor = xstate().createActor(actionLogic, {
      id,
      systemId: id,
      input: { id, name, run: run.name },
      snapshot: liveSnapshot(lifeOf(action), this.#children),
      ...(parent && { parent: parent.actor as never }),
      ...(parent === undefined && run.inspect && { inspect: run.inspect }),
    })
    if (parent === undefined) guardInspectors(actor.system)
    this.errorObservers = watchObservers(actor, () => abortedError(action, actor.getSnapshot()))
    guardActor(actor, {
      receive: (message) => access.receive(action, message),
      cancel: (event) => access.cancel(action, event),
      stop: () => this.#stop(access),
      refuse: (type) => access.refuse(action, type),
    })
    this.ref = actor
    this.#start = () => void actor.start()
  }

  /** Once its action has it: inspectors see it come to life. */
  start(): void {
    this.#start()
  }

  /** Shows the next step of its action's life. Nothing more, once somebody has stopped it: XState would warn of each. */
  show(news: ActionActorNews): void {
    if (this.#isStopping || this.ref.getSnapshot().status !== 'active') return
    const life = lifeOf(this.#action)
    const snapshot =
      'outcome' in news ? finalSnapshot(life, news.outcome) : liveSnapshot(life, this.#children)
    // Who observes it has no part in what this is called for: a message from a thread, or the abort of somebody else.
    guarded(() => inCleanContext(() => showStep(this.ref, news, snapshot)))
  }

  /** Its action is cancelled. That goes on without its actor, which XState completes at once (X3). */
  #stop(access: ActorAccess<Subject>): ActionSnapshot {
    if (this.#stopped !== undefined) return this.#stopped
    this.#isStopping = true
    const action = this.#action
    const { lastReport } = action
    const accepted = access.stop(action)
    // Where nothing had to be waited for, it has ended within this.
    const life = { ...lifeOf(action), report: lastReport, ...(accepted && { phase: 'aborting' as const }) }
    return (this.#stopped = stoppedSnapshot(life, this.#children))
  }
}

/**
 * The actor of an action that has ended, for who looks only then. It isn't started, and so isn't registered; whoever
 * subscribes is told of the end.
 */
export function finalActor(
  action: Omit<ShownAction, 'parent' | 'children' | 'lastReport'>,
  outcome: Outcome<unknown>,
  lastReport: unknown,
): { readonly ref: ActionActorRef; readonly errorObservers: ErrorObservers } {
  const { id, name, run } = action
  const actor = xstate().createActor(actionLogic, {
    id,
    input: { id, name, run: run.name },
    snapshot: finalSnapshot(
      { attempt: shownAttempt(action), report: lastReport, reason: action.reason },
      outcome,
    ),
  })
  const errorObservers = watchObservers(actor, () => ('error' in outcome ? outcome.error : undefined))
  return { ref: actor.stop(), errorObservers }
}

function lifeOf(
  action: Pick<ShownAction, 'phase' | 'attempt' | 'began' | 'lastReport' | 'reason'>,
): ShownLife {
  const { phase, lastReport, reason } = action
  return { phase, attempt: shownAttempt(action), report: lastReport, reason }
}

/** What whoever subscribes to a stopped actor, and asks for errors, is given. */
function abortedError({ id, run, outcome }: ShownAction, { reason }: ActionSnapshot): unknown {
  if (outcome !== undefined && 'error' in outcome) return outcome.error
  return reason && new ActionAbortedError({ reason, run: run.name, action: id })
}
