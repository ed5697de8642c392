// What a body threw, as the error that its action fails with (S13).

import { cutText, describeValue } from './describe-value.js'
import { ActionFailedError, isHeddleError, placeName, type HeddleError } from './errors.js'

/**
 * Turns whatever a body threw into the error that its action fails with.
 *
 * An error of Heddle's is returned as it is, the same object; anything else is wrapped once. Never throws, whatever
 * the value does when it is looked at.
 */
export function wrapThrown(thrown: unknown, where: { run: string; action: string }): HeddleError {
  if (isHeddleError(thrown)) return thrown
  const name = nonEmptyString(attempt(() => (thrown as Error).name))
  const message = attempt(() => (thrown as Error).message)
  const isError = isObject(thrown) && name !== undefined && typeof message === 'string'
  const what = `${placeName(where)} failed`
  return new ActionFailedError(
    isError
      ? cutText(`${what} with ${name}${message === '' ? '' : `: ${message}`}`)
      : `${what}: its body threw ${describeValue(thrown)}, which is not an Error; throw an Error to get a stack`,
    {
      ...where,
      cause: thrown,
      code: isError ? name : 'NonError',
      retriable: attempt(
        () => isObject(thrown) && Object.hasOwn(thrown, 'retriable') && thrown['retriable'] === false,
      )
        ? false
        : undefined,
    },
  )
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}

function nonEmptyString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
