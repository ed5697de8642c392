// Where an action may run, and the check of it.

import { refuseUnknown } from './checks/refuse-unknown.js'
import { wrongOption } from './checks/wrong-value.js'
import type { ActionPlace } from './protocol/resolved-options.js'

const PLACES = new Set<unknown>(['here', 'anywhere', 'cluster'])
const LABEL = /^(?!any$)[a-z0-9-]{1,40}$/
const LABEL_OPTIONS: ReadonlySet<string> = new Set(['label'])

/** Checks where an action is to run; throws an `ActionInputError` otherwise. */
export function resolvePlace(on: ActionPlace, of: string): ActionPlace {
  if (PLACES.has(on)) return on
  if (typeof on !== 'object' || on === null)
    throw wrongOption(of, 'on', on, "'here', 'anywhere', 'cluster' or { label: 'gpu' }")
  refuseUnknown(on, LABEL_OPTIONS, of, 'on')
  const { label } = on
  if (typeof label === 'string' && LABEL.test(label)) return { label }
  throw wrongOption(of, 'on.label', label, "a text of 1 to 40 of a-z, 0-9 and -, and not 'any'")
}

/** The label that an action wants, if any. */
export function labelOf(on: ActionPlace): string | undefined {
  return typeof on === 'object' ? on.label : undefined
}

/** How a place is shown in errors. */
export function showPlace(on: ActionPlace): string {
  return typeof on === 'object' ? `{ label: '${on.label}' }` : `'${on}'`
}
