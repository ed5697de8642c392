// What is asked of where a life stands.

import type { TimeoutBound } from '../src/protocol/errors/errors.js'
import type { LifeState, Stage, StoppingStage } from './life-state.js'

/** One that is being aborted. */
export type AbortingLife = LifeState & { readonly phase: 'aborting' }

/** One that is being aborted, and whose attempt hasn't ended. */
export type StoppingLife = LifeState & { readonly stage: StoppingStage }

/** One whose attempt goes on, and which isn't being aborted. */
export type OpenLife = LifeState & { readonly phase: 'queued' | 'running' }

/** One whose attempt has ended, and whose children drain. */
export type DrainingLife = LifeState & { readonly stage: 'failing' | 'ended' | 'stopping' }

/** One of which a body may be on a thread. */
export type LifeOnThread = LifeState & {
  readonly stage: 'offered' | 'running' | 'told' | 'grace' | 'asking' | 'killing'
}

/** Whether its outcome stands, while its children drain or for good: no abort changes it (S4). */
export function isDecided(life: LifeState): boolean {
  if (life.stage === 'stopping') return !life.abort.isAttemptTimeout
  return life.stage === 'ended' || life.stage === 'settled'
}

/** Its grace is over, or it has ended: shields no longer protect its children. */
export function isGraceOver({ stage, ending }: LifeState): boolean {
  return ending !== undefined || stage === 'asking' || stage === 'killing'
}

/** Whether a body of it may be there: what a thread says of it, or its loss, counts. */
export function isOnThread(life: LifeState): life is LifeOnThread {
  switch (life.stage) {
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
export function isAt<Asked extends Stage>(
  life: LifeState,
  asked: Asked,
): life is LifeState & { readonly stage: Asked } {
  return life.stage === asked
}

/** Whether that bound of its time counts there (S8). */
export function isBoundBy(life: LifeState, bound: TimeoutBound): boolean {
  switch (life.stage) {
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
      return bound === 'deadlineMs' && life.abort.isAttemptTimeout
    case 'ended':
    case 'settled':
      return false
  }
}
