// What the entries of a space are, told apart: parameters, groups and constants; and what is refused in one.

import { cutText, describeValue, messageOf } from '../../protocol/values/describe-value.js'
import { wrongValue } from '../../checks/wrong-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import type { ParameterKind } from './parameter.js'

/** An entry, by what it is. */
export type Entry =
  | ParameterKind
  | { readonly kind: 'group'; readonly entries: Entries }
  | { readonly kind: 'constant'; readonly value: unknown }

/** The entries of a space or a group, as they were given. */
export type Entries = Readonly<Record<string, unknown>>

const LONGEST_NAME = 100

/** What exactly parameters have: a copy of a space, from another thread say, is one all the same. */
const PARAMETER_KEYS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['number', ['kind', 'low', 'high', 'log', 'step']],
  ['choice', ['kind', 'values']],
  ['variants', ['kind', 'key', 'spaces']],
])

/** What an entry is: a plain object that isn't a parameter is a group, anything else a constant. */
export function entryOf(given: unknown): Entry {
  if (typeof given !== 'object' || given === null) return { kind: 'constant', value: given }
  const keys = PARAMETER_KEYS.get((given as { readonly kind?: unknown }).kind)
  const isParameter =
    keys?.length === Object.keys(given).length && keys.every((key) => Object.hasOwn(given, key))
  if (isParameter) return given as ParameterKind
  return isPlain(given) ? { kind: 'group', entries: given as Entries } : { kind: 'constant', value: given }
}

/** Checks that it is a space; throws an `ActionInputError` that names what isn't. */
export function checkSpace(space: unknown, of: string): asserts space is Entries {
  if (typeof space !== 'object' || space === null || !isPlain(space) || entryOf(space).kind !== 'group') {
    throw wrongValue(of, 'the space', space, 'an object of parameters')
  }
  for (const [name, given] of Object.entries(space)) {
    checkName(name, of)
    const entry = entryOf(given)
    if (entry.kind === 'group') checkSpace(given, `${of}, group '${cutText(name, LONGEST_NAME)}'`)
    if (entry.kind !== 'constant') continue
    const what = `the constant '${cutText(name, LONGEST_NAME)}'`
    if (given === undefined) throw new ActionInputError(`${of}: ${what} is undefined: leave it out`)
    checkCloneable(given, of, what)
  }
}

/** What can't be cloned can't be sent to a trial. */
export function checkCloneable(value: unknown, of: string, what: string): void {
  try {
    structuredClone(value)
  } catch (cause) {
    throw new ActionInputError(
      `${of}: ${what} is ${describeValue(value)}, which can't be sent to a trial (${messageOf(cause)}): ` +
        'offer a name, and look the rest up in the trial',
      { cause },
    )
  }
}

/** Assigned to an object, it would change what that inherits, and not be there. */
export function checkName(name: string, of: string): void {
  if (name === '__proto__')
    throw new ActionInputError(`${of}: nothing can be named '__proto__': give it another name`)
}

/** Whether it is an object of somebody's own properties, from whatever realm. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
