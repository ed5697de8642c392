// The shape of a space: the way between the values that a trial gets, nested as the space is, and the same by name, as they
// are shown, stored and searched.

import { isDeepStrictEqual } from 'node:util'
import { entryOf, type Entries } from './check-space.js'
import type { ChoiceValue } from './parameter.js'
import type { FlatParameters } from '../results/progress.js'

/** A choice's values as they are shown and stored, and as trials get them. */
interface LabelledChoice {
  readonly values: readonly ChoiceValue[]
  readonly given: readonly unknown[]
}

/** Finds the choice of a name. */
type ChoiceOf = (name: string) => LabelledChoice | undefined

/** What a trial gets, from the values by name; those that are missing are left out. */
export function nest(
  space: Entries,
  prefix: string,
  flat: FlatParameters,
  choiceOf: ChoiceOf,
): Record<string, unknown> {
  const nested: Record<string, unknown> = {}
  for (const [key, given] of Object.entries(space)) {
    const name = prefix + key
    const entry = entryOf(given)
    switch (entry.kind) {
      case 'number':
        if (flat[name] !== undefined) nested[key] = flat[name]
        break
      case 'choice': {
        if (flat[name] === undefined) break
        const choice = choiceOf(name)
        const index = choice?.values.indexOf(flat[name]) ?? -1
        nested[key] = index === -1 ? flat[name] : choice?.given[index]
        break
      }
      case 'variants': {
        const variant = flat[name]
        if (typeof variant !== 'string') break
        const inner = entry.spaces[variant] as Entries
        nested[key] = { [entry.key]: variant, ...nest(inner, `${name}.${variant}.`, flat, choiceOf) }
        break
      }
      case 'group':
        nested[key] = nest(entry.entries, `${name}.`, flat, choiceOf)
        break
      case 'constant':
        nested[key] = entry.value
    }
  }
  return nested
}

/** The values by name, from what a trial got. */
export function unnest(
  space: Entries,
  prefix: string,
  nested: Entries,
  flat: Record<string, ChoiceValue>,
  choiceOf: ChoiceOf,
): void {
  for (const [key, given] of Object.entries(space)) {
    const name = prefix + key
    const entry = entryOf(given)
    const value = nested[key]
    switch (entry.kind) {
      case 'number':
        if (value !== undefined) flat[name] = value as number
        break
      case 'choice': {
        const label = labelIn(choiceOf(name), value) ?? (value as ChoiceValue | undefined)
        if (label !== undefined) flat[name] = label
        break
      }
      case 'variants': {
        const inner = (value ?? {}) as Entries
        const variant = String(inner[entry.key])
        flat[name] = variant
        if (!Object.hasOwn(entry.spaces, variant)) break
        unnest(entry.spaces[variant] as Entries, `${name}.${variant}.`, inner, flat, choiceOf)
        break
      }
      case 'group':
        unnest(entry.entries, `${name}.`, (value ?? {}) as Entries, flat, choiceOf)
        break
      case 'constant':
    }
  }
}

/** The label of a choice's value, or of one that equals it; `undefined` if it has none such. */
export function labelIn(choice: LabelledChoice | undefined, value: unknown): ChoiceValue | undefined {
  if (choice === undefined) return undefined
  let index = choice.given.indexOf(value)
  if (index === -1 && (typeof value === 'object' || Number.isNaN(value))) {
    index = choice.given.findIndex((one) => isDeepStrictEqual(one, value))
  }
  return choice.values[index]
}
