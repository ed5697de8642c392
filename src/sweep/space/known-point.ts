// Points that are known beforehand, in full or in part: to be tried first, to be kept fixed, or told by another study. What
// isn't in the space is refused by name here; and a space in which some values are fixed is made.

import { isDeepStrictEqual } from 'node:util'
import { nearestTo } from '../../checks/nearest.js'
import { cutText, describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { entryOf, type Entries, type Entry } from './check-space.js'
import { coordinateOf, valueAt, type Dimension, type Dimensions, type Point } from './dimensions.js'
import type { ChoiceValue, NumberParameter } from './parameter.js'
import type { FlatParameters } from '../results/progress.js'
import { labelIn } from './space-shape.js'

const LONGEST_NAME = 100

/** Nothing is known. */
export const NOTHING: FlatParameters = Object.freeze({})

/**
 * The values that a point has, by name.
 *
 * @throws `ActionInputError` for what isn't in the space.
 */
export function readKnownPoint(dimensions: Dimensions, point: unknown, of: string): FlatParameters {
  const flat: Record<string, ChoiceValue> = {}
  readEntries(dimensions, dimensions.space, '', point, flat, of)
  return flat
}

function readEntries(
  dimensions: Dimensions,
  space: Entries,
  prefix: string,
  point: unknown,
  flat: Record<string, ChoiceValue>,
  of: string,
  ownKey?: string,
): void {
  if (typeof point !== 'object' || point === null || Array.isArray(point)) {
    const what = prefix === '' ? 'the point' : `'${prefix.slice(0, -1)}'`
    throw new ActionInputError(
      `${of}: ${what} is ${describeValue(point)}, but must be an object of parameters`,
    )
  }
  for (const [key, value] of Object.entries(point)) {
    if (value === undefined || key === ownKey) continue
    if (!Object.hasOwn(space, key)) {
      const nearest = nearestTo(cutText(key, LONGEST_NAME), Object.keys(space))
      const hint = nearest === undefined ? '' : `: did you mean '${prefix}${nearest}'?`
      throw new ActionInputError(`${of}: the space has no '${prefix}${cutText(key, LONGEST_NAME)}'${hint}`)
    }
    readEntry(dimensions, entryOf(space[key]), prefix + key, value, flat, of)
  }
}

function readEntry(
  dimensions: Dimensions,
  entry: Entry,
  name: string,
  value: unknown,
  flat: Record<string, ChoiceValue>,
  of: string,
): void {
  const refuse = (wanted: string): never => {
    throw new ActionInputError(
      `${of}: '${name}' is ${describeValue(value)}, which isn't in the space: it must be ${wanted}`,
    )
  }
  switch (entry.kind) {
    case 'number':
      if (!isValueOf(entry, value)) refuse(describeNumber(entry))
      flat[name] = value as number
      return
    case 'choice': {
      const choice = dimensions.choiceOf(name)
      flat[name] = labelIn(choice, value) ?? refuse(`one of ${describeValue(choice?.given)}`)
      return
    }
    case 'variants': {
      const variant = (value as Entries | null)?.[entry.key]
      const names = Object.keys(entry.spaces)
      if (typeof variant !== 'string' || !names.includes(variant)) {
        refuse(`an object whose '${entry.key}' is one of ${describeValue(names)}`)
      }
      flat[name] = variant as string
      const inner = entry.spaces[variant as string] as Entries
      readEntries(dimensions, inner, `${name}.${String(variant)}.`, value, flat, of, entry.key)
      return
    }
    case 'group':
      readEntries(dimensions, entry.entries, `${name}.`, value, flat, of)
      return
    case 'constant':
      if (!isDeepStrictEqual(entry.value, value)) refuse(`${describeValue(entry.value)}, a constant`)
  }
}

/** Whether it is one of the numbers that a parameter stands for. */
export function isValueOf({ low, high, step }: NumberParameter, value: unknown): boolean {
  if (typeof value !== 'number' || !(value >= low && value <= high)) return false
  if (step === undefined) return true
  const index = (value - low) / step
  return Math.abs(index - Math.round(index)) <= 1e-9 * Math.max(1, Math.abs(index))
}

function describeNumber({ low, high, step }: NumberParameter): string {
  return `from ${low} to ${high}${step === undefined ? '' : step === 1 ? ', and whole' : `, in steps of ${step}`}`
}

/** A point: what is known is set, the rest is left to `choose`, for which what is known counts as chosen. */
export function completePoint(
  dimensions: Dimensions,
  known: FlatParameters,
  choose: (dimension: Dimension, index: number) => number,
): Point {
  return dimensions.build((dimension, index) => {
    const value = Object.hasOwn(known, dimension.name) ? known[dimension.name] : undefined
    return value === undefined ? choose(dimension, index) : coordinateOf(dimension, value)
  })
}

/** Whether what is known is all that such a trial has. */
export function isWholePoint(dimensions: Dimensions, known: FlatParameters): boolean {
  let isWhole = true
  completePoint(dimensions, known, (dimension) => {
    isWhole = false
    return dimension.kind === 'choice' ? 0 : 0.5
  })
  return isWhole
}

/** The space in which some values are fixed: constants, and variants of which there is only one. */
export function fixSpace(dimensions: Dimensions, fixed: FlatParameters): Entries {
  return fixEntries(dimensions, dimensions.space, '', fixed)
}

function fixEntries(dimensions: Dimensions, space: Entries, prefix: string, fixed: FlatParameters): Entries {
  const entries = Object.entries(space).map(([key, given]) => {
    const name = prefix + key
    const entry = entryOf(given)
    if (entry.kind === 'group') return [key, fixEntries(dimensions, entry.entries, `${name}.`, fixed)]
    const value = Object.hasOwn(fixed, name) ? fixed[name] : undefined
    if (value === undefined) return [key, given]
    switch (entry.kind) {
      case 'number':
        return [key, value]
      case 'choice': {
        const choice = dimensions.choiceOf(name)
        return [key, choice?.given[choice.values.indexOf(value)]]
      }
      case 'variants': {
        const variant = String(value)
        const inner = fixEntries(dimensions, entry.spaces[variant] as Entries, `${name}.${variant}.`, fixed)
        return [key, { ...entry, spaces: { [variant]: inner } }]
      }
      case 'constant':
        return [key, given]
    }
  })
  return Object.fromEntries(entries) as Entries
}

/** The first value by which a trial's differ from those that are known, in words; `undefined` if none does. */
export function differsFrom(known: FlatParameters, flat: FlatParameters): string | undefined {
  for (const [name, value] of Object.entries(known)) {
    if (flat[name] !== value)
      return `'${name}' is ${describeValue(flat[name])}, and not ${describeValue(value)}`
  }
  return undefined
}

/** The values of a point that was completed, by name; digits of a known one are kept as they are. */
export function flattenPoint(dimensions: Dimensions, point: Point, known: FlatParameters): FlatParameters {
  const flat: Record<string, ChoiceValue> = {}
  for (const [index, dimension] of dimensions.list.entries()) {
    const coordinate = point[index] as number
    if (Number.isNaN(coordinate)) continue
    flat[dimension.name] = known[dimension.name] ?? valueAt(dimension, coordinate)
  }
  return flat
}
