// The meaning of an attempt's end: how it counts (S4, S7), whether another one may follow (S8), and why its children are
// aborted (S16). It reads a life and changes nothing.

import type { AbortReason } from '../src/protocol/errors/abort-reason.js'
import type { AbortHow, HeddleError } from '../src/protocol/errors/errors.js'
import { isHeddleError } from '../src/protocol/errors/is-heddle-error.js'
import type { Ending, ResultEnding, StoppedEnding } from './ending.js'
import type { AbortingLife } from './life-stage.js'
import type { EndedEvent, LifeEffects, LifeState, Living } from './life-state.js'

/** Why the children of a body that has ended by itself are aborted (S16). */
export function endReason(
  { kind }: ResultEnding,
  { id, name, isRoot }: Pick<Living, 'id' | 'name' | 'isRoot'>,
  at: number,
): AbortReason {
  return {
    source: isRoot ? 'root' : 'parent',
    message: `${isRoot ? 'the root' : 'its parent'} ${id} '${name}' has ${kind === 'failed' ? 'failed' : 'ended'}`,
    origin: id,
    at,
  }
}

/** What the end of a body means that wasn't being aborted: its result. */
export function resultOf<Subject extends Living>(
  end: EndedEvent,
  subject: Subject,
  effects: LifeEffects<Subject>,
): ResultEnding {
  if (end.ok) return { kind: 'succeeded', output: end.output, transfer: end.transfer }
  return { kind: 'failed', error: effects.failure(subject, end.thrown?.value) }
}

/** What the end of an aborted body means: nothing but its clean-up (S4). */
export function stopOf(life: AbortingLife, end: EndedEvent, subject: Living): StoppedEnding {
  const how = subject.isCommand && life.stage === 'killing' ? 'forced' : howBegun(life)
  if (end.ok || end.thrown === undefined) return { kind: 'stopped', how }
  const { value } = end.thrown
  return value === undefined || isOwnAbort(value, subject.id, life.abort.reason)
    ? { kind: 'stopped', how }
    : { kind: 'stopped', how, thrown: value }
}

/** Its own abort, or a child's that came from the same one: nothing that isn't in the reason already. */
function isOwnAbort(thrown: unknown, id: string, reason: AbortReason | undefined): boolean {
  if (!isHeddleError(thrown, 'ActionAbortedError')) return false
  return thrown.action === id || (thrown.origin === reason?.origin && thrown.reason.at === reason.at)
}

/** How one stops whose body isn't stopped by force (S7). */
function howBegun({ began }: LifeState): AbortHow {
  return began ? 'cooperative' : 'never-started'
}

/** Whether another attempt may follow one that has ended so (S8). */
export function mayRetry(life: LifeState, ending: Ending, subject: Living): boolean {
  const { limit } = subject.retries
  if (limit === 0) return false
  if (ending.kind === 'stopped') return life.abort?.isAttemptTimeout === true && life.failures < limit
  if (ending.kind === 'succeeded' || !isRetriable(ending.error)) return false
  return ending.uncounted === true || life.failures < limit
}

function isRetriable(error: HeddleError): boolean {
  if (isHeddleError(error, 'ActionFailedError')) return (error as { retriable?: boolean }).retriable !== false
  return isHeddleError(error, 'ThreadLostError') || isHeddleError(error, 'ActionTimedOutError')
}
