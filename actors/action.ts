// The life of an action: what each thing that happens to it means where it stands. This one table decides who wins (S4),
// what time is left (S5), what is tried again (S8), how it has stopped (S7) and why its children are (S16). It is the same
// whether anybody watches or not (X1), and knows neither threads nor actors: all that it does goes through `LifeEffects`.

import type { TimeoutBound } from '../src/protocol/errors/errors.js'
import { isHeddleError } from '../src/protocol/errors/is-heddle-error.js'
import { AbortState } from './abort-state.js'
import { resultOf, stopOf } from './attempt-end.js'
import { FORCED, NEVER_STARTED, type StoppedEnding } from './ending.js'
import { drain, end, stop } from './finish-attempt.js'
import { keptAbort, keptEnding, keptReport } from './kept-life.js'
import {
  isAt,
  isBoundBy,
  isDecided,
  isOnThread,
  type AbortingLife,
  type OpenLife,
  type StoppingLife,
} from './life-stage.js'
import {
  moveTo,
  type AbortEvent,
  type LifeEffects,
  type LifeEvent,
  type LifeState,
  type Living,
} from './life-state.js'

/** Moves a life on. What isn't meant for where it stands changes nothing. */
export function transition<Subject extends Living>(
  life: LifeState,
  event: LifeEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  switch (event.type) {
    case 'sent':
      if (life.stage === 'waiting') moveTo(life, { phase: 'queued', stage: 'offered' })
      return
    case 'takenBack':
      if (life.stage === 'offered') moveTo(life, { phase: 'queued', stage: 'waiting' })
      return
    case 'backoffOver':
      if (life.stage !== 'backoff') return
      moveTo(life, { phase: 'queued', stage: 'waiting' })
      effects.queue(subject)
      return
    case 'started':
      start(life, event, subject, effects)
      return
    case 'ended':
      if (!isOnThread(life)) return
      if (event.startedAt !== undefined) life.startedAt = event.startedAt
      if (life.phase === 'aborting') stop(life, stopOf(life, event, subject), subject, effects)
      else end(life, resultOf(event, subject, effects), subject, effects)
      return
    case 'cannotStart':
      if (life.stage !== 'waiting' && life.stage !== 'offered' && life.stage !== 'backoff') return
      end(life, { kind: 'failed', error: event.error }, subject, effects)
      return
    case 'threadLost':
      if (!isOnThread(life)) return
      // Of which no body ever began, that has to be certain (S7).
      if (event.mayHaveBegun === true) life.began = true
      if (life.phase === 'aborting') stop(life, FORCED, subject, effects)
      else end(life, { kind: 'failed', error: event.error, uncounted: event.uncounted }, subject, effects)
      return
    case 'childSettled':
      if (life.stage === 'told') setTime(life, subject, effects)
      else drain(life, subject, effects)
      return
    case 'abort':
      abort(life, event, subject, effects)
      return
    case 'abortedWithParent':
      joinParentsAbort(life, event.abort)
      return
    case 'neverStarts':
      neverStart(life, event.parentsAbort, subject, effects)
      return
    case 'timedOut':
      timeOut(life, event.bound, subject, effects)
      return
    case 'hasten':
      if (life.phase === 'aborting') life.abort.bind(event.deadline)
      return
    case 'awaitEnd':
      if (life.stage === 'told' || life.stage === 'grace') setTime(life, subject, effects)
      return
    case 'abortSeen':
      if (life.phase !== 'aborting') return
      life.abort.deliveredAt = event.at
      effects.abortSeen(subject, event.at)
      return
    case 'graceOver':
      if (life.stage !== 'grace') return
      moveTo(life, { phase: 'aborting', stage: 'asking', abort: life.abort })
      effects.endShields(subject)
      // What those have protected may have been all that it waited for.
      if (isAt(life, 'asking')) effects.force(subject)
      return
    case 'killed':
      if (life.stage === 'asking') moveTo(life, { phase: 'aborting', stage: 'killing', abort: life.abort })
      return
    case 'dropped':
      if (life.stage === 'asking') stop(life, FORCED, subject, effects)
      return
    case 'abandoned':
      if (life.stage === 'asking') stop(life, { kind: 'stopped', how: 'abandoned' }, subject, effects)
      return
    case 'threadKnown':
      if (life.startedAt !== undefined) life.thread ??= event.thread
      return
    case 'report':
      if (life.stage === 'settled') return
      life.report = event.value
      effects.reported(subject, event.value)
      return
    case 'emit':
      if (life.stage !== 'settled') effects.emitted(subject, event.event)
      return
    case 'retired':
      retire(life)
      return
  }
}

function start<Subject extends Living>(
  life: LifeState,
  { at, thread, host }: LifeEvent<Subject> & { readonly type: 'started' },
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  if (!isOnThread(life)) return
  life.began = true
  life.startedAt = at
  life.thread = thread
  life.host = host
  // Aborting already: its start is on record, but the phase moves on only.
  if (life.stage !== 'offered') return
  moveTo(life, { phase: 'running', stage: 'running' })
  effects.phaseChanged(subject, 'queued')
  effects.started(subject)
}

function abort<Subject extends Living>(
  life: LifeState,
  event: AbortEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { walk } = event
  switch (life.stage) {
    case 'waiting':
    case 'backoff':
      withdraw(life, event, subject, effects)
      return
    case 'offered':
      // What runs is seen to run first, so that the phases tell what was.
      effects.look(subject)
      if (!isAt(life, 'offered')) abort(life, event, subject, effects)
      else if (walk.takeBack(subject)) withdraw(life, event, subject, effects)
      else tell(life, event, subject, effects)
      return
    case 'running':
      tell(life, event, subject, effects)
      return
    case 'failing':
      giveUpRetry(life, event, subject, effects)
      return
    case 'withdrawn':
    case 'told':
    case 'grace':
    case 'asking':
    case 'killing':
    case 'stopping':
      abortAgain(life, event, subject)
      return
    case 'ended':
    case 'settled':
      return
  }
}

/** The abort of an attempt that wasn't being aborted. */
function abortOf({ reason, at, deadline, bound }: Omit<AbortEvent<never>, 'walk'>): AbortState {
  const aborted = new AbortState(reason, at)
  aborted.timedOut = bound
  aborted.bind(deadline)
  return aborted
}

/** No body of it begins: it settles with the others of its abort, or a little later. */
function withdraw<Subject extends Living>(
  life: LifeState,
  event: AbortEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  moveTo(life, { phase: 'aborting', stage: 'withdrawn', abort: abortOf(event) })
  event.walk.withdrawn(subject)
  effects.phaseChanged(subject, 'queued')
}

/** Its body is told: from here on, it is aborted whatever it returns (S4). */
function tell<Subject extends Living>(
  life: OpenLife,
  event: AbortEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { phase: from } = life
  event.walk.tell(subject)
  const aborted = abortOf(event)
  aborted.toldReason = event.reason
  moveTo(life, { phase: 'aborting', stage: 'told', abort: aborted })
  effects.phaseChanged(subject, from)
}

/** What was only waiting for its children before another attempt isn't tried again (S8). */
function giveUpRetry<Subject extends Living>(
  life: LifeState & { readonly stage: 'failing' },
  event: AbortEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const {
    phase: from,
    ending: { error },
  } = life
  const how = isHeddleError(error, 'ThreadLostError') ? 'forced' : 'cooperative'
  const ending: StoppedEnding = { kind: 'stopped', how, thrown: error }
  moveTo(life, { phase: 'aborting', stage: 'stopping', abort: abortOf(event), ending })
  effects.phaseChanged(subject, from)
}

/** It is aborting already: that reason stays, unless it was only a timeout of its attempt; a shorter deadline counts (S5). */
function abortAgain<Subject extends Living>(
  life: AbortingLife,
  { reason, deadline, escalates, bound, walk }: AbortEvent<Subject>,
  subject: Subject,
): void {
  const { abort: aborted } = life
  if (isDecided(life)) {
    aborted.bind(deadline)
    return
  }
  if (!escalates && !aborted.isAttemptTimeout) return
  aborted.bind(deadline)
  // The time for all attempts was up while one was being stopped for its own.
  if (bound !== undefined) aborted.timedOut = bound
  aborted.escalate(reason)
  walk.alreadyAborting(subject)
}

/** The abort of its parent, by which it has been aborting, is its own: what comes next may be for it alone (S2). */
function joinParentsAbort(life: LifeState, parentsAbort: AbortState): void {
  if (life.stage !== 'waiting' && life.stage !== 'backoff') return
  moveTo(life, { phase: 'aborting', stage: 'withdrawn', abort: parentsAbort.copy() })
}

/** It settles. Where it was never sent, nothing was for it alone: what is known of its abort is one for all of them. */
function neverStart<Subject extends Living>(
  life: LifeState,
  parentsAbort: AbortState | undefined,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  if (parentsAbort !== undefined && (life.stage === 'waiting' || life.stage === 'backoff'))
    moveTo(life, { phase: 'aborting', stage: 'withdrawn', abort: parentsAbort })
  if (!isAt(life, 'withdrawn')) return
  stop(life, life.began ? { kind: 'stopped', how: 'cooperative' } : NEVER_STARTED, subject, effects)
}

/**
 * A bound ends an attempt, the deadline the action (S8). Once it is aborted, no timeout changes the outcome; nor once that
 * stands. The deadline of all attempts ends what would have been tried again.
 */
function timeOut<Subject extends Living>(
  life: LifeState,
  bound: TimeoutBound,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  if (bound === 'queuedMs' && life.stage === 'offered') effects.look(subject)
  if (subject.isAbortedWithParent || !isBoundBy(life, bound)) return
  // Whoever is shown what came before may abort it: it has timed out only when that abort has come to it.
  if (life.stage !== 'stopping') effects.timeOut(subject, bound)
  else life.abort.timedOut = bound
}

/** Its time is a request's deadline, or its own grace from when its last unshielded child has settled (S5). */
function setTime<Subject extends Living>(
  life: StoppingLife,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { abort: aborted } = life
  if (aborted.deadline === undefined && aborted.graceEndsAt === Infinity) {
    if (subject.hasUnshieldedChildren) return
    aborted.graceEndsAt = effects.now() + subject.graceMs
  }
  moveTo(life, { phase: 'aborting', stage: 'grace', abort: aborted })
  effects.endGraceAt(subject, aborted.forceAt)
}

/** Keeps of what has settled only what its record shows (S29). */
function retire(life: LifeState): void {
  if (life.stage !== 'settled') return
  const { phase, stage, ending, abort: aborted, settledAt } = life
  life.report = keptReport(life.report)
  moveTo(life, { phase, stage, ending: keptEnding(ending), abort: aborted && keptAbort(aborted), settledAt })
}
