// Counts that are given as options.

import { UsageError } from './usage-error.js'

/** The count that a text says, from 1 to `most`. @throws `UsageError` that names the option. */
export function parseCount(option: string, text: string, most: number = Infinity): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= most) return count
  const wanted = most === Infinity ? 'a whole number, 1 or more' : `a whole number from 1 to ${most}`
  throw new UsageError(`${option} is '${text}', but must be ${wanted}`)
}
