// Outcomes on their way between threads: errors and reasons go by the error codec, outputs as they are.

import { decodeError, decodeReason } from './errors/decode-error.js'
import { encodeError, encodeReason } from './errors/encode-error.js'
import type { AbortReason } from './errors/abort-reason.js'
import {
  ActionAbortedError,
  type AbortHow,
  type ActionTimedOutError,
  type HeddleError,
} from './errors/errors.js'
import type { ActionTimes, EncodedAbort, EncodedOutcome, Outcome } from './outcome.js'

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
 * The same for what was aborted, and threw nothing else: an outcome, with its error, is made by the receiver. `told`: the reason,
 * unless it was aborted together with the receiver, which has that.
 */
export function encodeAbort(
  times: { readonly [Time in keyof ActionTimes]: ActionTimes[Time] | undefined },
  how: AbortHow,
  told:
    | { readonly reason: AbortReason; readonly escalations: readonly AbortReason[] | undefined }
    | undefined,
): EncodedOutcome {
  const { queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt } = times
  const encoded: { -readonly [Key in keyof EncodedAbort]: EncodedAbort[Key] } = {
    status: 'aborted',
    how,
    queuedAt: queuedAt as number,
    settledAt: settledAt as number,
  }
  // Not by spreads: there may be very many.
  if (startedAt !== undefined) encoded.startedAt = startedAt
  if (abortRequestedAt !== undefined) encoded.abortRequestedAt = abortRequestedAt
  if (abortDeliveredAt !== undefined) encoded.abortDeliveredAt = abortDeliveredAt
  if (told !== undefined) encoded.reason = encodeReason(told.reason)
  if (told?.escalations !== undefined) encoded.escalations = told.escalations.map(encodeReason)
  return encoded
}

/**
 * The outcome again, its errors instances of this thread's classes, of the action at that place. `shared`: the reason of the
 * receiver, for one that was encoded without.
 */
export function decodeOutcome(
  encoded: EncodedOutcome,
  place: { readonly run: string; readonly action: string },
  shared: AbortReason | undefined,
): Outcome<unknown> {
  switch (encoded.status) {
    case 'succeeded': {
      if (encoded.transfer === undefined) return encoded
      const { transfer: _, ...outcome } = encoded
      return outcome
    }
    case 'failed':
      return { ...encoded, error: decodeError(encoded.error) as HeddleError }
    default: {
      if (encoded.error === undefined) {
        const { how } = encoded
        const reason = encoded.reason === undefined ? shared : decodeReason(encoded.reason)
        if (reason === undefined) throw new Error('an outcome came without its reason')
        const error = new ActionAbortedError({ reason, how, ...place })
        return { ...encoded, error, reason, escalations: (encoded.escalations ?? []).map(decodeReason) }
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
