// Options that say yes or no: nothing else counts as either.

import { wrongOption } from './wrong-value.js'

/** Checks one; throws an `ActionInputError` otherwise. */
export function checkBoolean(value: boolean, of: string, option: string): boolean {
  if (typeof value === 'boolean') return value
  throw wrongOption(of, option, value, 'true or false')
}
