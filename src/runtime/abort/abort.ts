// The spreading of an abort (S2), and the setting of its time (S5). What it means for each action it comes to is decided by
// the life of that (S4); what is done when the time is up is in force.ts. All on the main thread: its order decides.

import { isBoundBy } from '../../../actors/life-stage.js'
import type { AbortEvent, AbortWalk } from '../../../actors/life-state.js'
import type { EventLog } from '../observe/event-log.js'
import type { Clock } from '../../protocol/clock.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { encodeReason } from '../../protocol/errors/encode-error.js'
import type { TimeoutBound } from '../../protocol/errors/errors.js'
import type { Lane } from '../../threads/lane.js'
import type { Dispatch } from '../life/dispatch.js'
import { notifyPhase } from '../messaging/notify-spawner.js'
import { abortEvent } from '../observe/action-events.js'
import { traceAbort } from '../observe/diagnostics.js'
import type { ActionObserver } from '../runtime-access.js'
import type { Action } from '../tree/action.js'
import { SettleQueue } from './settle-queue.js'

/** What an abort may bring along: one deadline for the whole subtree, from the request. */
export interface Urgency {
  readonly graceMs?: number | undefined
  readonly force?: boolean | undefined
  /** The deadline of an earlier request, in epoch milliseconds, for what only comes to be hit by it now. */
  readonly deadline?: number | undefined
}

/** What aborts need of the lives that they end. */
export interface AbortedLife {
  readonly now: Clock
  readonly events: Pick<EventLog, 'publish'>
  readonly dispatch: Pick<Dispatch, 'withdraw' | 'schedule'>
  /** Takes an action out of the queue, or from among those that wait for room in it. */
  readonly admission: { withdraw(action: Action): void }
  /** Live actions by phase. */
  readonly live: { queued: number; aborting: number }
  /** The control server, while there is one. */
  readonly observer: Pick<ActionObserver, 'withdrawn'> | undefined
  /** Looks whether it has started, if it was sent. */
  phaseOf(action: Action): unknown
  /** It isn't on a lane any more. */
  takenBack(action: Action): void
}

const AWAIT_END = { type: 'awaitEnd' } as const

/** Aborts and their escalation. */
export class Cancellation {
  readonly #life: AbortedLife
  readonly #settleQueue = new SettleQueue((action) => this.#settle(action))
  /** Whose phases are shown at the end of the step that is under way. */
  #unshown: Action[] | undefined

  constructor(life: AbortedLife) {
    this.#life = life
  }

  /**
   * Aborts an action and everything bound to it, in one synchronous step; `false` if its end came first. Even then the
   * urgency is passed on to what still drains under it (S4). `bound`: that of its time which has passed, if that is why.
   */
  abort(target: Action, reason: AbortReason, urgency: Urgency = {}, bound?: TimeoutBound): boolean {
    const at = this.#life.now()
    const deadline = deadlineOf(urgency, at)
    if (!target.isDecided) this.#look(target)
    if (target.isDecided) {
      this.hasten([target], deadline)
      return false
    }
    // What that has shown may have been answered by an abort: then no timeout changes the outcome (S8).
    if (bound !== undefined && !isBoundBy(target.life, bound)) return false
    this.#joinParentsAbort(target)
    this.#life.events.publish(abortEvent, target, reason)
    const isEscalation = target.phase === 'aborting'
    const walk = new Walk(this.#life, reason, !target.hasChildren)
    const event: AbortEvent<Action> = { type: 'abort', reason, at, deadline, escalates: true, walk }
    this.#inOneStep(() => {
      target.send(bound === undefined ? event : { ...event, bound })
      this.#spread([target], event, walk)
    })
    this.#finish(walk)
    traceAbort(target, reason, isEscalation)
    return true
  }

  /** Aborts what still lives under an action that has ended by itself (I2). */
  abortChildren(parent: Action, reason: AbortReason): void {
    const { deadline } = parent.abort
    // What its shields protected is bound by the request now, however it was stopped (S5).
    if (parent.hasShieldedChildren) this.hasten(parent.children.shielded, deadline)
    this.#look(parent)
    const walk = new Walk(this.#life, reason, false)
    const at = this.#life.now()
    this.#inOneStep(() =>
      this.#spread([parent], { type: 'abort', reason, at, deadline, escalates: false, walk }, walk),
    )
    this.#finish(walk)
  }

  /**
   * Whether the phase of an action is shown later: whoever sees it may act at once (X1), and finds all of an abort done, its
   * signals on their way ahead of what he sends (S2).
   */
  showsLater(action: Action): boolean {
    if (this.#unshown === undefined) return false
    this.#unshown.push(action)
    return true
  }

  #inOneStep(step: () => void): void {
    if (this.#unshown !== undefined) {
      step()
      return
    }
    const unshown: Action[] = []
    this.#unshown = unshown
    try {
      step()
    } finally {
      this.#unshown = undefined
    }
    for (const action of unshown) action.showLive()
  }

  /** What runs is seen to run ahead of the step, so that the phases tell what was. */
  #look(target: Action): void {
    const actions = [target]
    for (let at = 0; at < actions.length; at += 1) {
      const action = actions[at] as Action
      this.#life.phaseOf(action)
      // What was never sent is left alone: there may be very many.
      for (const child of action.children.individual) if (!child.isShielded) actions.push(child)
    }
  }

  /** A bound of an action's `timeout` has passed (S8). */
  timeOut(action: Action, bound: TimeoutBound): void {
    const message = `timeout.${bound} of ${action.bound(bound)} ms has passed`
    const reason: AbortReason = { source: 'timeout', message, origin: action.id, at: this.#life.now() }
    this.abort(action, reason, {}, bound)
  }

  /** Sets the time that is left to actions and all under them, and changes nothing else (S5). */
  hasten(targets: Iterable<Action>, deadline: number | undefined): void {
    if (deadline === undefined) return
    const actions = subtree(targets)
    const event = { type: 'hasten', deadline } as const
    // All are bound before the first is stopped by force: then none is spared as somebody's neighbour.
    for (const action of actions) action.send(event)
    for (let at = actions.length - 1; at >= 0; at -= 1) (actions[at] as Action).send(AWAIT_END)
  }

  /** Goes down from actions that have been aborted, or have ended: comes to each under them, in one pass. */
  #spread(parents: Action[], event: AbortEvent<Action>, walk: Walk): void {
    for (let at = 0; at < parents.length; at += 1) {
      const parent = parents[at] as Action
      if (!parent.hasChildren) continue
      this.#abortWaiting(parent, event, walk)
      for (const child of parent.children.abortedIndividually()) {
        if (child.isShielded) continue
        child.send(event)
        parents.push(child)
      }
    }
    walk.send()
  }

  /** Only when all signals are on their way does anything settle, children before their parents; then times are set. */
  #finish(walk: Walk): void {
    this.#settleQueue.add([...walk.waiting, walk.neverStarted.toReversed()], walk.count)
    for (let at = walk.told.length - 1; at >= 0; at -= 1) (walk.told[at] as Action).send(AWAIT_END)
  }

  /** Aborts the children that were never sent: they take the phase from their parent, and none is touched (S2). */
  #abortWaiting(parent: Action, { reason, at, escalates }: AbortEvent<Action>, walk: Walk): void {
    const waiting = parent.children.abortWaiting(reason, at, escalates)
    if (waiting === undefined) return
    const { live, observer } = this.#life
    observer?.withdrawn(parent.run, waiting.size)
    live.queued -= waiting.size
    live.aborting += waiting.size
    walk.waiting.push(waiting.values())
    walk.count += waiting.size
  }

  /** One that has taken its phase from its parent's abort has that abort as its own from now on. */
  #joinParentsAbort(action: Action): void {
    const { parentsAbort } = action
    if (parentsAbort === undefined) return
    action.send({ type: 'abortedWithParent', abort: parentsAbort })
    notifyPhase(action, 'aborting')
  }

  /** Settles one that can't start any more. */
  #settle(action: Action): void {
    const { parentsAbort } = action
    this.#life.admission.withdraw(action)
    action.send({ type: 'neverStarts', parentsAbort })
  }
}

/** One abort on its way through the tree. */
class Walk implements AbortWalk<Action> {
  readonly #life: AbortedLife
  readonly #reason: AbortReason
  /** There is only one that can be told: then it is told while it is marked. */
  readonly #isAlone: boolean
  readonly #byLine = new Map<Lane<Action>, Action[]>()
  /** Those whose time is looked at when all have been told. */
  readonly told: Action[] = []
  /** Taken back before their bodies began, parents first. */
  readonly neverStarted: Action[] = []
  /** Those that were never sent, by their parents. */
  readonly waiting: IterableIterator<Action>[] = []
  /** How many settle without having started. */
  count = 0

  constructor(life: AbortedLife, reason: AbortReason, isAlone: boolean) {
    this.#life = life
    this.#reason = reason
    this.#isAlone = isAlone
  }

  takeBack(action: Action): boolean {
    if (action.line?.withdraw(action) !== true) return false
    this.#life.takenBack(action)
    this.#life.dispatch.withdraw(action)
    // What waits in the queue may have a place.
    this.#life.dispatch.schedule()
    return true
  }

  withdrawn(action: Action): void {
    action.leaveWaiting()
    // From here on it can't be started; it settles with the others, or a little later.
    this.#life.admission.withdraw(action)
    this.neverStarted.push(action)
    this.count += 1
  }

  tell(action: Action): void {
    this.told.push(action)
    const { line } = action
    if (line === undefined) return
    if (this.#isAlone) {
      line.abort([action], encodeReason(this.#reason))
      return
    }
    const onLine = this.#byLine.get(line)
    if (onLine === undefined) this.#byLine.set(line, [action])
    else onLine.push(action)
  }

  alreadyAborting(action: Action): void {
    this.told.push(action)
  }

  /** Raises all signals, before anything else is sent to those threads (S2). */
  send(): void {
    if (this.#byLine.size === 0) return
    const encoded = encodeReason(this.#reason)
    for (const [line, onLine] of this.#byLine) line.abort(onLine, encoded)
  }
}

/** The deadline that an urgency sets, in epoch milliseconds. */
function deadlineOf({ force, graceMs, deadline }: Urgency, now: number): number | undefined {
  if (force === true) return now
  return graceMs === undefined ? deadline : now + graceMs
}

/** Actions and everything that runs under them, parents first; without what a shield protects. */
function subtree(targets: Iterable<Action>): Action[] {
  const actions = [...targets]
  for (let at = 0; at < actions.length; at += 1) {
    for (const child of (actions[at] as Action).children.abortedIndividually())
      if (!child.isShielded) actions.push(child)
  }
  return actions
}
