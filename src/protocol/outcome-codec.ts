// Outcomes on their way between threads: errors and reasons go by the error codec, outputs as they are.

import { decodeError, decodeReason } from './decode-error.js'
import { encodeError, encodeReason } from './encode-error.js'
import type { AbortReason } from './abort-reason.js'
import { ActionAbortedError, type AbortHow, type ActionTimedOutError, type HeddleError } from './errors.js'
import type { ActionTimes, EncodedOutcome, Outcome } from './outcome.js'

/** Makes an outcome cloneable, if its output is. `transfer`: what of the output is to be moved on. */
export function encodeOutcome(outcome: Outcome<unknown>, transfer?: readonly unknown[]): EncodedOutcome {
  switch (outcome.status) {
    case 'succeeded':
      return transfer === undefined ? outcome : { ...outcome, transfer }
    case 'failed':
      return { ...outcome, error: encodeError(outcome.error) }
    default: {
      const { reason, error, escalations, ...rest } = outcome
      return {
        ...rest,
        error: encodeError(error),
        ...(rest.status === 'timedOut' && { reason: encodeReason(reason) }),
        escalations: escalations.map(encodeReason),
      }
    }
  }
}

/**
 * The same for what was aborted together with the one who is told: without the reason, which that one has, and without
 * that an outcome, with its error, is made.
 */
export function encodeTogether(
  times: { readonly [Time in keyof ActionTimes]: ActionTimes[Time] | undefined },
  how: AbortHow,
): EncodedOutcome {
  const { queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt } = times
  return {
    status: 'aborted',
    how,
    queuedAt: queuedAt as number,
    ...(startedAt !== undefined && { startedAt }),
    ...(abortRequestedAt !== undefined && { abortRequestedAt }),
    ...(abortDeliveredAt !== undefined && { abortDeliveredAt }),
    settledAt: settledAt as number,
  }
}

/**
 * The outcome again, its errors instances of this thread's classes. `together`: the reason of the one who is told, and
 * where the action is, for an outcome that was encoded without.
 */
export function decodeOutcome(
  encoded: EncodedOutcome,
  together: { reason: AbortReason; run: string; action: string } | undefined,
): Outcome<unknown> {
  switch (encoded.status) {
    case 'succeeded': {
      const { transfer: _, ...outcome } = encoded
      return outcome
    }
    case 'failed':
      return { ...encoded, error: decodeError(encoded.error) as HeddleError }
    default: {
      if (encoded.error === undefined) {
        if (together === undefined) throw new Error('an outcome came without its reason')
        const error = new ActionAbortedError({ ...together, how: encoded.how })
        return { ...encoded, error, reason: together.reason, escalations: [] }
      }
      const error = decodeError(encoded.error)
      const escalations = encoded.escalations.map(decodeReason)
      if (encoded.reason === undefined) {
        const aborted = error as ActionAbortedError
        return { ...encoded, status: 'aborted', error: aborted, reason: aborted.reason, escalations }
      }
      const reason = decodeReason(encoded.reason)
      return { ...encoded, status: 'timedOut', error: error as ActionTimedOutError, reason, escalations }
    }
  }
}
