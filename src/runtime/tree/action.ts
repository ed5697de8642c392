// One action as the runtime sees it: where it stands in the tree and on which lane, and the state of its life, which the one
// logic of all actions moves on. When it has settled, only what its record shows is left.

import type { ActionPlace } from '../../protocol/resolved-options.js'
import type { AbortState } from '../../../actors/abort-state.js'
import { transition } from '../../../actors/action.js'
import type { ErrorObservers } from '../../../actors/error-observers.js'
import type { LifeEffects, LifeEvent, Living } from '../../../actors/life-state.js'
import type { ActionActorNews, ActionActorRef } from '../../action-actor.js'
import type { ActionRecord } from '../../events.js'
import type { AttemptTicket } from '../../protocol/claims.js'
import type { TimeoutBound } from '../../protocol/errors/errors.js'
import { childIndex } from '../../protocol/ids.js'
import type { Outcome } from '../../protocol/outcome.js'
import type { GrantedResources, ResolvedRetries, ResourceCounts } from '../../protocol/resolved-options.js'
import type { DurationEstimate } from '../../scheduling/duration-estimate.js'
import type { FairShare } from '../../scheduling/fair-queue.js'
import type { LaneLoad } from '../../scheduling/lane-load.js'
import type { Where } from '../../scheduling/places.js'
import type { Placement, Schedulable } from '../../scheduling/schedulable.js'
import type { Lane } from '../../threads/lane.js'
import { ActionActor, finalActor, type ActorAccess } from './action-actor.js'
import { outcomeOf } from './action-outcome.js'
import { recordOf } from './action-record.js'
import { ActionTimers, type TimerKind } from './action-timers.js'
import type { AlarmClock } from './alarm-clock.js'
import { Children } from './children.js'
import type { KnownDefinition } from './definition-table.js'
import { LifeView } from './life-view.js'
import type { RunState } from './run-state.js'
import type { TrialParts } from '../../protocol/trial-parts.js'
import { NO_TRANSFERS, retireSpecials, type Specials } from './specials.js'
import type { UntoldFailure } from './untold-failures.js'
import type { Spawner } from './spawner.js'

/** What an action is made of. */
export interface ActionParts {
  readonly run: RunState<Action>
  readonly id: string
  readonly definition: KnownDefinition
  /** Whom it is bound to: its spawner, or the root for a detached child. */
  readonly parent: Action | undefined
  readonly spawner: Action | undefined
  readonly input: unknown
  readonly where: Where
  readonly priority: number
  readonly specials: Specials | undefined
}

/** What all actions of a runtime share. */
export interface ActionDefaults {
  readonly graceMs: number
  readonly alarmClock: AlarmClock
  /** What their lives do. */
  readonly effects: LifeEffects<Action>
  /** Whom their actors hand on what they are sent. */
  readonly actors: ActorAccess<Action>
}

const RETIRED = { type: 'retired' } as const
const NO_CHILDREN = new Children<Action>()
type SpawningAttempt = Spawner<Action, Lane<Action>>

/** One action. */
export class Action extends LifeView implements Schedulable, Living {
  readonly run: RunState<Action>
  readonly id: string
  readonly definition: KnownDefinition
  /** Whom it is bound to. */
  readonly parent: Action | undefined
  readonly depth: number
  readonly sequence: number
  numberInRun = 0
  readonly priority: number
  readonly #specials: Specials | undefined

  /** As long as it lives. */
  spawnedBy: SpawningAttempt | undefined
  input: unknown
  readonly #defaults: ActionDefaults
  #outcome: Outcome<unknown> | undefined
  #children: Children<Action, SpawningAttempt> | undefined
  #timers: ActionTimers | undefined
  #actor: ActionActor<Action> | undefined
  #errorObservers: ErrorObservers | undefined

  /** Where it stands in a row: the scheduler's while it waits, the records' once it has settled. */
  rowIndex: number = -1
  siblingNumber = 0
  // The scheduler's and the lane's.
  cpu: number
  where: Where
  placement: Placement = 'none'
  lane: LaneLoad<this> | undefined
  charged: number | undefined
  backlogMs: number | undefined
  needs: ResourceCounts | undefined
  granted: GrantedResources | undefined
  ticket: AttemptTicket | undefined
  line: Lane<Action> | undefined

  constructor(options: ActionParts, sequence: number, queuedAt: number, defaults: ActionDefaults) {
    super(queuedAt)
    this.#defaults = defaults
    this.run = options.run
    this.id = options.id
    this.definition = options.definition
    this.parent = options.parent
    this.spawnedBy = options.spawner?.asSpawner
    this.input = options.input
    this.priority = options.priority
    this.sequence = sequence
    this.#specials = options.specials
    this.depth = options.spawner === undefined ? 0 : options.spawner.depth + 1
    this.cpu = options.definition.options.cpu
    this.needs = options.definition.options.resources
    this.where = options.where
  }

  // What few have.

  get name(): string {
    return this.#specials?.name ?? this.definition.name
  }

  /** Where its call says that it is to run, if it does. */
  get on(): ActionPlace | undefined {
    return this.#specials?.on
  }

  /** What of its input is moved. */
  get transfers(): readonly object[] {
    return this.#specials?.transfers ?? NO_TRANSFERS
  }

  /** What it goes on from, if it is a trial of a sweep. */
  get trial(): TrialParts | undefined {
    return this.#specials?.trial
  }

  set trial(trial: TrialParts) {
    if (this.#specials !== undefined) this.#specials.trial = trial
  }

  get isCleanUp(): boolean {
    return this.#specials?.isCleanUp === true
  }

  /** The shield in whose block it was spawned. */
  get shield(): number | undefined {
    return this.#specials?.shield
  }

  /** Something happens to it: its life goes on. */
  send(event: LifeEvent<Action>): void {
    transition(this.life, event, this, this.#defaults.effects)
  }

  /** How it has ended. Made when somebody asks: of the many that are stopped or succeed together, nobody does. */
  get outcome(): Outcome<unknown> | undefined {
    const { settledAt, ending } = this.life
    if (this.#outcome === undefined && settledAt !== undefined && ending !== undefined)
      this.#outcome = outcomeOf(this, ending, settledAt)
    return this.#outcome
  }

  // What its life asks.

  /** The parent's abort, if it is aborting only because of that. */
  override get parentsAbort(): AbortState | undefined {
    if (this.parent === undefined || this.life.phase !== 'queued') return undefined
    return this.parent.#children?.abortOf(this)
  }

  get isRoot(): boolean {
    return this.parent === undefined
  }

  get isCommand(): boolean {
    return this.definition.options.command !== undefined
  }

  get retries(): ResolvedRetries {
    return this.definition.options.retries
  }

  get isAbortedWithParent(): boolean {
    return this.parentsAbort !== undefined
  }

  /** How long it may clean up after an abort, in milliseconds. */
  get graceMs(): number {
    return this.#specials?.graceMs ?? this.definition.options.graceMs ?? this.#defaults.graceMs
  }

  /** One of the bounds of its time, in milliseconds. */
  bound(name: TimeoutBound): number | undefined {
    return this.#specials?.timeout?.[name] ?? this.definition.options.timeout[name]
  }

  /**
   * Its XState actor. It is made when somebody can see it: at the spawn where the run is watched (an inspector, or a look
   * at the root's actor, which makes those of all live actions), and never where nobody looks.
   */
  get actor(): ActionActorRef {
    return this.shownActor ?? this.#makeActor()
  }

  #makeActor(): ActionActorRef {
    const { phase } = this
    const actor = new ActionActor<Action>(this, this.#defaults.actors)
    this.#actor = actor
    this.#errorObservers = actor.errorObservers
    // Whoever inspects its coming may have moved it on.
    if (this.phase !== phase) this.showPhase()
    actor.start()
    if (this.isSettled) this.#actor = undefined
    return actor.ref
  }

  /** The same, if it has been made. */
  get shownActor(): ActionActorRef | undefined {
    return this.#actor?.ref
  }

  /** An actor that shows how it has ended, for who looks only then: it has what isn't kept here (S29). */
  finalActor(outcome: Outcome<unknown>, lastReport: unknown): ActionActorRef {
    const { ref, errorObservers } = finalActor(this, outcome, lastReport)
    this.#errorObservers = errorObservers
    return ref
  }

  /** Has its actor show what has come, if there is one. */
  show(news: ActionActorNews): void {
    this.#actor?.show(news)
  }

  /** Shows a phase in which it lives, by its handle and its actor. */
  showLive(): void {
    if (this.isSettled) return
    if (this.parent === undefined) this.run.handle?.receivePhase(this.phase)
    this.showPhase()
  }

  /** Has its actor show where it stands. */
  showPhase(): void {
    if (this.#actor === undefined) return
    const { phase, attempt, reason, outcome } = this
    if (outcome === undefined) this.#actor.show({ type: 'heddle.phase', phase, attempt, reason })
    else if (outcome.status === 'aborted') this.#actor.show({ type: 'xstate.stop', outcome })
    else this.#actor.show({ type: 'heddle.settled', outcome })
  }

  /** Whether anybody has heard of its error by observing its actor (S19). */
  get isErrorObserved(): boolean {
    return this.#errorObservers?.wereNotified === true
  }

  /** What shares fairly with others: the run. */
  get group(): FairShare {
    return this.run
  }

  get estimate(): DurationEstimate {
    return this.definition.estimate
  }

  get spawner(): Action | undefined {
    return this.spawnedBy?.action
  }

  /** Its present attempt, as what that spawns knows it. */
  get asSpawner(): SpawningAttempt {
    const children = this.ownChildren
    const { ticket, line } = this
    const known = children.attempt
    if (known !== undefined && known.ticket === ticket && known.line === line) return known
    return (children.attempt = { action: this, ticket, line })
  }

  // Its children.

  /** Those that haven't settled, to be looked at: most have none. */
  get children(): Children<Action> {
    return this.#children ?? NO_CHILDREN
  }

  /** The same, to be added to. */
  get ownChildren(): Children<Action, SpawningAttempt> {
    return (this.#children ??= new Children())
  }

  get hasChildren(): boolean {
    return this.#children !== undefined && this.#children.size > 0
  }

  /** Whether some of those were spawned in a shield. */
  get hasShieldedChildren(): boolean {
    return this.#children !== undefined && this.#children.shieldedCount > 0
  }

  /** Whether a child that isn't protected by a shield is still live: until then, no grace runs (S5). */
  get hasUnshieldedChildren(): boolean {
    const { size, shieldedCount } = this.children
    return this.graceOver ? size > 0 : size > shieldedCount
  }

  /** The index of the last child that is known of (S9, S24). */
  get lastIndex(): number {
    return this.#children?.lastIndex ?? 0
  }

  /** A child of that index is known of. */
  noteIndex(index: number): void {
    const children = this.ownChildren
    if (children.lastIndex < index) children.lastIndex = index
  }

  /** It is sent to a thread, or aborted by itself: it is no longer among those that are aborted by their parent's word. */
  leaveWaiting(): void {
    if (this.parent !== undefined) this.parent.#children?.abortIndividually(this)
  }

  /** Whether its spawner's body has ended without having listened to it (S19). */
  get isUnlistened(): boolean {
    return this.spawner?.children.isUnlistened(childIndex(this.id)) === true
  }

  /** A child has failed of which nothing is kept: its body may end before it is told. */
  addUntold(failure: UntoldFailure): void {
    if (this.line !== undefined) this.ownChildren.addUntold(failure, this.line.outgoing)
  }

  takeUntold(): readonly UntoldFailure[] {
    return this.#children?.takeUntold() ?? []
  }

  /** Whether aborts of its parent don't touch it yet, though it may be aborted for itself (S14). */
  get isShielded(): boolean {
    return this.isInBlock && this.parent?.graceOver === false
  }

  /** Whether the shield's block in which it was spawned lasts. */
  get isInBlock(): boolean {
    return this.#specials?.isInBlock === true
  }

  /** That block is over. */
  leaveBlock(): void {
    if (this.#specials?.isInBlock !== true) return
    this.#specials.isInBlock = false
    if (this.parent !== undefined) this.parent.#children?.leftBlock(this)
  }

  // Its timers and its record.

  /** Calls back after a while, however long, unless what its thread sends ends that; instead of an earlier one of its kind. */
  setTimer(kind: TimerKind, ms: number, callback: () => void): void {
    this.#timers ??= new ActionTimers(this.#defaults.alarmClock, () => this.line?.drain())
    this.#timers.set(kind, ms, callback)
  }

  /** Bounds its time, from now or an earlier moment on, as far as that bound is set (S8). */
  watchBound(bound: TimeoutBound, since?: number): void {
    const ms = this.bound(bound)
    // Whoever was shown what came before may have ended it.
    if (ms === undefined || this.isSettled) return
    const past = since === undefined ? 0 : this.#defaults.effects.now() - since
    this.setTimer(bound, ms - past, () => this.send({ type: 'timedOut', bound }))
  }

  clearTimer(kind: TimerKind): void {
    this.#timers?.clear(kind)
  }

  /** Lets go of what only a live action needs. */
  retire(): void {
    this.input = undefined
    if (this.#specials !== undefined) retireSpecials(this.#specials)
    // Its snapshot has the output. Who has looked at it holds it; the root's is the handle's.
    this.#actor = undefined
    this.#children?.clear()
    this.spawnedBy = undefined
    this.line = undefined
    this.#timers?.clearAll()
    this.#timers = undefined
    const { ending, abort } = this.life
    this.send(RETIRED)
    // What it was made of is more than what is kept.
    if (this.life.ending !== ending || this.life.abort !== abort) this.#outcome = undefined
  }

  /** What is shown of it. */
  record(): ActionRecord {
    return recordOf(this)
  }
}
