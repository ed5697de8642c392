// A message as it is taken from its sender: checked, and copied at once, so that its sender gets
// the error, and later changes of the original change nothing.

import type { TransferListItem } from 'node:worker_threads'
import { describeValue } from '../protocol/values/describe-value.js'
import { ActionInputError, NotCloneableError } from '../protocol/errors/errors.js'
import { refuseLossy } from '../protocol/values/lossy-objects.js'
import { isEventObject, type EventObject } from '../protocol/event-object.js'
import { transfersOf } from '../protocol/transfers.js'

/** A message of one's own, and what of it can be moved on. */
export interface CheckedMessage {
  readonly message: EventObject
  readonly transfer: readonly object[]
}

/**
 * Checks and copies a message. `to`: its receiver, as errors name it.
 *
 * @throws `ActionInputError` for what is no object with a `type`, `NotCloneableError` for what can't be copied.
 */
export function checkedMessage(
  given: unknown,
  to: string,
  where: { readonly run: string; readonly action: string },
): CheckedMessage {
  if (!isEventObject(given)) {
    throw new ActionInputError(
      `a message to ${to} is ${describeValue(given)}, but must be an object with a text 'type'`,
      where,
    )
  }
  const moved = transfersOf(given)
  try {
    refuseLossy(given)
    // Together, so that what was moved is found again in the copy.
    const [message, transfer] = structuredClone([given, moved], { transfer: moved as TransferListItem[] })
    return { message: message, transfer: transfer }
  } catch (error) {
    throw new NotCloneableError(
      `a message '${given.type}' to ${to} can't be sent (${error instanceof Error ? error.message : describeValue(error)}): send plain data, or mark buffers with transfer()`,
      { ...where, cause: error },
    )
  }
}
