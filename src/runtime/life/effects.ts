// The effects of the lives of actions: events, messages to spawners, the queue, the threads, records. What is done when is
// decided by their logic (actors/action.ts) alone.

import type { Ending } from '../../../actors/ending.js'
import type { LifeEffects } from '../../../actors/life-state.js'
import type { EventLog } from '../observe/event-log.js'
import type { Clock } from '../../protocol/clock.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { HeddleError, TimeoutBound } from '../../protocol/errors/errors.js'
import { wrapThrown } from '../../protocol/errors/wrap-thrown.js'
import type { EventObject } from '../../protocol/event-object.js'
import type { LivePhase, Outcome, TerminalPhase } from '../../protocol/outcome.js'
import { backoffMs } from '../../scheduling/backoff.js'
import type { Cancellation } from '../abort/abort.js'
import type { Force } from '../abort/force.js'
import type { Messaging } from '../messaging/messaging.js'
import { notifyEnd, notifyPhase, publishUnheard } from '../messaging/notify-spawner.js'
import { abortSeenEvent, phaseEvent, retryEvent } from '../observe/action-events.js'
import { traceSettled } from '../observe/diagnostics.js'
import type { ActionObserver } from '../runtime-access.js'
import { outcomeOf } from '../tree/action-outcome.js'
import type { Action } from '../tree/action.js'
import type { Records } from '../tree/records.js'
import type { RunState } from '../tree/run-state.js'
import type { Admission } from './admission.js'
import type { Dispatch } from './dispatch.js'
import type { StartTracker } from './start-tracker.js'

/** Whom the lives of one runtime's actions concern. */
export interface EffectsOptions {
  readonly now: Clock
  readonly events: EventLog
  readonly records: Pick<Records, 'settled'>
  readonly dispatch: Pick<Dispatch, 'schedule' | 'release'>
  readonly admission: Pick<Admission, 'queue' | 'letIn'>
  readonly messaging: Pick<Messaging, 'reported' | 'emitted' | 'attemptEnded' | 'settled'>
  readonly cancellation: Pick<Cancellation, 'abortChildren' | 'showsLater' | 'timeOut'>
  readonly force: Pick<Force, 'endGraceAt' | 'endShields' | 'force'>
  readonly starts: Pick<StartTracker, 'noteIfClaimed' | 'watchRunTime'>
  /** Live actions by phase. */
  readonly live: Record<LivePhase, number>
  /** Settled ones by outcome. */
  readonly totals: Record<TerminalPhase, number>
  /** Spreads the waits of attempts: 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
  /** The control server, while there is one. */
  readonly observer: () => ActionObserver | undefined
  /** A root has ended. */
  readonly onRunSettled: (run: RunState<Action>, outcome: Outcome<unknown>) => void
}

const CHILD_SETTLED = { type: 'childSettled' } as const
const BACKOFF_OVER = { type: 'backoffOver' } as const

/** Does what the lives of one runtime's actions say. */
export class Effects implements LifeEffects<Action> {
  readonly now: Clock
  readonly #options: EffectsOptions

  constructor(options: EffectsOptions) {
    this.#options = options
    this.now = options.now
  }

  look(action: Action): void {
    this.#options.starts.noteIfClaimed(action)
  }

  started(action: Action): void {
    this.#options.starts.watchRunTime(action)
  }

  /** Puts a change of phase on record and tells everyone. */
  phaseChanged(action: Action, from: LivePhase): void {
    const { live, events } = this.#options
    const phase = action.life.phase as LivePhase
    live[from] -= 1
    live[phase] += 1
    events.publish(phaseEvent, action, phase === 'running' ? action.startedAt : undefined)
    if (phase !== 'queued') notifyPhase(action, phase)
    // Last: whoever observes it may abort from within.
    if (!this.#options.cancellation.showsLater(action)) action.showLive()
  }

  timeOut(action: Action, bound: TimeoutBound): void {
    this.#options.cancellation.timeOut(action, bound)
  }

  endGraceAt(action: Action, at: number): void {
    this.#options.force.endGraceAt(action, at)
  }

  endShields(action: Action): void {
    this.#options.force.endShields(action)
  }

  force(action: Action): void {
    this.#options.force.force(action)
  }

  attemptEnded(action: Action): void {
    action.clearTimer('queuedMs')
    this.#options.messaging.attemptEnded(action)
  }

  failure(action: Action, thrown: unknown): HeddleError {
    return wrapThrown(thrown, { run: action.run.name, action: action.id })
  }

  abortChildren(action: Action, reason: AbortReason): void {
    this.#options.cancellation.abortChildren(action, reason)
  }

  errorOf(action: Action, ending: Ending): HeddleError {
    return (outcomeOf(action, ending, this.now()) as { error: HeddleError }).error
  }

  backoffMs({ retries, life }: Action): number {
    return backoffMs(retries, life.failures, this.#options.random)
  }

  retried(action: Action, error: HeddleError, delayMs: number): void {
    for (const kind of ['runMs', 'queuedMs', 'force'] as const) action.clearTimer(kind)
    this.#options.dispatch.release(action)
    this.#options.events.publish(retryEvent, action, { error, delayMs })
  }

  backOff(action: Action, delayMs: number): void {
    action.setTimer('backoff', delayMs, () => action.send(BACKOFF_OVER))
  }

  queue(action: Action): void {
    this.#options.admission.queue(action)
  }

  settled(action: Action, ending: Ending, from: LivePhase): void {
    const { live, totals, events, messaging, records, admission, observer, onRunSettled } = this.#options
    const { parent, run, settledAt } = action
    const status = action.life.phase as TerminalPhase
    const isFailure = status === 'failed' || status === 'timedOut'
    // It may never have been sent: who is shown its end and aborts its parent mustn't find it among those that wait.
    if (isFailure) action.leaveWaiting()
    live[from] -= 1
    totals[status] += 1
    // Not before its children have settled: they may use what it holds.
    this.#options.dispatch.release(action)
    if (isFailure && action.spawner !== undefined) action.spawner.ownChildren.mayBeUnheard = true
    // Whoever is shown its end may act on it, by which the end of its spawner is handled: that tells of it then.
    const isUnheard = isFailure && action.isUnlistened
    if (ending.kind === 'succeeded') observer()?.succeeded(action, ending.output)
    events.publish(phaseEvent, action, settledAt)
    notifyEnd(action, ending)
    traceSettled(action)
    action.showPhase()
    if (isUnheard) publishUnheard(events, action)
    this.#letGoOfHandle(action)
    parent?.children.remove(action)
    messaging.settled(action)
    // What a record doesn't keep (S29) is for whoever holds the run.
    const outcome = parent === undefined ? (action.outcome as Outcome<unknown>) : undefined
    if (parent === undefined) run.handle?.holdActor(action.shownActor)
    action.retire()
    if (outcome !== undefined) onRunSettled(run, outcome)
    records.settled(action)
    admission.letIn()
    parent?.send(CHILD_SETTLED)
  }

  abortSeen(action: Action, at: number): void {
    this.#options.events.publish(abortSeenEvent, action, at)
  }

  reported(action: Action, value: unknown): void {
    this.#options.messaging.reported(action, value)
  }

  emitted(action: Action, event: EventObject): void {
    this.#options.messaging.emitted(action, event)
  }

  /** Its spawner's lane need not be held open for its sake any more. */
  #letGoOfHandle({ spawnedBy }: Action): void {
    const line = spawnedBy?.line
    if (line === undefined) return
    line.handles -= 1
    if (line.handles === 0 && !line.canBeKilled) this.#options.dispatch.schedule()
  }
}
