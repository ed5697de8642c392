// The life of an action: what each thing that happens to it means where it stands. This one table decides who wins (S4),
// what time is left (S5), what is tried again (S8), how it has stopped (S7) and why its children are (S16). It is the same
// whether anybody watches or not (X1), and knows neither threads nor actors: all that it does goes through `LifeEffects`.

import type { TimeoutBound } from '../src/protocol/errors/errors.js'
import type { LivePhase } from '../src/protocol/outcome.js'
import { isHeddleError } from '../src/protocol/errors/is-heddle-error.js'
import { AbortState } from './abort-state.js'
import { endOf, endReason, lossOf, mayRetry } from './attempt-end.js'
import { NEVER_STARTED, type Ending } from './ending.js'
import { isAt, isBoundBy, isDecided, isOnThread } from './life-stage.js'
import type { AbortEvent, LifeEffects, LifeEvent, LifeState, Living } from './life-state.js'

/** Moves a life on. What isn't meant for where it stands changes nothing. */
export function transition<Subject extends Living>(
  life: LifeState,
  event: LifeEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { stage } = life
  switch (event.type) {
    case 'sent':
      if (stage === 'waiting') life.stage = 'offered'
      return
    case 'takenBack':
      if (stage === 'offered') life.stage = 'waiting'
      return
    case 'backoffOver':
      if (stage !== 'backoff') return
      life.stage = 'waiting'
      effects.queue(subject)
      return
    case 'started':
      start(life, event, subject, effects)
      return
    case 'ended':
      if (!isOnThread(life)) return
      if (event.startedAt !== undefined) life.startedAt = event.startedAt
      finish(life, endOf(life, event, subject, effects), subject, effects)
      return
    case 'cannotStart':
      if (stage !== 'waiting' && stage !== 'offered' && stage !== 'backoff') return
      finish(life, { kind: 'failed', error: event.error }, subject, effects)
      return
    case 'threadLost':
      if (!isOnThread(life)) return
      // Of which no body ever began, that has to be certain (S7).
      if (event.mayHaveBegun === true) life.began = true
      finish(life, lossOf(life, event.error, event.uncounted), subject, effects)
      return
    case 'childSettled':
      if (stage === 'told') setTime(life, subject, effects)
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
      if (life.phase === 'aborting') life.abort?.bind(event.deadline)
      return
    case 'awaitEnd':
      if (stage === 'told' || stage === 'grace') setTime(life, subject, effects)
      return
    case 'abortSeen':
      if (life.phase !== 'aborting' || life.abort === undefined) return
      life.abort.deliveredAt = event.at
      effects.abortSeen(subject, event.at)
      return
    case 'graceOver':
      if (stage !== 'grace') return
      life.stage = 'asking'
      effects.endShields(subject)
      // What those have protected may have been all that it waited for.
      if (isAt(life, 'asking')) effects.force(subject)
      return
    case 'killed':
      if (stage === 'asking') life.stage = 'killing'
      return
    case 'dropped':
      if (stage === 'asking') finish(life, { kind: 'stopped', how: 'forced' }, subject, effects)
      return
    case 'abandoned':
      if (stage === 'asking') finish(life, { kind: 'stopped', how: 'abandoned' }, subject, effects)
      return
    case 'report':
      if (stage === 'settled') return
      life.report = event.value
      effects.reported(subject, event.value)
      return
    case 'emit':
      if (stage !== 'settled') effects.emitted(subject, event.event)
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
  life.stage = 'running'
  life.phase = 'running'
  effects.phaseChanged(subject, 'queued')
  effects.started(subject)
}

/** An attempt is over: its children end with it, then it is decided what follows (I2, S3). */
function finish<Subject extends Living>(
  life: LifeState,
  ending: Ending,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const wasAborting = life.phase === 'aborting'
  life.ending = ending
  if (wasAborting) life.stage = 'stopping'
  else life.stage = mayRetry(life, ending, subject) ? 'failing' : 'ended'
  effects.attemptEnded(subject)
  // Of one that was aborted, all but the shielded ones are, too.
  if (subject.hasChildren && (!wasAborting || subject.hasShieldedChildren))
    effects.abortChildren(subject, life.abort?.reason ?? endReason(life, subject, effects.now()))
  // Where they have settled within this, that went on already.
  if (life.ending === ending) drain(life, subject, effects)
}

/** Goes on when the last child has settled: with another attempt, or to its outcome. */
function drain<Subject extends Living>(
  life: LifeState,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { stage, ending } = life
  if (ending === undefined || stage === 'settled' || subject.hasChildren) return
  if (stage !== 'ended' && mayRetry(life, ending, subject)) retry(life, ending, subject, effects)
  else settle(life, ending, subject, effects)
}

/** Begins another attempt, clean. */
function retry<Subject extends Living>(
  life: LifeState,
  ending: Ending,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const isCounted = ending.kind !== 'failed' || ending.uncounted !== true
  const error = effects.errorOf(subject, ending)
  if (isCounted) life.failures += 1
  const delayMs = isCounted ? effects.backoffMs(subject) : 0
  const from = life.phase as LivePhase
  life.first = {
    queuedAt: life.first?.queuedAt ?? life.queuedAt,
    startedAt: life.first?.startedAt ?? life.startedAt,
  }
  life.attempt += 1
  life.ending = undefined
  life.abort = undefined
  life.startedAt = undefined
  life.thread = undefined
  life.host = undefined
  life.queuedAt = effects.now()
  effects.retried(subject, error, delayMs)
  life.phase = 'queued'
  life.stage = delayMs > 0 ? 'backoff' : 'waiting'
  effects.phaseChanged(subject, from)
  // Whoever heard of that may have aborted it.
  if (!isAt(life, 'backoff') && !isAt(life, 'waiting')) return
  if (delayMs > 0) effects.backOff(subject, delayMs)
  else effects.queue(subject)
}

function settle<Subject extends Living>(
  life: LifeState,
  ending: Ending,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const from = life.phase as LivePhase
  life.settledAt = effects.now()
  life.stage = 'settled'
  if (ending.kind !== 'stopped') life.phase = ending.kind
  else life.phase = life.abort?.timedOut === undefined ? 'aborted' : 'timedOut'
  effects.settled(subject, ending, from)
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

function beginAbort(life: LifeState, { reason, at, deadline, bound }: Omit<AbortEvent<never>, 'walk'>): void {
  life.abort ??= new AbortState()
  life.abort.timedOut = bound
  life.abort.reason = reason
  life.abort.requestedAt = at
  life.abort.bind(deadline)
  life.phase = 'aborting'
}

/** No body of it begins: it settles with the others of its abort, or a little later. */
function withdraw<Subject extends Living>(
  life: LifeState,
  event: AbortEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  beginAbort(life, event)
  life.stage = 'withdrawn'
  event.walk.withdrawn(subject)
  effects.phaseChanged(subject, 'queued')
}

/** Its body is told: from here on, it is aborted whatever it returns (S4). */
function tell<Subject extends Living>(
  life: LifeState,
  event: AbortEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const from = life.phase as LivePhase
  event.walk.tell(subject)
  beginAbort(life, event)
  life.stage = 'told'
  ;(life.abort as AbortState).toldReason = event.reason
  effects.phaseChanged(subject, from)
}

/** What was only waiting for its children before another attempt isn't tried again (S8). */
function giveUpRetry<Subject extends Living>(
  life: LifeState,
  event: AbortEvent<Subject>,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { ending } = life
  if (ending?.kind !== 'failed') return
  const how = isHeddleError(ending.error, 'ThreadLostError') ? 'forced' : 'cooperative'
  const from = life.phase as LivePhase
  life.ending = { kind: 'stopped', how, thrown: ending.error }
  beginAbort(life, event)
  life.stage = 'stopping'
  effects.phaseChanged(subject, from)
}

/** It is aborting already: that reason stays, unless it was only a timeout of its attempt; a shorter deadline counts (S5). */
function abortAgain<Subject extends Living>(
  life: LifeState,
  { reason, deadline, escalates, bound, walk }: AbortEvent<Subject>,
  subject: Subject,
): void {
  const aborted = life.abort as AbortState
  if (isDecided(life)) {
    aborted.bind(deadline)
    return
  }
  if (!escalates && !aborted.isAttemptTimeout) return
  aborted.bind(deadline)
  // The time for all attempts was up while one was being stopped for its own.
  if (bound !== undefined) aborted.timedOut = bound
  aborted.escalate(reason)
  walk.again(subject)
}

/** The abort of its parent, by which it has been aborting, is its own: what comes next may be for it alone (S2). */
function joinParentsAbort(life: LifeState, parentsAbort: AbortState): void {
  if (life.stage !== 'waiting' && life.stage !== 'backoff') return
  life.abort = parentsAbort.copy()
  life.phase = 'aborting'
  life.stage = 'withdrawn'
}

/** It settles. Where it was never sent, nothing was for it alone: what is known of its abort is one for all of them. */
function neverStart<Subject extends Living>(
  life: LifeState,
  parentsAbort: AbortState | undefined,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  if (parentsAbort !== undefined && (life.stage === 'waiting' || life.stage === 'backoff')) {
    life.abort = parentsAbort
    life.phase = 'aborting'
    life.stage = 'withdrawn'
  }
  if (life.stage !== 'withdrawn') return
  finish(life, life.began ? { kind: 'stopped', how: 'cooperative' } : NEVER_STARTED, subject, effects)
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
  else if (life.abort !== undefined) life.abort.timedOut = bound
}

/** Its time is a request's deadline, or its own grace from when its last unshielded child has settled (S5). */
function setTime<Subject extends Living>(
  life: LifeState,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const aborted = life.abort as AbortState
  if (aborted.deadline === undefined && aborted.graceEndsAt === Infinity) {
    if (subject.hasUnshieldedChildren) return
    aborted.graceEndsAt = effects.now() + subject.graceMs
  }
  life.stage = 'grace'
  effects.endGraceAt(subject, aborted.forceAt)
}
