// Checks what an end, or another attempt, is said to be for: which bound of time, which failure, which value (S4, S8, S13, S26).

import type { ActionEvent, PhaseEvent, RetryEvent } from '../../src/index.js'
import type { End } from './plan.js'
import type { Known, Told } from './known.js'

/** How a body has ended, as it saw it itself. */
export interface BodyEnd {
  readonly attempt: number
  readonly returned: boolean
  /** It has thrown an error of its own, and not what it was given. */
  readonly threwOwn: boolean
}

/** The errors of attempts that may be tried again (S8). */
const RETRIABLE: ReadonlySet<string> = new Set([
  'ActionFailedError',
  'ThreadLostError',
  'ActionTimedOutError',
])
/** What can't be sent, or can't be read. */
const UNSENDABLE: ReadonlySet<End> = new Set(['returnUncloneable', 'returnUnreadable'])

interface Said {
  readonly name?: string
  readonly retriable?: boolean
  readonly action?: string
  readonly cause?: unknown
}

/** Takes an event of an action, once it is known what that has come to. `body`: the end of its last body, if that has ended. */
export function checkOutcomes(event: ActionEvent, known: Known, body: BodyEnd | undefined, told: Told): void {
  if (event.type === 'retry') checkRetry(event, known, told)
  else if (event.type === 'phase' && known.end === event)
    checkEnd(event, known, body?.attempt === known.attempt ? body : undefined, told)
  else if (
    event.type === 'abort' &&
    !event.escalation &&
    known.isRetrying &&
    event.reason.source !== 'timeout'
  )
    // Nothing of it runs: it waits for its next attempt, or in the queue for that.
    told.cover('S8 abort between')
}

function checkRetry({ error }: RetryEvent, known: Known, { broken, cover }: Told): void {
  const { name = '', retriable, action } = error as Said
  if (retriable === false || !RETRIABLE.has(name))
    broken('S8', `${known.id} is tried again though it can't be: ${String(error)}`, known)
  if (name === 'ActionTimedOutError' && action === known.id) cover('S8 tried again')
}

function checkEnd(
  { phase, how, error, reason }: PhaseEvent,
  known: Known,
  body: BodyEnd | undefined,
  { broken, cover }: Told,
): void {
  const { id, plan } = known
  const said = error as Said | undefined
  if (phase === 'timedOut') {
    const bound = /timeout\.(\w+)/.exec(reason?.message ?? '')?.[1]
    if (bound === undefined)
      broken('S8', `${id} has timed out, and no bound is named: ${reason?.message}`, known)
    cover(`S8 ${bound}`)
  }
  if ((phase === 'aborted' || phase === 'timedOut') && said?.action !== id)
    broken('S13', `${id} is ${phase}, and its error is that of ${said?.action}`, known)
  if (phase === 'aborted' && how === 'never-started' && known.abortedFrom === undefined) cover('S2 derived')
  if (how === 'cooperative' && body?.threwOwn === true && known.abortedFrom === 'running') {
    cover('S4 cause')
    if (said?.cause === undefined)
      broken('S4', `${id} has thrown as it stopped, and its error has no cause: ${String(error)}`, known)
  }
  if (phase !== 'failed') return
  if (said?.retriable === false) cover('S8 final')
  if (said?.action === id || said?.action === undefined) {
    // Wrapped once, where it was thrown.
    if (said?.name === 'ActionFailedError' && (said.cause as Said | undefined)?.name === 'ActionFailedError')
      broken('S13', `the failure of ${id} is wrapped twice`, known)
  } else cover('S13 passed on')
  if (plan === undefined || body?.returned !== true || !UNSENDABLE.has(plan.end)) return
  cover(plan.end === 'returnUnreadable' ? 'S26 unreadable' : 'S26 uncloneable')
  if (said?.name !== 'NotCloneableError' && said?.name !== 'ThreadLostError')
    broken('S26', `${id} has returned what can't be sent, and has failed with ${String(error)}`, known)
}
