// The error that a wrong value is refused with: whose it is, what it is, and what it must be.

import { ActionInputError } from '../protocol/errors/errors.js'
import { describeValue } from '../protocol/values/describe-value.js'

/** What a wrong option is refused with. */
export function wrongOption(of: string, option: string, value: unknown, wanted: string): ActionInputError {
  return wrongValue(of, `the option '${option}'`, value, wanted)
}

/** The same for what has no name: an argument, say. */
export function wrongValue(of: string, subject: string, value: unknown, wanted: string): ActionInputError {
  return new ActionInputError(`${of}: ${subject} is ${describeValue(value)}, but must be ${wanted}`)
}
