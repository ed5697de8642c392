// A space as samplers see it: a flat list of dimensions, parents before what depends on them, and points in unit
// coordinates. A point is one number per dimension: for numbers 0…1, for choices the index of the value, and NaN where the
// dimension doesn't exist in that trial.

import { describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { checkSpace, entryOf, type Entries } from './check-space.js'
import { labelsOf } from './choice-labels.js'
import type { ChoiceValue, NumberParameter, ParametersOf, Space } from './parameter.js'
import type { FlatParameters, ParameterDescription } from '../results/progress.js'
import { nest, unnest } from './space-shape.js'

/** One coordinate for each dimension; NaN where it doesn't exist. */
export type Point = Float64Array

/** Where a dimension exists only together with a value of another one. */
interface Condition {
  readonly dimension: number
  readonly index: number
}

interface DimensionBase {
  /** A path: `optimiser.sgd.momentum`. */
  readonly name: string
  readonly condition: Condition | undefined
}

/** A number. */
export interface NumberDimension extends DimensionBase {
  readonly kind: 'number'
  readonly parameter: NumberParameter
  /** How many values there are; `Infinity` for any number. */
  readonly size: number
}

/** One of some values, by index. */
export interface ChoiceDimension extends DimensionBase {
  readonly kind: 'choice'
  /** As they are shown and stored. */
  readonly values: readonly ChoiceValue[]
  /** As trials get them. */
  readonly given: readonly unknown[]
  readonly size: number
}

/** A dimension. */
export type Dimension = NumberDimension | ChoiceDimension

/** The dimensions of a space, and the ways between parameters and points. */
export class Dimensions<S extends Space = Space> {
  readonly list: readonly Dimension[]
  /** As it was given. */
  readonly space: Entries
  readonly #choices = new Map<string, ChoiceDimension>()

  /**
   * @param stored - The dimensions as they were described, where that is all that is known: then they are no longer nested.
   * @throws `ActionInputError` for what isn't a space, or an empty one.
   */
  constructor(space: S, of = 'sweep', stored: readonly ParameterDescription[] = []) {
    checkSpace(space, of)
    const list: Dimension[] = []
    flatten(space, '', undefined, list)
    for (const [at, { condition }] of stored.entries()) {
      if (condition === undefined) continue
      const dimension = list.findIndex(({ name }) => name === condition.name)
      const index = stored[dimension]?.values?.indexOf(condition.value) ?? -1
      list[at] = { ...(list[at] as Dimension), condition: { dimension, index } }
    }
    if (list.length === 0) throw noParameters(space, of)
    const names = new Set<string>()
    for (const { name } of list) {
      if (names.has(name)) {
        throw new ActionInputError(
          `${of}: two parameters of the space are named '${name}', as that of a variant goes by its path: rename one of them`,
        )
      }
      names.add(name)
    }
    this.list = list
    this.space = space
    for (const dimension of list)
      if (dimension.kind === 'choice') this.#choices.set(dimension.name, dimension)
  }

  /** The choice of that name, one of variants too. */
  readonly choiceOf = (name: string): ChoiceDimension | undefined => this.#choices.get(name)

  /** A point, by asking for the coordinate of each dimension that exists, parents first. */
  build(choose: (dimension: Dimension, index: number) => number): Point {
    const point = new Float64Array(this.list.length).fill(NaN)
    for (const [index, dimension] of this.list.entries()) {
      if (isActive(dimension, point)) point[index] = choose(dimension, index)
    }
    return point
  }

  /** The values of a point, by name. */
  flatten(point: Point): FlatParameters {
    const flat: Record<string, ChoiceValue> = {}
    for (const [index, dimension] of this.list.entries()) {
      const coordinate = point[index] as number
      if (!Number.isNaN(coordinate)) flat[dimension.name] = valueAt(dimension, coordinate)
    }
    return flat
  }

  /** What a trial gets. */
  parameters(point: Point): ParametersOf<S> {
    return this.parametersOf(this.flatten(point))
  }

  /** The same from the values by name. */
  parametersOf(flat: FlatParameters): ParametersOf<S> {
    return nest(this.space, '', flat, this.choiceOf) as ParametersOf<S>
  }

  /**
   * The point of some values by name.
   *
   * @throws `ActionInputError` for a value that isn't in the space.
   */
  pointOf(flat: FlatParameters): Point {
    return this.build((dimension) => {
      const value = flat[dimension.name]
      const coordinate = value === undefined ? NaN : coordinateOf(dimension, value)
      if (Number.isNaN(coordinate)) {
        throw new ActionInputError(
          `the parameter '${dimension.name}' is ${describeValue(value)}, which isn't in the space`,
        )
      }
      return coordinate
    })
  }

  /** The values of a trial by name: the reverse of `parametersOf`. */
  flatOf(parameters: ParametersOf<S>): FlatParameters {
    const flat: Record<string, ChoiceValue> = {}
    unnest(this.space, '', parameters, flat, this.choiceOf)
    return flat
  }

  /** The dimensions as they are shown and stored. */
  describe(): ParameterDescription[] {
    return this.list.map(({ name, condition, ...dimension }): ParameterDescription => {
      const parent = condition && (this.list[condition.dimension] as ChoiceDimension)
      const common = {
        name,
        ...(condition &&
          parent && {
            condition: { name: parent.name, value: String(parent.values[condition.index]) },
          }),
      }
      if (dimension.kind === 'choice') return { ...common, kind: 'choice', values: dimension.values }
      const { low, high, log, step } = dimension.parameter
      return { ...common, kind: 'number', low, high, log, ...(step !== undefined && { step }) }
    })
  }
}

function noParameters(space: Entries, of: string): ActionInputError {
  const constants = Object.entries(space).map(([name, value]) => `'${name}' is ${describeValue(value)}`)
  return new ActionInputError(
    `${of}: the space has no parameters${constants.length === 0 ? '' : `, only constants (${constants.join(', ')})`}: ` +
      'they are made by uniform, logUniform, int, choice or variants',
  )
}

/** Whether a dimension exists at a point whose earlier coordinates are known. */
export function isActive({ condition }: Dimension, point: Point): boolean {
  return condition === undefined || point[condition.dimension] === condition.index
}

/** The value at a coordinate: numbers with a step are rounded to one of theirs. */
export function valueAt(dimension: Dimension, coordinate: number): ChoiceValue {
  if (dimension.kind === 'choice') return dimension.values[coordinate] as ChoiceValue
  const { low, high, log, step } = dimension.parameter
  const { start, width } = scaleOf(dimension)
  const scaled = start + coordinate * width
  const value = log ? Math.exp(scaled) : scaled
  if (step === undefined) return Math.min(high, Math.max(low, value))
  const index = Math.round((value - low) / step)
  // Digits that come from binary fractions only are taken off: 0.1 + 2 × 0.1 is 0.3.
  return Number((low + Math.min(dimension.size - 1, Math.max(0, index)) * step).toPrecision(15))
}

/** The coordinate of a value; NaN if it isn't one of the dimension's. */
export function coordinateOf(dimension: Dimension, value: ChoiceValue): number {
  if (dimension.kind === 'choice') {
    const index = dimension.values.indexOf(value)
    return index === -1 ? NaN : index
  }
  const { low, high, log } = dimension.parameter
  if (typeof value !== 'number' || !(value >= low && value <= high)) return NaN
  const { start, width } = scaleOf(dimension)
  return ((log ? Math.log(value) : value) - start) / width
}

/** The coordinate of the value at a coordinate: the middle of its cell, where there are only some. */
export function snap(dimension: NumberDimension, coordinate: number): number {
  if (dimension.size === Infinity) return coordinate
  return coordinateOf(dimension, valueAt(dimension, coordinate))
}

/** The part of 0…1 that stands for the same value, where there are only some: half a step to either side. */
export function cellAt(dimension: NumberDimension, coordinate: number): readonly [number, number] {
  const { log, step } = dimension.parameter
  if (step === undefined) return [coordinate, coordinate]
  const value = valueAt(dimension, coordinate) as number
  const { start, width } = scaleOf(dimension)
  const at = (edge: number): number => ((log ? Math.log(edge) : edge) - start) / width
  return [Math.max(0, at(value - step / 2)), Math.min(1, at(value + step / 2))]
}

/** Values with a step have half a step of room at either end, so that each gets the same share. */
function scaleOf(dimension: NumberDimension): { start: number; width: number } {
  const { low, log, step = 0 } = dimension.parameter
  const last = step === 0 ? dimension.parameter.high : low + (dimension.size - 1) * step
  const start = log ? Math.log(low - step / 2) : low - step / 2
  return { start, width: (log ? Math.log(last + step / 2) : last + step / 2) - start }
}

function flatten(space: Entries, prefix: string, condition: Condition | undefined, into: Dimension[]): void {
  for (const [key, given] of Object.entries(space)) {
    const name = prefix + key
    const entry = entryOf(given)
    switch (entry.kind) {
      case 'number': {
        const { low, high, step } = entry
        // A step that leads to `high` but for rounding does lead to it.
        const size = step === undefined ? Infinity : Math.floor((high - low) / step + 1e-9) + 1
        into.push({ kind: 'number', name, condition, parameter: entry, size })
        break
      }
      case 'choice': {
        const { values } = entry
        into.push({
          kind: 'choice',
          name,
          condition,
          values: labelsOf(values),
          given: values,
          size: values.length,
        })
        break
      }
      case 'variants': {
        const names = Object.keys(entry.spaces)
        into.push({ kind: 'choice', name, condition, values: names, given: names, size: names.length })
        const dimension = into.length - 1
        for (const [index, variant] of names.entries()) {
          const inner = entry.spaces[variant] as Entries
          flatten(inner, `${name}.${variant}.`, { dimension, index }, into)
        }
        break
      }
      case 'group':
        flatten(entry.entries, `${name}.`, condition, into)
        break
      case 'constant':
    }
  }
}
