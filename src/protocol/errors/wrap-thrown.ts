// Makes of what a body threw the error that its action fails with (S13).

import { types } from 'node:util'
import { cutText, describeValue } from '../values/describe-value.js'
import { nonEmptyText } from '../values/safe-reads.js'
import { ActionFailedError, placeName, type HeddleError } from './errors.js'
import { isHeddleError } from './is-heddle-error.js'

/**
 * Turns whatever a body threw into the error that its action fails with.
 *
 * An error of Heddle's is returned as it is, the same object; anything else is wrapped once. Never throws, whatever
 * the value does when it is looked at.
 */
export function wrapThrown(thrown: unknown, where: { run: string; action: string }): HeddleError {
  if (isHeddleError(thrown)) return thrown
  const message = attempt(() => (thrown as Error).message)
  // One without a name is an Error all the same.
  const name =
    nonEmptyText(attempt(() => (thrown as Error).name)) ?? (isNativeError(thrown) ? 'Error' : undefined)
  const isError = isObject(thrown) && name !== undefined && typeof message === 'string'
  const what = `${placeName(where)} failed`
  const failure = new ActionFailedError(
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
  // Where the body threw, not where that was noticed: a reader looks at the first line.
  const head = `${failure.name}: ${failure.message}`
  const frames = isError ? framesOf(attempt(() => thrown['stack'])) : ''
  Object.defineProperty(failure, 'stack', { value: head + frames, writable: true, configurable: true })
  return failure
}

const LONGEST_FRAMES = 8192

/** The frames of a stack, each on a line of its own, behind the line break before the first one. */
function framesOf(stack: unknown): string {
  if (typeof stack !== 'string') return ''
  const at = stack.search(/\n {4}at /)
  return at < 0 ? '' : stack.slice(at, at + LONGEST_FRAMES)
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

function isNativeError(value: unknown): boolean {
  return types.isNativeError(value) || attempt(() => value instanceof Error) === true
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}
