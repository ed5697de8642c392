// One action as the runtime sees it: where it stands in the tree, in its life, and on which lane. Passive: the
// supervisor and the cancellation change it. When it has settled, only what its record shows is left.

import { createActor } from 'xstate'
import { actionLogic, type ActionActorEvent, type ActionActorRef } from '../../actors/action.js'
import type { ActionRecord } from '../events.js'
import type { AbortReason } from '../protocol/abort-reason.js'
import type { Ticket } from '../protocol/claims.js'
import type { AbortHow, HeddleError, TimeoutBound } from '../protocol/errors.js'
import type { EventObject } from '../protocol/event-object.js'
import { childIndex } from '../protocol/ids.js'
import { isTerminal, type Outcome, type Phase } from '../protocol/outcome.js'
import type { ResolvedTimeout } from '../protocol/resolved-options.js'
import type { DurationEstimate } from '../scheduling/duration-estimate.js'
import type { FairShare } from '../scheduling/fair-queue.js'
import type { LaneLoad, Placement, Schedulable } from '../scheduling/scheduler.js'
import type { Timer } from '../scheduling/timers.js'
import type { Lane } from '../threads/lane.js'
import { AbortState, NOT_ABORTED } from './abort-state.js'
import type { AlarmClock } from './alarm-clock.js'
import type { KnownDefinition } from './definition-table.js'
import { Family } from './family.js'
import { outcomeOf } from './attempt-end.js'
import type { RunState } from './run-state.js'

/** What a node can be waiting to happen. */
export type TimerKind = TimeoutBound | 'force' | 'backoff'

/** How one attempt has ended, before its children have settled and it is decided whether there is another. */
export type Ending =
  | {
      readonly kind: 'succeeded'
      readonly output: unknown
      readonly transfer: readonly unknown[] | undefined
    }
  /** `uncounted`: the attempt was lost for a neighbour, so another one isn't counted as this action's. */
  | { readonly kind: 'failed'; readonly error: HeddleError; readonly uncounted?: boolean }
  /** It was aborting: by an abort, or by a timeout, as the node says when it settles. `thrown`: kept as the cause. */
  | { readonly kind: 'stopped'; readonly how: AbortHow; readonly thrown?: unknown }

/** What a node is made of. */
export interface NodeOptions {
  readonly run: RunState
  readonly id: string
  readonly name: string
  readonly definition: KnownDefinition
  /** Whom it is bound to: its spawner, or the root for a detached child. */
  readonly parent: ActionNode | undefined
  readonly spawner: ActionNode | undefined
  readonly input: unknown
  readonly transfers: readonly object[]
  /** What the call was given, which takes precedence over the definition's. */
  readonly timeout: ResolvedTimeout | undefined
  readonly graceMs: number | undefined
  readonly priority: number
  readonly shield: number | undefined
}

/** What all nodes of a runtime share. */
export interface NodeDefaults {
  readonly graceMs: number
  readonly alarmClock: AlarmClock
  /** Somebody else than the runtime has stopped an action's actor. */
  readonly onStop: (node: ActionNode) => void
}

const NO_CHILDREN: ReadonlySet<ActionNode> = new Set()
/** How an action has succeeded, once its output isn't needed any more. */
const SUCCEEDED: Ending = { kind: 'succeeded', output: undefined, transfer: undefined }

/** One action. */
export class ActionNode implements Schedulable {
  readonly run: RunState
  readonly id: string
  readonly name: string
  readonly definition: KnownDefinition
  /** Whom it is bound to. */
  readonly parent: ActionNode | undefined
  readonly depth: number
  readonly sequence: number
  readonly priority: number
  /** The shield in whose block it was spawned. */
  readonly shield: number | undefined

  spawner: ActionNode | undefined
  /** The attempt of the spawner that holds the handle. */
  readonly spawnerTicket: Ticket | undefined
  input: unknown
  transfers: readonly object[]
  readonly #defaults: NodeDefaults
  #actor: ActionActorRef | undefined
  #family: Family | undefined
  readonly #timeout: ResolvedTimeout | undefined
  readonly #graceMs: number | undefined

  #phase: Phase = 'queued'
  /** The current one, from 1. */
  attempt = 1
  /** Failed attempts that count against `retries`. */
  failures = 0
  /** Whether the body of any attempt has ever begun. */
  began = false
  queuedAt: number
  startedAt: number | undefined
  settledAt: number | undefined
  #abort: AbortState | undefined
  ending: Ending | undefined
  #outcome: Outcome<unknown> | undefined
  lastReport: unknown
  thread: number | undefined
  #timers: Map<TimerKind, Timer> | undefined

  // The scheduler's and the lane's.
  rowIndex: number = -1
  cpu: number
  placement: Placement = 'none'
  lane: LaneLoad<this> | undefined
  charged: number | undefined
  backlogMs: number | undefined
  ticket: Ticket | undefined
  line: Lane<ActionNode> | undefined

  constructor(options: NodeOptions, sequence: number, queuedAt: number, defaults: NodeDefaults) {
    this.#defaults = defaults
    this.run = options.run
    this.id = options.id
    this.name = options.name
    this.definition = options.definition
    this.parent = options.parent
    this.spawner = options.spawner
    this.spawnerTicket = options.spawner?.ticket
    this.input = options.input
    this.transfers = options.transfers
    this.#timeout = options.timeout
    this.#graceMs = options.graceMs
    this.priority = options.priority
    this.sequence = sequence
    this.queuedAt = queuedAt
    this.shield = options.shield
    this.depth = options.spawner === undefined ? 0 : options.spawner.depth + 1
    this.cpu = options.definition.options.cpu
  }

  /**
   * Its XState actor. It is made when somebody can see it: at the spawn where the run is watched (an inspector, or a look
   * at the root's actor, which makes those of all live actions), and never where nobody looks. Made for each action
   * at once it was a third of the main thread's time, most of that spent in the garbage collector.
   */
  get actor(): ActionActorRef {
    if (this.#actor === undefined) {
      const { parent, run } = this
      const actor = createActor(actionLogic, {
        id: this.id,
        input: { id: this.id, name: this.name, run: run.name, onStop: () => this.#defaults.onStop(this) },
        ...(parent && { parent: parent.actor as never }),
        ...(parent === undefined && run.inspect && { inspect: run.inspect }),
      })
      // Without an observer of its errors, a failed root would become an uncaught exception.
      if (parent === undefined) actor.subscribe({ error: ignore })
      this.#actor = actor.start() as unknown as ActionActorRef
      if (this.phase !== 'queued') this.tellActor(this.phase)
    }
    return this.#actor
  }

  /** How it has ended. Made when somebody asks: of the many that are stopped or succeed together, nobody does. */
  get outcome(): Outcome<unknown> | undefined {
    if (this.#outcome === undefined && this.settledAt !== undefined && this.ending !== undefined) {
      this.#outcome = outcomeOf(this, this.ending, this.settledAt)
    }
    return this.#outcome
  }

  /** Tells its actor where it stands, if there is one. */
  tellActor(phase: Phase): void {
    if (this.#actor === undefined) return
    const { attempt, reason, outcome } = this
    if (outcome === undefined) this.#send({ type: 'heddle.phase', phase, attempt, reason })
    else if (outcome.status === 'aborted') this.#send({ type: 'xstate.stop', outcome })
    else this.#send({ type: 'heddle.settled', outcome })
  }

  /** Tells its actor of a report, if there is one. */
  tellActorOfReport(value: unknown): void {
    this.#send({ type: 'heddle.report', value })
  }

  /** Tells its actor of an emit, if there is one. */
  tellActorOfEmit(event: EventObject): void {
    this.#send({ type: 'heddle.emit', event })
  }

  /** Nothing more, once somebody has stopped the actor: XState would warn of each event. */
  #send(event: ActionActorEvent): void {
    if (this.#actor?.getSnapshot().status === 'active') this.#actor.send(event)
  }

  /** What shares fairly with others: the run. */
  get group(): FairShare {
    return this.run
  }

  get estimate(): DurationEstimate {
    return this.definition.estimate
  }

  get phase(): Phase {
    return this.#phase === 'queued' && this.isUnmarked ? 'aborting' : this.#phase
  }

  set phase(phase: Phase) {
    this.#phase = phase
  }

  /** It is aborted with all its siblings that wait, and hasn't been marked for itself. */
  get isUnmarked(): boolean {
    return this.#familyAbort !== undefined
  }

  /** Takes over the abort of all its siblings that wait. */
  mark(): void {
    const abort = this.#familyAbort
    if (abort === undefined) return
    this.#abort = abort
    this.#phase = 'aborting'
  }

  get #familyAbort(): AbortState | undefined {
    if (this.#abort !== undefined || this.#phase !== 'queued') return undefined
    return this.parent?.abortOfWaiting(this)
  }

  /** Where the abort of this attempt stands, to be read. */
  get abort(): Readonly<AbortState> {
    return this.#abort ?? this.#familyAbort ?? NOT_ABORTED
  }

  /** The same, to be changed. */
  ownAbort(): AbortState {
    this.mark()
    if (this.#abort === undefined) this.#abort = new AbortState()
    else if (this.#abort.isShared)
      this.#abort = Object.assign(new AbortState(), this.#abort, { isShared: false })
    return this.#abort
  }

  /** It is aborted before it has started, like all others that are given the same state. */
  abortTogether(shared: AbortState): void {
    if (this.#abort === undefined) {
      this.#abort = shared
    } else {
      const { reason, requestedAt } = shared
      Object.assign(this.ownAbort(), { reason, requestedAt })
    }
  }

  get reason(): AbortReason | undefined {
    return this.abort.reason
  }

  get escalations(): readonly AbortReason[] | undefined {
    return this.abort.escalations
  }

  /** The bound that passed, if that is why it is aborting. */
  get timedOut(): TimeoutBound | undefined {
    return this.abort.timedOut
  }

  get abortRequestedAt(): number | undefined {
    return this.abort.requestedAt
  }

  get abortDeliveredAt(): number | undefined {
    return this.abort.deliveredAt
  }

  /** Its grace is over, or it has ended: shields no longer protect its children. */
  get graceOver(): boolean {
    return this.ending !== undefined || this.#abort?.graceOver === true
  }

  /** How long it may clean up after an abort, in milliseconds. */
  get graceMs(): number {
    return this.#graceMs ?? this.definition.options.graceMs ?? this.#defaults.graceMs
  }

  /** One of the bounds of its time, in milliseconds. */
  bound(name: TimeoutBound): number | undefined {
    return this.#timeout?.[name] ?? this.definition.options.timeout[name]
  }

  /** Children that haven't settled. */
  get children(): ReadonlySet<ActionNode> {
    return this.#family?.live ?? NO_CHILDREN
  }

  /** Those of them that have ever been sent to a thread. */
  get sentChildren(): ReadonlySet<ActionNode> {
    return this.#family?.sent ?? NO_CHILDREN
  }

  /** How many children live that have never been sent. */
  get waitingChildren(): number {
    return this.#family?.waiting ?? 0
  }

  get hasChildren(): boolean {
    return this.#family !== undefined && this.#family.size > 0
  }

  /** Whether some of those were spawned in a shield. */
  get hasShieldedChildren(): boolean {
    return this.#family !== undefined && this.#family.shielded > 0
  }

  /** The index of the last child that is known of (S9, S24). */
  get lastIndex(): number {
    return this.#family?.lastIndex ?? 0
  }

  /** A child of that index is known of. */
  sawIndex(index: number): void {
    const family = this.#ownFamily()
    if (family.lastIndex < index) family.lastIndex = index
  }

  /** It has spawned a detached child, or one has failed: not all that may be unheard of are its live children (S19). */
  get hasOtherChildren(): boolean {
    return this.#family?.hasOthers === true
  }

  sawOtherChild(): void {
    this.#ownFamily().hasOthers = true
  }

  /** Aborts all children that have never been sent, as far as they were spawned by then. */
  abortWaiting(state: AbortState, upTo: number): void {
    this.#family?.abortWaiting(state, upTo)
  }

  /** Whether some children that wait may be being aborted already. */
  get mayHaveAborted(): boolean {
    return this.#family?.mayBeAborted === true
  }

  /** An abort looks at each of its children. */
  marksChildren(): void {
    if (this.#family !== undefined) this.#family.wereMarked = true
  }

  /** The abort by which a child that waits is being aborted. */
  abortOfWaiting(child: ActionNode): AbortState | undefined {
    return this.#family?.abortOf(child)
  }

  get isSettled(): boolean {
    return isTerminal(this.#phase)
  }

  /** It won't start any more, and is still in the queue. */
  get isWithdrawn(): boolean {
    return this.phase !== 'queued'
  }

  /** It is being aborted by a bound of its attempt only: an abort still wins over that (S8). */
  get isAttemptTimedOut(): boolean {
    return this.timedOut === 'runMs' || this.timedOut === 'queuedMs'
  }

  addChild(child: ActionNode): void {
    this.#ownFamily().add(child)
  }

  /** A child is sent to a thread. */
  childSent(child: ActionNode): void {
    this.#family?.wasSent(child)
  }

  removeChild(child: ActionNode): void {
    this.#family?.remove(child)
  }

  #ownFamily(): Family {
    this.#family ??= new Family()
    return this.#family
  }

  /** Whether a child that isn't protected by a shield is still live: until then, no grace runs (S5). */
  get hasUnshieldedChildren(): boolean {
    if (!this.hasShieldedChildren) return this.hasChildren
    return [...this.unshieldedChildren()].length > 0
  }

  /** Its body has ended without having listened to these children: the first and last index of each row of them. */
  addUnlistened(ranges: readonly number[]): void {
    this.#ownFamily().addUnlistened(ranges)
  }

  /** Whether its spawner's body has ended without having listened to it (S19). */
  get isUnlistened(): boolean {
    const { spawner } = this
    if (spawner === undefined || spawner.#family === undefined) return false
    return spawner.#family.isUnlistened(childIndex(this.id))
  }

  /** Its live children without those that a shield protects. */
  unshieldedChildren(): Iterable<ActionNode> {
    if (!this.hasShieldedChildren) return this.children
    return [...this.children].filter((child) => !child.isShielded)
  }

  /** Whether aborts of its parent don't touch it yet (S14). */
  get isShielded(): boolean {
    return this.shield !== undefined && this.parent?.graceOver === false && this.phase !== 'aborting'
  }

  /** Begins another attempt clean. Ids of children go on counting (S9). */
  nextAttempt(now: number): void {
    this.attempt += 1
    this.ending = undefined
    this.#abort = undefined
    this.startedAt = undefined
    this.thread = undefined
    this.queuedAt = now
    for (const kind of ['runMs', 'queuedMs', 'force'] as const) this.clearTimer(kind)
  }

  /** Lets go of what only a live action needs. */
  retire(): void {
    this.input = undefined
    this.transfers = []
    // Nobody has looked at it so far; whoever does later gets one that shows the end.
    if (!this.run.isWatched) this.#actor = undefined
    this.#family?.clear()
    this.spawner = undefined
    this.line = undefined
    this.clearTimers()
    // Outputs aren't kept in records (S24); a run's own is, by its handle.
    if (this.parent !== undefined && this.ending?.kind === 'succeeded') {
      this.ending = SUCCEEDED
      this.#outcome = undefined
    }
  }

  /** Calls back after a while, however long; instead of an earlier one of its kind. */
  setTimer(kind: TimerKind, ms: number, callback: () => void): void {
    this.clearTimer(kind)
    if (ms === Infinity) return
    this.#timers ??= new Map()
    const fire = (): void => {
      this.#timers?.delete(kind)
      callback()
    }
    this.#timers.set(kind, this.#defaults.alarmClock.set(ms, fire))
  }

  clearTimer(kind: TimerKind): void {
    const timer = this.#timers?.get(kind)
    if (timer === undefined) return
    this.#defaults.alarmClock.clear(timer)
    this.#timers?.delete(kind)
  }

  clearTimers(): void {
    if (this.#timers === undefined) return
    for (const timer of this.#timers.values()) this.#defaults.alarmClock.clear(timer)
    this.#timers = undefined
  }

  /** What is shown of it. */
  record(): ActionRecord {
    const { outcome } = this
    const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
    const how = outcome !== undefined && 'how' in outcome ? outcome.how : undefined
    return {
      id: this.id,
      name: this.name,
      phase: this.phase,
      attempt: this.began || this.startedAt !== undefined ? this.attempt : 0,
      queuedAt: this.queuedAt,
      ...(this.parent && { parent: this.parent.id }),
      ...(this.thread !== undefined && { thread: this.thread }),
      ...(this.startedAt !== undefined && { startedAt: this.startedAt }),
      ...(this.abortRequestedAt !== undefined && { abortRequestedAt: this.abortRequestedAt }),
      ...(this.abortDeliveredAt !== undefined && { abortDeliveredAt: this.abortDeliveredAt }),
      ...(this.settledAt !== undefined && { settledAt: this.settledAt }),
      ...(this.lastReport !== undefined && { lastReport: this.lastReport }),
      ...(error && { error }),
      ...(this.reason && { reason: this.reason }),
      ...(this.escalations && { escalations: [...this.escalations] }),
      ...(how && { how }),
    }
  }
}

function ignore(): void {
  // Outcomes are told elsewhere.
}
