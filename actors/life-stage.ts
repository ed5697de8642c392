// What is asked of where a life stands.

import type { TimeoutBound } from '../src/protocol/errors/errors.js'
import type { LifeState, Stage } from './life-state.js'

/** Whether its outcome stands, while its children drain or for good: no abort changes it (S4). */
export function isDecided({ stage, abort: aborted }: LifeState): boolean {
  if (stage === 'stopping') return aborted?.isAttemptTimeout !== true
  return stage === 'ended' || stage === 'settled'
}

/** Its grace is over, or it has ended: shields no longer protect its children. */
export function isGraceOver({ stage, ending }: LifeState): boolean {
  return ending !== undefined || stage === 'asking' || stage === 'killing'
}

/** Whether a body of it may be there: what a thread says of it, or its loss, counts. */
export function isOnThread({ stage }: LifeState): boolean {
  switch (stage) {
    case 'offered':
    case 'running':
    case 'told':
    case 'grace':
    case 'asking':
    case 'killing':
      return true
    default:
      return false
  }
}

/** Whether it stands there now: effects may have moved it on. */
export function isAt({ stage }: LifeState, asked: Stage): boolean {
  return stage === asked
}

/** Whether that bound of its time counts there (S8). */
export function isBoundBy({ stage, abort: aborted }: LifeState, bound: TimeoutBound): boolean {
  switch (stage) {
    case 'waiting':
    case 'backoff':
    case 'offered':
      return bound !== 'runMs'
    case 'running':
      return bound !== 'queuedMs'
    case 'failing':
      return bound === 'deadlineMs'
    case 'withdrawn':
    case 'told':
    case 'grace':
    case 'asking':
    case 'killing':
    case 'stopping':
      return bound === 'deadlineMs' && aborted?.isAttemptTimeout === true
    case 'ended':
    case 'settled':
      return false
  }
}
