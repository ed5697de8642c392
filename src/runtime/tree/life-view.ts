// The view of an action's life: where it stands, when it got there, and how its abort does.

import { NOT_ABORTED, type AbortState, type KnownAbort } from '../../../actors/abort-state.js'
import { isDecided, isGraceOver } from '../../../actors/life-stage.js'
import { newLife, type LifeState } from '../../../actors/life-state.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { TimeoutBound } from '../../protocol/errors/errors.js'
import type { HostName } from '../../protocol/host-name.js'
import type { Phase } from '../../protocol/outcome.js'

/** The life of an action, to be read. */
export abstract class LifeView {
  /** Where it stands; changed by its logic only. */
  readonly life: LifeState

  constructor(queuedAt: number) {
    this.life = newLife(queuedAt)
  }

  /** What never was sent takes the phase from its parent's abort (S2). */
  get phase(): Phase {
    const { phase } = this.life
    return phase === 'queued' && this.parentsAbort !== undefined ? 'aborting' : phase
  }

  /** The parent's abort, if it is aborting only because of that. */
  abstract get parentsAbort(): AbortState | undefined

  /** Where the abort of this attempt stands. */
  get abort(): KnownAbort {
    return this.life.abort ?? this.parentsAbort ?? NOT_ABORTED
  }

  /** The current one, from 1. */
  get attempt(): number {
    return this.life.attempt
  }

  /** Whether the body of any attempt has ever begun. */
  get began(): boolean {
    return this.life.began
  }

  /** Of the present attempt, as `startedAt` is. */
  get queuedAt(): number {
    return this.life.queuedAt
  }

  get startedAt(): number | undefined {
    return this.life.startedAt
  }

  /** When the action was spawned, whichever attempt this is. */
  get firstQueuedAt(): number {
    return this.life.first?.queuedAt ?? this.life.queuedAt
  }

  /** When a body of it began first, of whichever attempt. */
  get firstStartedAt(): number | undefined {
    return this.life.first?.startedAt ?? this.life.startedAt
  }

  get settledAt(): number | undefined {
    return this.life.settledAt
  }

  get thread(): number | undefined {
    return this.life.thread
  }

  /** The machine of its thread; `undefined` for this one. */
  get host(): HostName | undefined {
    return this.life.host
  }

  /** What it reported last; of one that has settled, a `CutValue` where that was large (S29). */
  get lastReport(): unknown {
    return this.life.report
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

  /** When it is stopped by force, in epoch milliseconds; `Infinity` if it isn't, or not any more, or that isn't known yet. */
  get forceAt(): number {
    return this.hasEnded ? Infinity : this.abort.forceAt
  }

  /** Its grace is over, or it has ended: shields no longer protect its children. */
  get graceOver(): boolean {
    return isGraceOver(this.life)
  }

  /** Its body has ended; its children may drain. */
  get hasEnded(): boolean {
    return this.life.ending !== undefined
  }

  /** Its outcome stands: no abort changes it (S4). */
  get isDecided(): boolean {
    return isDecided(this.life)
  }

  get isSettled(): boolean {
    return this.life.stage === 'settled'
  }

  /** It won't start any more, and is still in the queue. */
  get isWithdrawn(): boolean {
    return this.phase !== 'queued'
  }
}
