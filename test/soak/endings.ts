// What the end of an action must look like, given what its body was told to do: how it ended, with which error, and what
// it has said before.

import type { HeddleError, PhaseEvent } from 'heddle'
import { DEADLY, ENDLESS, ENDLESSLY_DEAF, FAILS_WITH, POLITE_TO_THE_END } from './plan.js'
import { BURST_ENTRIES, LAST_REPORT } from './said.js'
import type { RunStory, Seen } from './seen.js'

/** What is wrong with it, if anything. */
export function* checkEnding(seen: Seen, event: PhaseEvent, run: RunStory): Generator<string> {
  yield* checkHow(seen, event, run.calm)
  if (seen.slot === undefined) return
  const { phase } = event
  if (phase === 'succeeded') yield* checkSuccess(seen, event)
  if (phase === 'failed') yield* checkFailure(seen, event, run)
}

function* checkHow(seen: Seen, event: PhaseEvent, isCalm: boolean): Generator<string> {
  const { kind, starts, retrying } = seen
  const { phase, how, attempt, reason, error } = event
  const isStopped = phase === 'aborted' || phase === 'timedOut'
  if (isStopped !== (how !== undefined) || isStopped !== (reason !== undefined))
    yield `has ${phase}, with how ${how} and the reason ${JSON.stringify(reason)} (S7)`
  if (phase === 'timedOut' && reason?.source !== 'timeout')
    yield `has timed out for ${JSON.stringify(reason)} (S8)`
  if ((phase === 'succeeded') !== (error === undefined))
    yield `has ${phase}, with the error ${String(error)} (I12)`
  if (how === 'never-started' && (starts > 0 || attempt > 0))
    yield `is never-started, and began ${starts} times (S7)`
  if (how === 'cooperative' && starts === 0 && attempt === 0) yield 'is cooperative, and never began (S7)'
  // Between two attempts there is nothing to hear; a start that was aborted in its very moment shows in `attempt` alone.
  const isBetweenAttempts = retrying && attempt === seen.attempt
  if (how === 'cooperative' && !isBetweenAttempts && ENDLESSLY_DEAF.has(kind))
    yield 'hears nothing, and is cooperative (S7)'
  // Who is polite and has time ends by itself.
  if (isCalm && (how === 'forced' || how === 'abandoned')) yield `is ${how} in a calm run (I7)`
}

function* checkSuccess(
  { kind, lastReport, entries, receipt }: Seen,
  { attempt }: PhaseEvent,
): Generator<string> {
  if (ENDLESS.has(kind) || DEADLY.has(kind) || kind in FAILS_WITH) yield 'can not succeed, and has'
  if (lastReport?.count !== LAST_REPORT || lastReport.attempt !== attempt)
    yield `has succeeded in attempt ${attempt}, and its last report is ${JSON.stringify(lastReport)} (S23)`
  if (kind === 'burst' && entries !== BURST_ENTRIES)
    yield `has written ${BURST_ENTRIES} log entries, and ${entries} came`
  if (kind === 'read' && receipt?.count !== receipt?.of)
    yield `has emitted to the end, and ${JSON.stringify(receipt)} came`
}

function* checkFailure(seen: Seen, { error, id }: PhaseEvent, run: RunStory): Generator<string> {
  const { calm: isCalm } = run
  const { kind, starts, lastReport } = seen
  if (error === undefined || starts === 0) return
  const isLost = error.code === 'ThreadLostError'
  if (isCalm && isLost) yield 'has lost its thread in a calm run (I7)'
  if (isCalm && POLITE_TO_THE_END.has(kind) && !isOfStruckHelper(error, id, run))
    yield `has failed with ${error.code}: ${error.message}`
  const expected = FAILS_WITH[kind]
  if (expected === undefined || isLost) return
  if (error.code !== expected || error.action !== id)
    yield `fails with ${expected} by itself, and has failed with ${error.code} of ${error.action}: ${error.message} (S13)`
  if (lastReport === undefined) yield 'has reported and failed, and no report came (S23)'
}

/** Whether it is the abort of a child that follows no plan, and that an abort from outside was aimed at: it travels on (S13). */
function isOfStruckHelper({ code, action }: HeddleError, id: string, { actions }: RunStory): boolean {
  const helper = code === 'ActionAbortedError' && action !== undefined ? actions.get(action) : undefined
  return (
    helper !== undefined &&
    helper.parent === id &&
    helper.slot === undefined &&
    helper.end?.phase === 'aborted' &&
    helper.reason?.source === 'external' &&
    helper.reason.origin === helper.id
  )
}
