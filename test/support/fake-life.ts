// A life without a thread: what it asks is set by a test, and what it does is written down.

import { AbortState } from '../../actors/abort-state.js'
import { transition } from '../../actors/action.js'
import type { Ending, ResultEnding } from '../../actors/ending.js'
import {
  moveTo,
  newLife,
  type AbortEvent,
  type LifeEffects,
  type LifeEvent,
  type Living,
  type Position,
  type Stage,
} from '../../actors/life-state.js'
import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { ActionFailedError, type HeddleError, type TimeoutBound } from '../../src/protocol/errors/errors.js'
import type { LivePhase, Phase } from '../../src/protocol/outcome.js'

/** All that a life can stand at. */
export const STAGES: readonly Stage[] = [
  'waiting',
  'backoff',
  'offered',
  'running',
  'failing',
  'ended',
  'withdrawn',
  'told',
  'grace',
  'asking',
  'killing',
  'stopping',
  'settled',
]

/** The phase that belongs to a stage; of `failing` and `ended`, where a body has begun. */
export const PHASE_OF: Readonly<Record<Exclude<Stage, 'settled'>, LivePhase>> = {
  waiting: 'queued',
  backoff: 'queued',
  offered: 'queued',
  running: 'running',
  failing: 'running',
  ended: 'running',
  withdrawn: 'aborting',
  told: 'aborting',
  grace: 'aborting',
  asking: 'aborting',
  killing: 'aborting',
  stopping: 'aborting',
}

export const REASON: AbortReason = { source: 'cancel', message: 'enough', origin: 'a0.1', at: 1 }

export const FAILURE: HeddleError = new ActionFailedError('it failed', { code: 'Error' })

/** One action with the effects of its life. */
export class FakeLife implements Living, LifeEffects<FakeLife> {
  readonly id = 'a0.1'
  readonly name = 'train'
  readonly isRoot = false
  isCommand = false
  readonly graceMs = 100
  retries = { limit: 0, backoffMs: 0, factor: 1, maxBackoffMs: 0 }
  isAbortedWithParent = false
  children = 0
  shieldedChildren = 0
  /** Its body hasn't begun where it was sent to. */
  canBeTakenBack = true
  /** Its claim word says that it has begun. */
  hasBegun = false
  time = 1000
  readonly state = newLife(1000)
  /** What it has done, in order. */
  readonly done: string[] = []
  readonly phases: { readonly from: LivePhase; readonly to: Phase }[] = []
  ending: Ending | undefined
  childrensReason: AbortReason | undefined

  get hasChildren(): boolean {
    return this.children > 0
  }

  get hasShieldedChildren(): boolean {
    return this.shieldedChildren > 0
  }

  get hasUnshieldedChildren(): boolean {
    return this.children > this.shieldedChildren
  }

  send(event: LifeEvent<FakeLife>): void {
    transition(this.state, event, this, this)
  }

  /** The event of an abort that comes to it, and does at once what the walk would do. */
  abortEvent(reason: AbortReason = REASON, deadline?: number, escalates = true): AbortEvent<FakeLife> {
    const walk = {
      takeBack: () => this.canBeTakenBack,
      withdrawn: () => void this.done.push('withdrawn'),
      tell: () => void this.done.push('tell'),
      alreadyAborting: () => void this.done.push('again'),
    }
    return { type: 'abort', reason, at: this.time, deadline, escalates, walk }
  }

  now(): number {
    return this.time
  }

  look(): void {
    if (this.hasBegun) this.send({ type: 'started', at: this.time, thread: 1 })
  }

  started(): void {
    this.done.push('started')
  }

  phaseChanged(_subject: FakeLife, from: LivePhase): void {
    this.phases.push({ from, to: this.state.phase })
    this.done.push(this.state.phase)
  }

  timeOut(_subject: FakeLife, bound: TimeoutBound): void {
    this.done.push(`timeOut ${bound}`)
    this.send({ ...this.abortEvent({ ...REASON, source: 'timeout', message: bound }), bound })
  }

  endGraceAt(_subject: FakeLife, at: number): void {
    this.done.push(`endGraceAt ${at - this.time}`)
  }

  endShields(): void {
    this.done.push('endShields')
  }

  force(): void {
    this.done.push('force')
  }

  attemptEnded(): void {
    this.done.push('attemptEnded')
  }

  failure(): HeddleError {
    return FAILURE
  }

  abortChildren(_subject: FakeLife, reason: AbortReason): void {
    this.childrensReason = reason
    this.done.push('abortChildren')
  }

  errorOf(): HeddleError {
    return FAILURE
  }

  backoffMs(): number {
    return this.retries.backoffMs
  }

  retried(): void {
    this.done.push('retried')
  }

  backOff(): void {
    this.done.push('backOff')
  }

  queue(): void {
    this.done.push('queue')
  }

  settled(_subject: FakeLife, ending: Ending, from: LivePhase): void {
    this.ending = ending
    this.phases.push({ from, to: this.state.phase })
    this.done.push('settled')
  }

  abortSeen(): void {
    this.done.push('abortSeen')
  }

  reported(): void {
    this.done.push('reported')
  }

  emitted(): void {
    this.done.push('emitted')
  }
}

/** A life that stands at a stage, as if it had come there. */
export function lifeAt(stage: Stage, retryLimit = 0): FakeLife {
  const life = new FakeLife()
  const { state } = life
  life.retries = { ...life.retries, limit: retryLimit }
  moveTo(state, positionAt(stage))
  if (state.phase === 'running' || ['told', 'grace', 'asking', 'killing', 'stopping'].includes(stage)) {
    state.began = true
    state.startedAt = 1000
  }
  return life
}

/** Where a life stands at a stage; at `failing` and `ended`, a body has begun. */
export function positionAt(stage: Stage): Position {
  const abort = new AbortState(REASON, 1000)
  switch (stage) {
    case 'waiting':
    case 'backoff':
    case 'offered':
      return { phase: 'queued', stage }
    case 'running':
      return { phase: 'running', stage }
    case 'failing':
      return { phase: 'running', stage, ending: { kind: 'failed', error: FAILURE } }
    case 'ended':
      return { phase: 'running', stage, ending: RESULT }
    case 'grace':
      abort.graceEndsAt = 1100
      return { phase: 'aborting', stage, abort }
    case 'withdrawn':
    case 'told':
    case 'asking':
    case 'killing':
      return { phase: 'aborting', stage, abort }
    case 'stopping':
      return { phase: 'aborting', stage, abort, ending: { kind: 'stopped', how: 'cooperative' } }
    case 'settled':
      return { phase: 'succeeded', stage, ending: RESULT, abort: undefined, settledAt: 1000 }
  }
}

const RESULT: ResultEnding = { kind: 'succeeded', output: 1, transfer: undefined }
