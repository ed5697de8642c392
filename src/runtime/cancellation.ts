// How an abort spreads (S2), what it finds (S4), how long it is given (S5), and what is done when that wasn't enough
// (S6). All on the main thread: its order decides.

import type { AbortReason } from '../protocol/abort-reason.js'
import { ClaimState } from '../protocol/claims.js'
import { encodeReason } from '../protocol/encode-error.js'
import type { TimeoutBound } from '../protocol/errors.js'
import type { Lane } from '../threads/lane.js'
import { AbortState } from './abort-state.js'
import { abortEvent } from './action-events.js'
import type { ActionNode } from './action-node.js'
import { isDecided } from './attempt-end.js'
import { traceAbort } from './diagnostics.js'
import { Settling } from './settling.js'
import { tellPhase } from './spawner-line.js'
import type { Supervisor } from './supervisor.js'

/** How long before a kill its replacement is got ready, in milliseconds: a thread starts in 20 to 50. */
const WARM_UP_MS = 60

/** How many pings in a row, of 250 ms each, go unanswered before innocents are killed with the guilty. */
const PINGS_BEFORE_KILL = 4

/** So many children that wait are too many to be marked one by one in the step of an abort. */
const MANY = 1024

/** What an abort may bring along: one deadline for the whole subtree, from the request. */
export interface Urgency {
  readonly graceMs?: number | undefined
  readonly force?: boolean | undefined
}

/** What one abort does, while it walks. */
interface AbortStep {
  readonly reason: AbortReason
  readonly now: number
  readonly deadline: number
  /** For all that have never started, once there is one. */
  together: AbortState | undefined
  readonly neverStarted: ActionNode[]
  readonly watched: ActionNode[]
  /** Who is told, by line; `undefined` where there is only one: that one is told while it is marked. */
  readonly told: Map<Lane<ActionNode>, ActionNode[]> | undefined
  /** Whose waiting children are too many to be touched in this step. */
  readonly large: ActionNode[]
}

/** What the cancellation needs of the threads. */
export interface Killing {
  /** Kills the thread of a lane, for the sake of the guilty. */
  kill(lane: Lane<ActionNode>, guilty: ActionNode): void
  /** A kill may come soon: its replacement can be got ready. */
  expectKill(): void
  /** Takes nothing new onto a lane with an abandoned body, and replaces its thread when the others have ended. */
  retire(lane: Lane<ActionNode>): void
}

/** Aborts and their escalation. */
export class Cancellation {
  readonly #supervisor: Supervisor
  readonly #settling: Settling
  #killing: Killing | undefined

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor
    this.#settling = new Settling((node) => this.#settleWaiting(node))
  }

  set killing(killing: Killing) {
    this.#killing = killing
  }

  /**
   * Aborts an action and everything bound to it, in one synchronous step; `false` if its end came first. Even then the
   * urgency is passed on to what still drains under it.
   */
  abort(target: ActionNode, reason: AbortReason, urgency: Urgency = {}): boolean {
    if (target.isSettled) return false
    if (isDecided(target)) {
      this.#hasten(subtree([target]), urgency)
      return false
    }
    this.#supervisor.events.publish(abortEvent, target, reason)
    const escalation = target.phase === 'aborting'
    this.#abortAll([target], this.#step(reason, urgency, !target.hasChildren))
    traceAbort(target, reason, escalation)
    return true
  }

  /** Aborts what still lives under an action that has ended by itself. */
  abortChildren(parent: ActionNode, reason: AbortReason): void {
    // One whose attempt has timed out isn't tried again, and so is aborted, too (S8).
    const step = this.#step(reason, {}, false)
    this.#abortAll(
      this.#toVisit(parent, step),
      step,
      (node) => node.phase !== 'aborting' || node.isAttemptTimedOut,
    )
  }

  /** A bound of an action's `timeout` has passed (S8). */
  timeOut(node: ActionNode, bound: TimeoutBound, limitMs: number): void {
    // Once aborted, no timeout changes the outcome; nor once it has ended. The deadline of all attempts ends what would
    // have been tried again.
    if (node.isSettled || isDecided(node)) return
    const isOver = node.ending !== undefined || node.phase === 'aborting'
    if (isOver && !(bound === 'deadlineMs' && (node.isAttemptTimedOut || node.phase !== 'aborting'))) return
    if (bound === 'queuedMs' && this.#supervisor.phaseOf(node) !== 'queued') return
    node.ownAbort().timedOut = bound
    this.abort(node, {
      source: 'timeout',
      message: `timeout.${bound} of ${limitMs} ms has passed`,
      origin: node.id,
      at: this.#supervisor.now(),
    })
  }

  /** A child has settled: the grace of a parent that is being aborted may begin (S5). */
  childSettled(parent: ActionNode): void {
    if (parent.phase === 'aborting' && parent.ending === undefined) this.#watch(parent)
  }

  /**
   * Marks what is bound to the targets, tells those that run, and settles those that don't. Walks and marks in one pass:
   * 100 000 actions are more than a processor's cache holds, and to touch each a second time took as long as the first.
   */
  #abortAll(targets: Iterable<ActionNode>, step: AbortStep, isMeant?: (node: ActionNode) => boolean): void {
    /** Those whose children come next; nearly all actions have none. */
    const parents: ActionNode[] = []
    const visit = (node: ActionNode): void => {
      if (isMeant?.(node) !== false) this.#abortOne(node, step)
      if (node.hasChildren) parents.push(node)
    }
    for (const target of targets) visit(target)
    for (let at = 0; at < parents.length; at += 1) {
      for (const child of this.#toVisit(parents[at] as ActionNode, step)) visit(child)
    }
    for (const parent of step.large) this.#abortWaiting(parent, step)
    if (step.told !== undefined) {
      const encoded = encodeReason(step.reason)
      for (const [line, onLine] of step.told) line.abort(onLine, encoded)
    }
    // Only now, when all signals are on their way, does anything settle: children before their parents.
    this.#settling.add(step.neverStarted.toReversed())
    for (let at = step.watched.length - 1; at >= 0; at -= 1) this.#watch(step.watched[at] as ActionNode)
  }

  /**
   * Whom of an action's children an abort of it looks at. Where a great many wait, not at these: to touch 100 000 takes 50 ms,
   * as they lie far apart in memory. They are aborted by a word to the family, as long as nobody is told of each.
   */
  #toVisit(parent: ActionNode, step: AbortStep): Iterable<ActionNode> {
    if (parent.waitingChildren < MANY) return parent.unshieldedChildren()
    const { events, admission } = this.#supervisor
    const isEachTold = events.isRecording || admission.isBounded || parent.run.isWatched
    // Those of a second abort may be marked or not.
    if (isEachTold || parent.hasShieldedChildren || parent.mayHaveAborted) {
      parent.marksChildren()
      return parent.unshieldedChildren()
    }
    step.large.push(parent)
    return parent.sentChildren
  }

  #abortWaiting(parent: ActionNode, step: AbortStep): void {
    const { live } = this.#supervisor
    const count = parent.waitingChildren
    step.together ??= sharedState(step.reason, step.now)
    parent.abortWaiting(step.together, this.#supervisor.spawned)
    live.queued -= count
    live.aborting += count
    this.#settling.addRow(parent.children)
  }

  /** Settles one that can't start any more. */
  #settleWaiting(node: ActionNode): void {
    if (node.phase !== 'aborting' || node.line !== undefined || node.ending !== undefined) return
    if (node.isUnmarked) {
      node.mark()
      tellPhase(node, 'aborting')
    }
    this.#supervisor.admission.withdraw(node)
    this.#supervisor.neverStarted(node)
  }

  #step(reason: AbortReason, urgency: Urgency, isAlone: boolean): AbortStep {
    const now = this.#supervisor.now()
    return {
      reason,
      now,
      deadline: deadlineOf(urgency, now),
      together: undefined,
      neverStarted: [],
      watched: [],
      told: isAlone ? undefined : new Map(),
      large: [],
    }
  }

  #abortOne(node: ActionNode, step: AbortStep): void {
    const { reason, now, deadline, watched, told } = step
    if (isDecided(node)) {
      shorten(node, deadline)
      return
    }
    if (node.phase === 'aborting') {
      shorten(node, deadline)
      this.#escalate(node, reason)
      watched.push(node)
      return
    }
    const supervisor = this.#supervisor
    if (node.ending !== undefined) {
      shorten(node, deadline)
      supervisor.giveUpRetry(node, reason)
      return
    }
    // What runs is seen to run first, so that the phases tell what was.
    if (node.line !== undefined) supervisor.phaseOf(node)
    const { line } = node
    if (line === undefined || this.#takeBack(node, line)) {
      node.abortTogether((step.together ??= sharedState(reason, now)))
      supervisor.changePhase(node, 'aborting')
      // From here on it can't be started; it settles with the others, or a little later.
      supervisor.admission.withdraw(node)
      step.neverStarted.push(node)
      return
    }
    // While it is marked, its message is on its way.
    if (told === undefined) line.abort([node], encodeReason(reason))
    shorten(node, deadline)
    const abort = node.ownAbort()
    abort.reason = reason
    abort.requestedAt = now
    supervisor.changePhase(node, 'aborting')
    abort.toldReason = reason
    watched.push(node)
    if (told === undefined) return
    const onLine = told.get(line)
    if (onLine === undefined) told.set(line, [node])
    else onLine.push(node)
  }

  /** Shortens what time is left, and changes nothing else (S5). */
  #hasten(nodes: readonly ActionNode[], urgency: Urgency): void {
    const deadline = deadlineOf(urgency, this.#supervisor.now())
    if (deadline === Infinity) return
    for (const node of nodes) shorten(node, deadline)
    for (let at = nodes.length - 1; at >= 0; at -= 1) this.#watch(nodes[at] as ActionNode)
  }

  #takeBack(node: ActionNode, line: Lane<ActionNode>): boolean {
    if (!line.takeBack(node)) return false
    this.#supervisor.takenBack(node)
    this.#supervisor.dispatch.withdrawn(node)
    return true
  }

  #escalate(node: ActionNode, reason: AbortReason): void {
    if (node.isAttemptTimedOut) {
      // An abort wins over the timeout of an attempt: it won't be tried again (S8).
      const abort = node.ownAbort()
      abort.timedOut = undefined
      abort.reason = reason
    } else {
      const abort = node.ownAbort()
      abort.escalations = [...(abort.escalations ?? []), reason]
    }
  }

  /** Sees to it that an aborting body is stopped by force when its time is up. */
  #watch(node: ActionNode): void {
    if (node.phase !== 'aborting' || node.ending !== undefined || node.line === undefined) return
    if (node.abort.forcing) return
    const now = this.#supervisor.now()
    if (!node.abort.graceStarted && !node.hasUnshieldedChildren) {
      node.ownAbort().graceStarted = true
      shorten(node, now + node.graceMs)
    }
    const left = node.abort.forceAt - now
    if (left <= 0) this.#force(node)
    else if (left <= WARM_UP_MS) {
      node.setTimer('force', left, () => {
        // After a stall of the main thread its timers come first: a body that ended in time isn't late.
        node.line?.drain()
        this.#force(node)
      })
    } else {
      node.setTimer('force', left - WARM_UP_MS, () => {
        this.#killing?.expectKill()
        this.#watch(node)
      })
    }
  }

  #force(node: ActionNode): void {
    const { line } = node
    if (line === undefined || node.ending !== undefined || node.abort.forcing) return
    shorten(node, this.#supervisor.now())
    if (!node.graceOver) {
      node.ownAbort().graceOver = true
      line.endGrace(node)
      // What its shields have protected until now; its other children are being aborted already.
      const { reason } = node
      if (reason !== undefined) {
        for (const child of node.children) if (child.phase !== 'aborting') this.abort(child, reason)
      }
    }
    if (!line.canBeKilled) {
      this.#hasten(subtree(node.children), { force: true })
      this.#abandon(node, line)
    } else if (this.#neighbours(node, line).length === 0) {
      this.#killing?.kill(line, node)
    } else {
      node.ownAbort().forcing = true
      void this.#askAndDecide(node, line)
    }
  }

  /**
   * The cases of S6 where others live on the thread. Before innocents are killed, it must have been silent for several
   * pings: on a machine with more to do than it can, a thread that yields may answer late.
   */
  async #askAndDecide(node: ActionNode, line: Lane<ActionNode>): Promise<void> {
    const { ticket } = node
    for (let silent = 1; ; silent += 1) {
      const responsive = await line.ping()
      // Another attempt may be on the same lane by now: the answer isn't meant for that (S9).
      if (node.line !== line || node.ticket !== ticket) return
      if (node.ending !== undefined || this.#decide(node, line, responsive, silent)) {
        node.ownAbort().forcing = false
        return
      }
    }
  }

  /** `false`: it isn't certain enough that the thread is blocked. */
  #decide(node: ActionNode, line: Lane<ActionNode>, responsive: boolean, silent: number): boolean {
    const neighbours = this.#neighbours(node, line)
    if (neighbours.length === 0) {
      this.#killing?.kill(line, node)
      return true
    }
    if (responsive) {
      this.#abandon(node, line)
      return true
    }
    // A parked body blocks nothing: another one does. Unless none other runs; then it computes while it is parked.
    const blockedByOther = neighbours.some((other) => line.claim(other) === ClaimState.running)
    if (line.claim(node) === ClaimState.parked && blockedByOther && line.dropParked(node)) {
      this.#supervisor.dispatch.ended(node, undefined, true)
      this.#supervisor.givenUp(node, 'forced')
      return true
    }
    if (silent < PINGS_BEFORE_KILL) return false
    this.#killing?.kill(line, node)
    return true
  }

  #abandon(node: ActionNode, line: Lane<ActionNode>): void {
    line.giveUp(node)
    line.abandoned += 1
    if (line.canBeKilled) this.#supervisor.dispatch.abandonedOn(node)
    else this.#supervisor.dispatch.ended(node, undefined, true)
    const message = `action ${node.id} '${node.name}' did not end within its grace and was abandoned: its code may still run in ${line.canBeKilled ? `thread ${String(node.thread)}, which takes nothing new` : "the app's own thread"}`
    this.#supervisor.warn(node, message)
    this.#supervisor.givenUp(node, 'abandoned')
    if (line.canBeKilled) this.#killing?.retire(line)
  }

  /** Live bodies on its thread that aren't to be stopped by force themselves. */
  #neighbours(node: ActionNode, line: Lane<ActionNode>): ActionNode[] {
    const now = this.#supervisor.now()
    return [...line.items()].filter((other) => {
      if (other === node || other.abort.forceAt <= now) return false
      const claim = line.claim(other)
      return claim === ClaimState.running || claim === ClaimState.parked
    })
  }
}

function deadlineOf({ force, graceMs }: Urgency, now: number): number {
  if (force === true) return now
  return graceMs === undefined ? Infinity : now + graceMs
}

function sharedState(reason: AbortReason, requestedAt: number): AbortState {
  const state = new AbortState(reason, requestedAt)
  state.isShared = true
  return state
}

function shorten(node: ActionNode, deadline: number): void {
  if (deadline < node.abort.forceAt) node.ownAbort().forceAt = deadline
}

/** Actions and everything live that is bound to them, parents first; without what a shield protects. */
function subtree(targets: Iterable<ActionNode>): ActionNode[] {
  const nodes = [...targets]
  for (let at = 0; at < nodes.length; at += 1) {
    for (const child of (nodes[at] as ActionNode).unshieldedChildren()) nodes.push(child)
  }
  return nodes
}
