// The way of a life on from the end of an attempt: its children first, then another attempt, or its outcome (I2, S3, S8).

import { endReason, mayRetry } from './attempt-end.js'
import type { ResultEnding, StoppedEnding } from './ending.js'
import { isAt, type AbortingLife, type DrainingLife, type OpenLife } from './life-stage.js'
import { moveTo, type LifeEffects, type LifeState, type Living } from './life-state.js'

/** An attempt has ended by itself: its children end with it, then it is decided what follows (I2, S3). */
export function end<Subject extends Living>(
  life: OpenLife,
  ending: ResultEnding,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { phase } = life
  if (ending.kind === 'failed' && mayRetry(life, ending, subject))
    moveTo(life, { phase, stage: 'failing', ending })
  else moveTo(life, { phase, stage: 'ended', ending })
  effects.attemptEnded(subject)
  if (subject.hasChildren) effects.abortChildren(subject, endReason(ending, subject, effects.now()))
  // Where its children have settled within this, that went on already.
  if (life.ending === ending) drain(life, subject, effects)
}

/** An attempt that was aborted has ended. Its children were aborted with it, but for the shielded ones: they are now. */
export function stop<Subject extends Living>(
  life: AbortingLife,
  ending: StoppedEnding,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { phase, abort: aborted } = life
  moveTo(life, { phase, stage: 'stopping', abort: aborted, ending })
  effects.attemptEnded(subject)
  if (subject.hasShieldedChildren) effects.abortChildren(subject, aborted.reason)
  if (life.ending === ending) drain(life, subject, effects)
}

/** Goes on when the last child has settled: with another attempt, or to its outcome. */
export function drain<Subject extends Living>(
  life: LifeState,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  if (life.ending === undefined || life.stage === 'settled' || subject.hasChildren) return
  if (life.stage !== 'ended' && mayRetry(life, life.ending, subject)) retry(life, subject, effects)
  else settle(life, subject, effects)
}

/** Begins another attempt, clean. */
function retry<Subject extends Living>(
  life: DrainingLife,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { phase: from, ending } = life
  const isCounted = ending.kind !== 'failed' || ending.uncounted !== true
  const error = effects.errorOf(subject, ending)
  if (isCounted) life.failures += 1
  const delayMs = isCounted ? effects.backoffMs(subject) : 0
  life.first = {
    queuedAt: life.first?.queuedAt ?? life.queuedAt,
    startedAt: life.first?.startedAt ?? life.startedAt,
  }
  life.attempt += 1
  life.startedAt = undefined
  life.thread = undefined
  life.host = undefined
  life.queuedAt = effects.now()
  moveTo(life, { phase: 'queued', stage: delayMs > 0 ? 'backoff' : 'waiting' })
  effects.retried(subject, error, delayMs)
  effects.phaseChanged(subject, from)
  // Whoever heard of that may have aborted it.
  if (!isAt(life, 'backoff') && !isAt(life, 'waiting')) return
  if (delayMs > 0) effects.backOff(subject, delayMs)
  else effects.queue(subject)
}

function settle<Subject extends Living>(
  life: DrainingLife,
  subject: Subject,
  effects: LifeEffects<Subject>,
): void {
  const { phase: from, ending, abort: aborted } = life
  const stopped = aborted?.timedOut === undefined ? 'aborted' : 'timedOut'
  const phase = ending.kind === 'stopped' ? stopped : ending.kind
  moveTo(life, { phase, stage: 'settled', ending, abort: aborted, settledAt: effects.now() })
  effects.settled(subject, ending, from)
}
