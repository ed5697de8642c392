// The life of every action: started, ended, tried again, settled. It keeps the invariants of the tree (I1, I2, S3): what
// ends takes its children with it, and settles after them. How actions come in is the spawning's and the admission's,
// how aborts spread is the cancellation's.

import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { AttemptTicket } from '../../protocol/claims.js'
import type { Clock } from '../../protocol/clock.js'
import { ActionInputError, NotCloneableError, type ThreadLostError } from '../../protocol/errors/errors.js'
import type { ResolvedActionOptions, ResourceCounts } from '../../protocol/resolved-options.js'
import { ROOT_ID } from '../../protocol/ids.js'
import type { LivePhase, Outcome, Phase, TerminalPhase } from '../../protocol/outcome.js'
import type { LaneLoss } from '../../../actors/thread-events.js'
import type { ForceDecision } from '../../protocol/far-messages.js'
import type { HostLoss } from '../../protocol/host-name.js'
import type { EventLog } from '../observe/event-log.js'
import type { Lane } from '../../threads/lane.js'
import { exitLateEvent, unresponsiveEvent, warningEvent } from '../observe/action-events.js'
import type { Action, ActionParts } from '../tree/action.js'
import { Admission } from './admission.js'
import { AlarmClock } from '../tree/alarm-clock.js'
import { blameForHost, lostError, type Guilty } from '../tree/thread-lost-error.js'
import { Cancellation } from '../abort/abort.js'
import { ExternalAborts } from '../abort/external-abort.js'
import { Force, type Killing } from '../abort/force.js'
import { ActorSenders } from './actor-access.js'
import { Effects } from './effects.js'
import { firstWaiting } from './first-waiting.js'
import type { UntoldFailure } from '../tree/untold-failures.js'
import type { DefinitionTable } from '../tree/definition-table.js'
import type { Dispatch } from './dispatch.js'
import { Messaging } from '../messaging/messaging.js'
import type { ActionObserver } from '../runtime-access.js'
import type { Records } from '../tree/records.js'
import type { RunState } from '../tree/run-state.js'
import { notifyRefused } from '../messaging/notify-spawner.js'
import { Spawning } from './spawning.js'
import { StartTracker } from './start-tracker.js'
import { unreadableInput } from '../messaging/unreadable.js'

const SENT = { type: 'sent' } as const
const TAKEN_BACK = { type: 'takenBack' } as const

/** What a supervisor is made of. */
export interface SupervisorOptions {
  readonly now: Clock
  readonly events: EventLog
  readonly records: Records
  readonly dispatch: Dispatch
  readonly killing: Killing
  readonly definitions: DefinitionTable
  readonly graceMs: number
  readonly maxQueued: number
  /** How many there are of each. */
  readonly resources: ResourceCounts
  /** Spreads the waits of attempts: 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
  /** What the app lends to its actions. */
  readonly services: object
  /** A root has ended. */
  readonly onRunSettled: (run: RunState<Action>, outcome: Outcome<unknown>) => void
}

/** Everything that lives in one runtime. */
export class Supervisor {
  readonly now: Clock
  readonly events: EventLog
  readonly dispatch: Dispatch
  readonly cancellation: Cancellation
  readonly aborts: ExternalAborts
  readonly admission: Admission
  readonly messaging: Messaging
  readonly spawning: Spawning
  readonly starts: StartTracker
  readonly totals: Record<TerminalPhase, number> = {
    succeeded: 0,
    failed: 0,
    aborted: 0,
    timedOut: 0,
  }
  /** How many calls have been refused: no action came of them (S27). */
  refused = 0
  /** Live actions by phase. */
  readonly live: Record<LivePhase, number> = { queued: 0, running: 0, aborting: 0 }
  /** The control server, while there is one. */
  observer: ActionObserver | undefined
  readonly #records: Records
  readonly #toldUnserved = new WeakSet<RunState<Action>>()
  readonly #force: Force

  constructor(options: SupervisorOptions) {
    const { definitions, graceMs } = options
    this.now = options.now
    this.events = options.events
    this.dispatch = options.dispatch
    this.#records = options.records
    this.cancellation = new Cancellation(this)
    this.aborts = new ExternalAborts({
      now: this.now,
      records: this.#records,
      drain: () => this.dispatch.drain(),
      cancellation: this.cancellation,
    })
    this.admission = new Admission(this.dispatch, options)
    this.messaging = new Messaging(this, options.services)
    this.starts = new StartTracker(this.now, this.dispatch)
    this.#force = new Force(this, options.killing)
    const { now, events, records, dispatch, random, onRunSettled } = options
    const { admission, messaging, cancellation, starts, live, totals } = this
    const effects = new Effects({
      ...{ now, events, records, dispatch, random, onRunSettled },
      ...{ admission, messaging, cancellation, starts, live, totals },
      force: this.#force,
      observer: () => this.observer,
    })
    this.spawning = new Spawning({
      life: this,
      admission: this.admission,
      aborts: this.cancellation,
      definitions,
      defaults: {
        graceMs,
        alarmClock: new AlarmClock(this.now),
        effects,
        actors: new ActorSenders(this),
      },
    })
  }

  /** Creates the root of a run; `admission.admit` starts it. */
  createRoot(options: ActionParts): void {
    this.spawning.createRoot(options)
    this.#records.addRun(options.run)
  }

  /** Nobody serves what some wait for on other machines: each run that does is told once (D6). */
  unserved(destination: string, why: string): void {
    for (const run of this.#records.runs()) {
      if (run.root.isSettled || this.#toldUnserved.has(run)) continue
      const action = firstWaiting(run, destination)
      if (action === undefined) continue
      this.#toldUnserved.add(run)
      const message = `${why}. ${action.where.here === undefined ? 'What is to run elsewhere waits' : 'What may run here does'} until then`
      this.events.publish(warningEvent, action, message)
    }
  }

  /** The action at an address, if it lives or its record is kept. */
  actionAt(run: string, id: string): Action | undefined {
    const known = this.#records.run(run)
    // Of a run of one action, no list is made for it.
    return id === ROOT_ID ? known?.root : known?.actions.get(id)
  }

  /** Sent to a lane; it may have started since. */
  sent(action: Action, lane: Lane<Action>): void {
    action.line = lane
    action.leaveWaiting()
    action.send(SENT)
    this.starts.expect(action)
    this.messaging.attemptSent(action)
    this.admission.letIn()
  }

  /** Taken back from a lane, or its lane was lost before it started: it isn't on a lane any more. */
  takenBack(action: Action): void {
    action.line = undefined
    this.starts.forget(action)
    action.send(TAKEN_BACK)
  }

  /**
   * Its module has been loaded, and it needs what an action that was a mere name wasn't given: it isn't entered, and goes
   * back into the queue.
   */
  returned(action: Action, options: ResolvedActionOptions): void {
    const { definition, line } = action
    definition.options = options
    definition.optionsKnown = true
    if (line === undefined || !line.withdraw(action)) return
    this.takenBack(action)
    this.dispatch.withdraw(action)
    action.cpu = options.cpu
    action.needs = options.resources
    action.where = this.admission.whereOf(definition, action.on)
    const error =
      this.admission.impossible(definition, action.on, action.id, action.run.name) ??
      (line.isFar ? undefined : inputMoved(action))
    if (error === undefined) this.admission.queue(action)
    else action.send({ type: 'cannotStart', error })
  }

  /** It hasn't begun on a lane to another machine, and never will there: it goes back into the queue, unless it is to end. */
  givenBack(action: Action): void {
    if (action.line?.takeBack(action) !== true) return
    if (action.phase === 'aborting') {
      this.neverBegan(action)
      return
    }
    this.takenBack(action)
    this.dispatch.withdraw(action)
    this.dispatch.enqueue(action)
    this.dispatch.schedule()
  }

  /** It hasn't begun on a lane to another machine, and never will, since it is being aborted. */
  neverBegan(action: Action): void {
    this.leaveLane(action, undefined)
    action.send({ type: 'ended', ok: false, thrown: undefined, startedAt: undefined })
  }

  /** It is known what force means for it, on a lane to another machine. */
  forced(action: Action, lane: Lane<Action>, decision: ForceDecision): void {
    if (!action.hasEnded) this.#force.decided(decision, action, lane)
  }

  /** It couldn't be sent. */
  notSent(action: Action, error: unknown): void {
    const isFar = action.line?.isFar === true
    this.takenBack(action)
    // What can't travel runs here, if it may.
    if (isFar && action.where.here !== undefined && action.phase === 'queued') {
      this.dispatch.withdraw(action)
      action.where = this.admission.whereOf(action.definition, 'here')
      this.dispatch.enqueue(action)
      this.dispatch.schedule()
      return
    }
    this.dispatch.ended(action, undefined, false)
    const why = error instanceof Error ? error.message : String(error)
    const { run, id, name } = action
    action.send({
      type: 'cannotStart',
      error: new NotCloneableError(
        `the input of action ${id} '${name}' can't be sent to another thread (${why}): give plain data, or mark buffers with transfer()`,
        { cause: error, run: run.name, action: id },
      ),
    })
  }

  /** Its input couldn't be read on its way from its spawner: it never starts. */
  inputUnreadable(action: Action, why: string): void {
    action.send({ type: 'cannotStart', error: unreadableInput(action, why) })
  }

  /** No thread can be started for it: it never starts. */
  cannotStart(action: Action, error: ThreadLostError): void {
    action.send({ type: 'cannotStart', error })
  }

  /** A child is refused: it never comes to be, and only its handle says so (S27). */
  refuse(lane: Lane<Action>, spawner: Action, ticket: AttemptTicket, child: UntoldFailure): void {
    this.refused += 1
    spawner.addUntold(child)
    notifyRefused(lane, ticket, child, this.now())
  }

  /** Looks whether a sent action has started, by its claim word: nothing is told while a thread computes. */
  phaseOf(action: Action): Phase {
    this.starts.noteIfClaimed(action)
    return action.phase
  }

  /** Its thread is lost (S21), or was killed. `guilty`: those by whom, or for whom; `undefined` where that isn't known. */
  threadLost(action: Action, loss: LaneLoss, guilty: readonly Guilty[] | undefined): void {
    // It may have died within its first milliseconds, before anyone looked at its claim.
    this.starts.noteIfClaimed(action)
    // Whoever saw it start may have ended it.
    if (action.hasEnded || action.line === undefined) return
    const isLoading = action.line.isLoading(action)
    const thread = action.thread ?? action.line.thread
    const { host } = action.line
    this.leaveLane(action, undefined)
    const error = lostError(action, { ...loss, isLoading, thread, host }, guilty)
    const uncounted = error.blame === 'other'
    // What was sent to another machine counts as begun there, unless that has given it back (D13).
    action.send({ type: 'threadLost', error, uncounted, mayHaveBegun: loss.withHost !== undefined })
  }

  /** Its host has aborted it by itself, and it has ended by that: its attempt is lost, and nobody else's (D26, D29). */
  stoppedByHost(action: Action, lane: Lane<Action>, how: HostLoss): void {
    const withHost = { how, host: lane.host }
    this.threadLost(action, { killed: false, whileStarting: false, withHost }, blameForHost(withHost))
  }

  /** A body that was given up: dropped by its host, or left behind. */
  givenUp(action: Action, how: 'dropped' | 'abandoned'): void {
    this.starts.note(action)
    action.line = undefined
    action.send({ type: how })
    // Its lane may have nothing left to do, and rest (I13).
    this.dispatch.schedule()
  }

  /** A shared thread has been silent for long: one of these holds it up (S6). */
  blockedBy(unparked: readonly Action[], thread: number | undefined, silentMs: number): void {
    const actions = unparked.map(({ run, id, name }) => ({ run: run.name, id, name }))
    for (const action of unparked)
      this.events.publish(unresponsiveEvent, action, { thread, silentMs, actions })
  }

  /** The thread of these was killed, and hasn't exited yet: it is in a native call. */
  exitIsLate(actions: readonly Action[], thread: number | undefined, pendingMs: number): void {
    for (const action of actions) this.events.publish(exitLateEvent, action, { thread, pendingMs })
  }

  /** A log entry of the runtime's own. */
  warn(action: Action, message: string): void {
    this.events.publish(warningEvent, action, message)
  }

  /** The block of a shield is over: what was spawned in it ends with it, as far as it isn't being aborted (S14). */
  shieldEnded(action: Action, shield: number, timedOut: boolean): void {
    const inShield = [...action.children.shielded].filter((child) => child.shield === shield)
    const { deadline } = action.abort
    for (const child of inShield) {
      child.leaveBlock()
      // An abort of its own goes on; a timeout of its attempt is no end of it (S8).
      if (child.phase === 'aborting' && !child.abort.isAttemptTimeout) continue
      this.cancellation.abort(child, action.reason ?? this.#blockEnded(child, action, timedOut), { deadline })
    }
  }

  /** Why a child is aborted with a shield's block, though its parent isn't. */
  #blockEnded(child: Action, { id }: Action, timedOut: boolean): AbortReason {
    if (timedOut)
      return { source: 'timeout', message: "the shield's time was up", origin: id, at: this.now() }
    // The body goes on, so that it isn't for its end (S16).
    const message = "the shield's block in which it was spawned has ended"
    return { source: 'cancel', message, by: id, origin: child.id, at: this.now() }
  }

  /** A body isn't on its lane any more. `busyMs`: how long it was busy, if it had begun. */
  leaveLane(action: Action, busyMs: number | undefined, branched = false): void {
    this.starts.forget(action)
    action.line?.release(action)
    this.dispatch.ended(action, busyMs, branched)
    action.line = undefined
    action.clearTimer('force')
    action.clearTimer('runMs')
    this.dispatch.schedule()
  }
}

/** What was moved to a thread can't be sent there again. */
function inputMoved({ transfers, id, name, run }: Action): ActionInputError | undefined {
  if (transfers.length === 0) return undefined
  return new ActionInputError(
    `action ${id} '${name}' was named by an actionRef, and only its module says what it needs: that was loaded when its input had been moved by transfer(). Load it first, by runtime.warm([…]), or import the definition itself`,
    { run: run.name, action: id },
  )
}
