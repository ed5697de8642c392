// A space as samplers see it: a flat list of dimensions, parents before what depends on them, and points in unit
// coordinates. A point is one number per dimension: for numbers 0…1, for choices the index of the value, and NaN where the
// dimension doesn't exist in that trial.

import { describeValue } from '../protocol/describe-value.js'
import { ActionInputError } from '../protocol/errors.js'
import type { FlatParameters, ParameterDescription } from './progress.js'
import {
  checkSpace,
  type ChoiceValue,
  type NumberParameter,
  type ParameterKind,
  type ParametersOf,
  type Space,
} from './space.js'

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
interface ChoiceDimension extends DimensionBase {
  readonly kind: 'choice'
  readonly values: readonly ChoiceValue[]
  readonly size: number
}

/** A dimension. */
export type Dimension = NumberDimension | ChoiceDimension

/** The dimensions of a space, and the ways between parameters and points. */
export class Dimensions<S extends Space = Space> {
  readonly list: readonly Dimension[]
  readonly #space: Readonly<Record<string, ParameterKind>>

  /** @throws `ActionInputError` for what isn't a space, or an empty one. */
  constructor(space: S, of = 'sweep') {
    checkSpace(space, of)
    const list: Dimension[] = []
    flatten(space, '', undefined, list)
    if (list.length === 0) throw new ActionInputError(`${of}: the space has no parameters`)
    this.list = list
    this.#space = space
  }

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
    return nest(this.#space, '', this.flatten(point)) as ParametersOf<S>
  }

  /** The same from the values by name. */
  parametersOf(flat: FlatParameters): ParametersOf<S> {
    return nest(this.#space, '', flat) as ParametersOf<S>
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
    unnest(this.#space, '', parameters, flat)
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

function flatten(
  space: Readonly<Record<string, ParameterKind>>,
  prefix: string,
  condition: Condition | undefined,
  into: Dimension[],
): void {
  for (const [key, parameter] of Object.entries(space)) {
    const name = prefix + key
    switch (parameter.kind) {
      case 'number': {
        const { low, high, step } = parameter
        // A step that leads to `high` but for rounding does lead to it.
        const size = step === undefined ? Infinity : Math.floor((high - low) / step + 1e-9) + 1
        into.push({ kind: 'number', name, condition, parameter, size })
        break
      }
      case 'choice':
        into.push({
          kind: 'choice',
          name,
          condition,
          values: parameter.values,
          size: parameter.values.length,
        })
        break
      case 'variants': {
        const names = Object.keys(parameter.spaces)
        into.push({ kind: 'choice', name, condition, values: names, size: names.length })
        const dimension = into.length - 1
        for (const [index, variant] of names.entries()) {
          const inner = parameter.spaces[variant] as Readonly<Record<string, ParameterKind>>
          flatten(inner, `${name}.${variant}.`, { dimension, index }, into)
        }
      }
    }
  }
}

function nest(
  space: Readonly<Record<string, ParameterKind>>,
  prefix: string,
  flat: FlatParameters,
): Record<string, unknown> {
  const nested: Record<string, unknown> = {}
  for (const [key, parameter] of Object.entries(space)) {
    const name = prefix + key
    if (parameter.kind === 'variants') {
      const variant = flat[name] as string
      const inner = parameter.spaces[variant] as Readonly<Record<string, ParameterKind>>
      nested[key] = { [parameter.key]: variant, ...nest(inner, `${name}.${variant}.`, flat) }
    } else {
      nested[key] = flat[name]
    }
  }
  return nested
}

function unnest(
  space: Readonly<Record<string, ParameterKind>>,
  prefix: string,
  nested: Readonly<Record<string, unknown>>,
  flat: Record<string, ChoiceValue>,
): void {
  for (const [key, parameter] of Object.entries(space)) {
    const name = prefix + key
    if (parameter.kind !== 'variants') {
      flat[name] = nested[key] as ChoiceValue
      continue
    }
    const inner = (nested[key] ?? {}) as Readonly<Record<string, unknown>>
    const variant = String(inner[parameter.key])
    flat[name] = variant
    const variantSpace = parameter.spaces[variant] as Readonly<Record<string, ParameterKind>> | undefined
    if (variantSpace !== undefined) unnest(variantSpace, `${name}.${variant}.`, inner, flat)
  }
}
