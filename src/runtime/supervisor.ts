// The life of every action: started, ended, tried again, settled. It keeps the invariants of the tree (I1, I2, S3): what
// ends takes its children with it, and settles after them. How actions come in is the spawning's and the admission's,
// how aborts spread is the cancellation's.

import { decodeError } from '../protocol/decode-error.js'
import type { EncodedError } from '../protocol/encoded-error.js'
import type { AbortReason } from '../protocol/abort-reason.js'
import type { Clock } from '../protocol/clock.js'
import {
  isHeddleError,
  NotCloneableError,
  type HeddleError,
  type QueueFullError,
  type ThreadLostError,
} from '../protocol/errors.js'
import { wrapThrown } from '../protocol/wrap-thrown.js'
import type { EndedMessage, ToRuntime } from '../protocol/messages.js'
import type { Outcome, Phase } from '../protocol/outcome.js'
import { backoffMs } from '../scheduling/backoff.js'
import type { EventLog } from '../events.js'
import type { Lane, LaneLoss } from '../threads/lane.js'
import {
  abortSeenEvent,
  exitLateEvent,
  logEvent,
  phaseEvent,
  reportEvent,
  retryEvent,
  unresponsiveEvent,
  warningEvent,
} from './action-events.js'
import type { ActionNode, Ending, NodeOptions } from './action-node.js'
import { Admission } from './admission.js'
import { AlarmClock } from './alarm-clock.js'
import { endReason, isInnocent, lostError, mayRetry, outcomeOf, statusOf } from './attempt-end.js'
import { Cancellation } from './cancellation.js'
import type { DefinitionTable } from './definition-table.js'
import type { Dispatch } from './dispatch.js'
import { traceSettled } from './diagnostics.js'
import { Exchange } from './exchange.js'
import type { Records } from './records.js'
import type { RunState } from './run-state.js'
import { markUnheard, publishUnheard, tellEnd, tellPhase, tellReport } from './spawner-line.js'
import { Spawning } from './spawning.js'
import { Starts } from './starts.js'

type LivePhase = 'queued' | 'running' | 'aborting'

/** Who is shown what no event carries: inputs and outputs. Must not throw. */
export interface ActionObserver {
  /** It has been spawned; told ahead of its first event. */
  spawned(node: ActionNode): void
  /** It has ended; told ahead of its last event. */
  settled(node: ActionNode, outcome: Outcome<unknown>): void
}

/** What a supervisor is made of. */
export interface SupervisorOptions {
  readonly now: Clock
  readonly events: EventLog
  readonly records: Records
  readonly dispatch: Dispatch
  readonly definitions: DefinitionTable
  readonly graceMs: number
  readonly maxQueued: number
  /** Spreads the waits of attempts: 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
  /** What the app lends to its actions. */
  readonly services: object
  /** A root has ended. */
  readonly onRunSettled: (run: RunState, outcome: Outcome<unknown>) => void
}

/** Everything that lives in one runtime. */
export class Supervisor {
  readonly now: Clock
  readonly events: EventLog
  readonly dispatch: Dispatch
  readonly cancellation: Cancellation
  readonly admission: Admission
  readonly exchange: Exchange
  readonly totals: Record<'succeeded' | 'failed' | 'aborted' | 'timedOut', number> = {
    succeeded: 0,
    failed: 0,
    aborted: 0,
    timedOut: 0,
  }
  /** Live actions by phase. */
  readonly live: Record<LivePhase, number> = { queued: 0, running: 0, aborting: 0 }
  /** The control server, while there is one. */
  observer: ActionObserver | undefined
  readonly #records: Records
  readonly #random: () => number
  readonly #onRunSettled: (run: RunState, outcome: Outcome<unknown>) => void
  readonly #spawning: Spawning
  readonly #starts: Starts

  constructor(options: SupervisorOptions) {
    const { definitions, graceMs } = options
    this.now = options.now
    this.events = options.events
    this.dispatch = options.dispatch
    this.#records = options.records
    this.#random = options.random
    this.#onRunSettled = options.onRunSettled
    this.cancellation = new Cancellation(this)
    this.admission = new Admission(this, options.maxQueued)
    this.exchange = new Exchange(this, options.services)
    this.#starts = new Starts(this)
    this.#spawning = new Spawning(this, definitions, {
      graceMs,
      alarmClock: new AlarmClock(this.now),
      onStop: (node) => this.#actorStopped(node),
    })
  }

  /** Creates the root of a run; `admission.admit` starts it. */
  createRoot(options: NodeOptions): void {
    this.#spawning.createRoot(options)
    this.#records.addRun(options.run)
  }

  /** How many actions there have been, which is the place of the last one in the order of all. */
  get spawned(): number {
    return this.#spawning.count
  }

  /** A host names a definition. */
  defined(lane: Lane<ActionNode>, message: ToRuntime & { type: 'define' }): void {
    this.#spawning.defined(lane, message)
  }

  /** Takes in a message from a body. */
  received(lane: Lane<ActionNode>, node: ActionNode, message: ToRuntime): void {
    switch (message.type) {
      case 'ended':
        this.#bodyEnded(node, message)
        return
      case 'spawn':
        this.#starts.note(node)
        this.#spawning.spawn(lane, node, message)
        return
      case 'parked':
        this.#starts.note(node)
        this.dispatch.parked(node)
        this.dispatch.schedule()
        return
      case 'resumed':
        this.dispatch.resumed(node)
        return
      case 'report':
        this.#starts.note(node)
        this.#report(node, message.value)
        return
      case 'log':
        this.#starts.note(node)
        this.events.publish(logEvent, node, message)
        return
      case 'abortSeen':
        this.#starts.note(node)
        node.ownAbort().deliveredAt = message.at
        this.events.publish(abortSeenEvent, node, message.at)
        return
      case 'cancel': {
        const target = node.run.nodes.get(message.id)
        if (target === undefined || target.isSettled) return
        const { source, message: text, cause } = message.reason
        const reason: AbortReason = {
          source,
          message: text ?? (source === 'signal' ? 'the signal was aborted' : 'cancelled'),
          ...(source === 'cancel' && { by: node.id }),
          origin: target.id,
          at: this.now(),
          ...(cause && { cause: decodeError(cause.error) }),
        }
        this.cancellation.abort(target, reason, message)
        return
      }
      case 'shieldEnded':
        this.#shieldEnded(node, message.shield, message.timedOut)
        return
      case 'described':
        this.#starts.described(node, message.options)
        return
      case 'send':
      case 'read':
      case 'emit':
      case 'services':
      case 'expose':
      case 'remote':
      case 'inspection':
        this.#starts.note(node)
        this.exchange.received(node, message)
        return
      default:
    }
  }

  /** The action at an address, if it lives or its record is kept. */
  nodeAt(run: string, id: string): ActionNode | undefined {
    return this.#records.run(run)?.nodes.get(id)
  }

  /** Sent to a lane; it may have started since. */
  sent(node: ActionNode, lane: Lane<ActionNode>): void {
    node.line = lane
    node.parent?.childSent(node)
    this.#starts.expect(node)
    this.exchange.attemptSent(node)
    this.admission.letIn()
  }

  /** Taken back from a lane, or its lane was lost before it started: it isn't on a lane any more. */
  takenBack(node: ActionNode): void {
    node.line = undefined
    this.#starts.forget(node)
  }

  /** It couldn't be sent. */
  notSent(node: ActionNode, error: unknown): void {
    this.takenBack(node)
    this.dispatch.ended(node, undefined, false)
    const why = error instanceof Error ? error.message : String(error)
    const { run, id, name } = node
    this.#finishAttempt(node, {
      kind: 'failed',
      error: new NotCloneableError(
        `the input of action ${id} '${name}' can't be sent to another thread (${why}): give plain data, or mark buffers with transfer()`,
        { cause: error, run: run.name, action: id },
      ),
    })
  }

  /** There was no room for it, or no thread can be started for it: it never starts. */
  refused(node: ActionNode, error: QueueFullError | ThreadLostError): void {
    this.#finishAttempt(node, { kind: 'failed', error })
  }

  /** Looks whether a sent action has started, by its claim word: nothing is told while a thread computes. */
  phaseOf(node: ActionNode): Phase {
    this.#starts.noteIfClaimed(node)
    return node.phase
  }

  /** Aborts what was only waiting for its children before another attempt (S8). */
  giveUpRetry(node: ActionNode, reason: AbortReason): void {
    if (node.ending?.kind !== 'failed') return
    const { error } = node.ending
    const how = isHeddleError(error, 'ThreadLostError') ? 'forced' : 'cooperative'
    node.ending = { kind: 'stopped', how, thrown: error }
    const abort = node.ownAbort()
    abort.reason = reason
    abort.requestedAt = this.now()
    this.changePhase(node, 'aborting')
  }

  /** Its thread is lost (S21), or was killed. `guilty`: those for whom, or by whom; `undefined` where that isn't known. */
  threadLost(node: ActionNode, loss: LaneLoss, guilty: ReadonlySet<ActionNode> | undefined): void {
    // It may have died within its first milliseconds, before anyone looked at its claim.
    this.#starts.noteIfClaimed(node)
    const { thread } = node
    this.#leaveLane(node, undefined)
    if (node.phase === 'aborting') {
      this.#finishAttempt(node, { kind: 'stopped', how: 'forced' })
      return
    }
    const error = lostError(node, loss, guilty, thread)
    this.#finishAttempt(node, { kind: 'failed', error, uncounted: isInnocent(node, guilty) })
  }

  /** A body that was given up: dropped by its host, or left behind. */
  givenUp(node: ActionNode, how: 'forced' | 'abandoned'): void {
    this.#starts.note(node)
    node.line = undefined
    this.#finishAttempt(node, { kind: 'stopped', how })
  }

  /** An aborted action whose body hadn't begun: it never will. */
  neverStarted(node: ActionNode): void {
    this.#finishAttempt(node, { kind: 'stopped', how: node.began ? 'cooperative' : 'never-started' })
  }

  /** A shared thread has been silent for long: one of these holds it up (S6). */
  blockedBy(unparked: readonly ActionNode[], thread: number | undefined, silentMs: number): void {
    const actions = unparked.map(({ run, id, name }) => ({ run: run.name, id, name }))
    for (const node of unparked) this.events.publish(unresponsiveEvent, node, { thread, silentMs, actions })
  }

  /** The thread of these was killed, and hasn't exited yet: it is in a native call. */
  exitIsLate(nodes: readonly ActionNode[], thread: number | undefined, pendingMs: number): void {
    for (const node of nodes) this.events.publish(exitLateEvent, node, { thread, pendingMs })
  }

  /** A log entry of the runtime's own. */
  warn(node: ActionNode, message: string): void {
    this.events.publish(warningEvent, node, message)
  }

  /** Puts a change of phase on record and tells everyone. */
  changePhase(node: ActionNode, phase: LivePhase): void {
    this.live[node.phase as LivePhase] -= 1
    this.live[phase] += 1
    node.phase = phase
    this.events.publish(phaseEvent, node, phase === 'running' ? node.startedAt : undefined)
    if (phase !== 'queued') tellPhase(node, phase)
    // Last: whoever observes it may abort from within.
    if (node.parent === undefined) node.run.handle?.receivePhase(phase)
    node.tellActor(phase)
  }

  #actorStopped(node: ActionNode): void {
    this.cancellation.abort(node, {
      source: 'cancel',
      message: 'its actor was stopped',
      origin: node.id,
      at: this.now(),
    })
  }

  #report(node: ActionNode, value: unknown): void {
    if (node.isSettled) return
    node.lastReport = value
    this.events.publish(reportEvent, node, value)
    if (node.run.root === node) node.run.handle?.receiveReport(value)
    tellReport(node, value)
    node.tellActorOfReport(value)
  }

  #shieldEnded(node: ActionNode, shield: number, timedOut: boolean): void {
    const inShield = [...node.children].filter(
      (child) => child.shield === shield && child.phase !== 'aborting',
    )
    const reason: AbortReason =
      node.reason ??
      (timedOut
        ? { source: 'timeout', message: "the shield's time was up", origin: node.id, at: this.now() }
        : endReason(node, this.now()))
    for (const child of inShield) this.cancellation.abort(child, reason)
  }

  #bodyEnded(node: ActionNode, message: EndedMessage): void {
    this.#starts.note(node, message.startedAt)
    node.startedAt = message.startedAt
    if (message.spawned !== undefined) node.sawIndex(message.spawned)
    if (message.unlistened !== undefined) markUnheard(this.events, node, message.unlistened)
    const branched = message.spawned !== undefined || message.parkedMs !== undefined
    this.#leaveLane(node, message.endedAt - message.startedAt - (message.parkedMs ?? 0), branched)
    if (node.phase === 'aborting') {
      const thrown = message.ok || message.error === undefined ? undefined : decodeError(message.error)
      const began = message.ok || message.began
      if (!began && node.attempt === 1) node.began = false
      // Its own abort, or a child's that came from the same one: nothing that isn't in the reason already.
      const ownAbort =
        isHeddleError(thrown, 'ActionAbortedError') &&
        (thrown.action === node.id ||
          (thrown.origin === node.reason?.origin && thrown.reason.at === node.reason.at))
      this.#finishAttempt(node, {
        kind: 'stopped',
        how: began || node.attempt > 1 ? 'cooperative' : 'never-started',
        ...(thrown !== undefined && !ownAbort && { thrown }),
      })
    } else if (message.ok) {
      this.#finishAttempt(node, { kind: 'succeeded', output: message.output, transfer: message.transfer })
    } else {
      // The error is left out only by a body that was told of an abort: then this one is aborting.
      const error = wrapThrown(decodeError(message.error as EncodedError), {
        run: node.run.name,
        action: node.id,
      })
      this.#finishAttempt(node, { kind: 'failed', error })
    }
  }

  #leaveLane(node: ActionNode, busyMs: number | undefined, branched = false): void {
    this.#starts.forget(node)
    node.line?.release(node)
    this.dispatch.ended(node, busyMs, branched)
    node.line = undefined
    if (node.abort.forceAt !== Infinity) node.ownAbort().forceAt = Infinity
    node.clearTimer('force')
    node.clearTimer('runMs')
    this.dispatch.schedule()
  }

  /** An attempt is over: its children end with it, then it is decided what follows (I2). */
  #finishAttempt(node: ActionNode, ending: Ending): void {
    if (node.ending !== undefined || node.isSettled) return
    node.ending = ending
    node.clearTimer('queuedMs')
    this.exchange.attemptEnded(node)
    // Of one that is being aborted, all but the shielded ones are, too: 100 000 needn't be asked.
    if (node.hasChildren && (node.phase !== 'aborting' || node.hasShieldedChildren))
      this.cancellation.abortChildren(node, node.reason ?? endReason(node, this.now()))
    this.#settleIfDrained(node)
  }

  #settleIfDrained(node: ActionNode): void {
    const { ending } = node
    if (ending === undefined || node.children.size > 0 || node.isSettled) return
    if (!this.#retry(node, ending)) this.#settle(node, ending)
  }

  /** Makes another attempt, where there may be one (S8). */
  #retry(node: ActionNode, ending: Ending): boolean {
    if (!mayRetry(node, ending)) return false
    const { retries } = node.definition.options
    const uncounted = ending.kind === 'failed' && ending.uncounted === true
    const { error } = outcomeOf(node, ending, this.now()) as { error: HeddleError }
    if (!uncounted) node.failures += 1
    const delayMs = uncounted ? 0 : backoffMs(retries, node.failures, this.#random)
    node.nextAttempt(this.now())
    this.events.publish(retryEvent, node, { error, delayMs })
    this.changePhase(node, 'queued')
    if (delayMs > 0) node.setTimer('backoff', delayMs, () => this.admission.queue(node))
    else this.admission.queue(node)
    return true
  }

  #settle(node: ActionNode, ending: Ending): void {
    const { parent, run } = node
    const status = statusOf(node, ending)
    this.live[node.phase as LivePhase] -= 1
    node.settledAt = this.now()
    node.phase = status
    this.totals[status] += 1
    if (node.spawner !== undefined && (status === 'failed' || status === 'timedOut'))
      node.spawner.sawOtherChild()
    this.observer?.settled(node, node.outcome as Outcome<unknown>)
    this.events.publish(phaseEvent, node, node.settledAt)
    tellEnd(node, ending)
    traceSettled(node)
    node.tellActor(status)
    if ((status === 'failed' || status === 'timedOut') && node.isUnlistened) publishUnheard(this.events, node)
    parent?.removeChild(node)
    this.exchange.settled(node)
    node.retire()
    if (parent === undefined) this.#onRunSettled(run, node.outcome as Outcome<unknown>)
    this.#records.settled(node)
    this.admission.letIn()
    if (parent === undefined) return
    this.#settleIfDrained(parent)
    this.cancellation.childSettled(parent)
  }
}
