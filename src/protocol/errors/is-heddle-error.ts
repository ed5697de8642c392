// Tells Heddle's errors from others, and which of them one is: by brand and code, which hold across threads, realms and two
// copies of the package, where `instanceof` doesn't.

import {
  heddleErrorBrand,
  type ActionAbortedError,
  type ActionFailedError,
  type ActionInputError,
  type ActionNotFoundError,
  type ActionTimedOutError,
  type HeddleError,
  type NotCloneableError,
  type QueueFullError,
  type RunEndedError,
  type RuntimeClosedError,
  type ThreadLostError,
} from './errors.js'
import type { SweepStorageError } from './sweep-storage-error.js'

/** The errors whose `code` is fixed, by that code. */
export interface CodeMap {
  ActionAbortedError: ActionAbortedError
  ActionTimedOutError: ActionTimedOutError
  ThreadLostError: ThreadLostError
  RunEndedError: RunEndedError
  ActionNotFoundError: ActionNotFoundError
  ActionInputError: ActionInputError
  NotCloneableError: NotCloneableError
  QueueFullError: QueueFullError
  RuntimeClosedError: RuntimeClosedError
  SweepStorageError: SweepStorageError
}

// A record, so that a class missing here doesn't compile.
const fixedCodes: Record<keyof CodeMap, true> = {
  ActionAbortedError: true,
  ActionTimedOutError: true,
  ThreadLostError: true,
  RunEndedError: true,
  ActionNotFoundError: true,
  ActionInputError: true,
  NotCloneableError: true,
  QueueFullError: true,
  RuntimeClosedError: true,
  SweepStorageError: true,
}

/**
 * Tells whether a value is an error of Heddle's, and which.
 *
 * With the name of a class as `code` it asks for that class; with any other code for an `ActionFailedError` of that
 * code, so `isHeddleError(error, 'ValueError')` is 'a body threw a ValueError'. An error that a body threw is never
 * taken for one of Heddle's own because of its name. `'ActionFailedError'` matches every failure of a body. Works
 * across threads, realms and two copies of the package, and never throws.
 */
export function isHeddleError(error: unknown): error is HeddleError
export function isHeddleError<C extends keyof CodeMap>(error: unknown, code: C): error is CodeMap[C]
export function isHeddleError(error: unknown, code: string): error is ActionFailedError
export function isHeddleError(error: unknown, code?: string): boolean {
  const brand = brandOf(error)
  if (brand === undefined || code === undefined) return brand !== undefined
  if (code === 'ActionFailedError' || Object.hasOwn(fixedCodes, code)) return brand === code
  return brand === 'ActionFailedError' && (error as HeddleError).code === code
}

/**
 * The class name in the brand of an error of Heddle's; `undefined` for anything else.
 *
 * `Object.prototype.toString` sees an error of any realm and doesn't see one in a proxy, which could answer to
 * every key and so carry any brand.
 */
export function brandOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  try {
    const brand = (error as Record<PropertyKey, unknown>)[heddleErrorBrand]
    if (typeof brand !== 'string' || Object.prototype.toString.call(error) !== '[object Error]')
      return undefined
    return typeof (error as HeddleError).code === 'string' ? brand : undefined
  } catch {
    return undefined
  }
}
