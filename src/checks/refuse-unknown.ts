// Options that don't exist: most are misspelt, and would be taken for left out. TypeScript finds those in a literal only,
// and JavaScript none.

import { nearestTo } from './nearest.js'
import { cutText, describeValue } from '../protocol/values/describe-value.js'
import { ActionInputError } from '../protocol/errors/errors.js'

/** A key that is longer isn't a slip of anybody's. */
const LONGEST_KEY = 100

/**
 * Throws an `ActionInputError` for the first option that isn't among the known ones, and names the nearest of these. One
 * that is `undefined` counts as left out. `within`: the option that these are a part of.
 */
export function refuseUnknown(
  options: object,
  known: ReadonlySet<string>,
  of: string,
  within?: string,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const what = within === undefined ? '' : ` for the option '${within}'`
    throw new ActionInputError(
      `${of} was given ${describeValue(options)}${what}, but takes an object of options`,
    )
  }
  for (const key of Object.keys(options)) {
    if (known.has(key) || (options as Record<string, unknown>)[key] === undefined) continue
    const prefix = within === undefined ? '' : `${within}.`
    const shown = cutText(key, LONGEST_KEY)
    const nearest = nearestTo(shown, [...known])
    const hint = nearest === undefined ? '' : `did you mean '${prefix}${nearest}'? `
    const list = [...known].map((one) => `'${prefix}${one}'`).join(', ')
    throw new ActionInputError(
      `${of}: there is no option '${prefix}${shown}': ${hint}the options are ${list}`,
    )
  }
}
