// Search spaces: what a trial's parameters can be. Descriptions only, typed by the values that they stand for; how a
// sampler sees them is in `dimensions.ts`.

import { describeValue } from '../protocol/describe-value.js'
import { ActionInputError } from '../protocol/errors.js'
import { refuseUnknown } from '../refuse-unknown.js'

const UNIFORM_OPTIONS: ReadonlySet<string> = new Set(['step'])
const INT_OPTIONS: ReadonlySet<string> = new Set(['step', 'log'])

declare const valueOf: unique symbol

/** One parameter of a space; `Value` is what a trial gets for it. Made by `uniform`, `int`, `choice` and the others. */
export interface Parameter<Value> {
  readonly kind: ParameterKind['kind']
  /** Never there: it only carries the type. */
  readonly [valueOf]?: Value
}

/** The parameters of a trial, by name. */
export type Space = Readonly<Record<string, Parameter<unknown>>>

/** The values that a trial gets for a space. */
export type ParametersOf<S extends Space> = {
  readonly [Name in keyof S]: S[Name] extends Parameter<infer Value> ? Value : never
}

/** What a choice can offer: what JSON keeps as it is. */
export type ChoiceValue = string | number | boolean | null

/** A number between two bounds. */
export interface NumberParameter extends Parameter<number> {
  readonly kind: 'number'
  readonly low: number
  /** Included, where `step` leads to it. */
  readonly high: number
  /** Whether the logarithm is what is evenly spread. */
  readonly log: boolean
  /** Distance of neighbours; `undefined`: any number. */
  readonly step: number | undefined
}

/** One of some values that have no order. */
export interface ChoiceParameter<Value extends ChoiceValue = ChoiceValue> extends Parameter<Value> {
  readonly kind: 'choice'
  readonly values: readonly Value[]
}

/** One of some spaces: the parameters of the others don't exist in that trial. */
export interface VariantsParameter<Value = unknown> extends Parameter<Value> {
  readonly kind: 'variants'
  /** The property of the value that names the variant. */
  readonly key: string
  readonly spaces: Readonly<Record<string, Space>>
}

/** What parameters there are. */
export type ParameterKind = NumberParameter | ChoiceParameter | VariantsParameter

/** The same type, shown as one object. */
type Flat<Value> = { [Key in keyof Value]: Value[Key] }

/** The value of `variants`: a union told apart by the key. */
export type VariantOf<Key extends string, Spaces extends Readonly<Record<string, Space>>> = {
  [Name in keyof Spaces & string]: Flat<{ readonly [Property in Key]: Name } & ParametersOf<Spaces[Name]>>
}[keyof Spaces & string]

/**
 * A number from `low` to `high`, each as likely as another.
 *
 * @param options.step - Only `low`, `low + step`, … up to `high`.
 * @throws `ActionInputError` for bounds that aren't finite or leave nothing between them.
 */
export function uniform(
  low: number,
  high: number,
  options: { readonly step?: number } = {},
): NumberParameter {
  const of = `uniform(${describeValue(low)}, ${describeValue(high)})`
  refuseUnknown(options, UNIFORM_OPTIONS, of)
  checkBounds(of, low, high)
  return { kind: 'number', low, high, log: false, step: checkStep(of, options.step, high - low) }
}

/**
 * A number from `low` to `high` whose logarithm is evenly spread: for learning rates and other scales.
 *
 * @throws `ActionInputError` for bounds that aren't finite and above 0, or leave nothing between them.
 */
export function logUniform(low: number, high: number): NumberParameter {
  const of = `logUniform(${describeValue(low)}, ${describeValue(high)})`
  checkBounds(of, low, high)
  if (low <= 0) throw new ActionInputError(`${of}: the lower bound must be above 0, to have a logarithm`)
  return { kind: 'number', low, high, log: true, step: undefined }
}

/**
 * A whole number from `low` to `high`, both included.
 *
 * @param options.step - Only `low`, `low + step`, … up to `high`. Default 1.
 * @param options.log - Spreads the logarithm evenly, so that small ones are tried as often as large ones. Not with `step`.
 * @throws `ActionInputError` for bounds that aren't whole, or a step that isn't.
 */
export function int(
  low: number,
  high: number,
  options: { readonly step?: number; readonly log?: boolean } = {},
): NumberParameter {
  const of = `int(${describeValue(low)}, ${describeValue(high)})`
  refuseUnknown(options, INT_OPTIONS, of)
  checkBounds(of, low, high)
  const { step = 1, log = false } = options
  for (const [name, value] of Object.entries({ low, high, step })) {
    if (!Number.isSafeInteger(value)) {
      throw new ActionInputError(
        `${of}: ${name} is ${describeValue(value)}, but must be whole; for other numbers there is uniform()`,
      )
    }
  }
  if (log && low < 1) throw new ActionInputError(`${of}: with log, the lower bound must be 1 or more`)
  if (log && step !== 1) throw new ActionInputError(`${of}: step and log exclude each other`)
  return { kind: 'number', low, high, log, step: checkStep(of, step, high - low) }
}

/**
 * One of some values that have no order. They keep their literal types.
 *
 * @throws `ActionInputError` for an empty list, a value twice, or one that isn't a text, a finite number, a boolean or null.
 */
export function choice<const Value extends ChoiceValue>(values: readonly Value[]): ChoiceParameter<Value> {
  if (!Array.isArray(values) || values.length === 0) {
    throw new ActionInputError(
      `choice() was given ${describeValue(values)}, but needs an array of at least one value`,
    )
  }
  for (const value of values as readonly unknown[]) {
    const fits = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
    if (!fits) {
      throw new ActionInputError(
        `choice() was given ${describeValue(value)}, but can offer texts, finite numbers, booleans and null only: ` +
          'offer names, and look the rest up in the trial',
      )
    }
  }
  if (new Set(values).size < values.length) {
    throw new ActionInputError(`choice() was given a value twice: ${describeValue(values)}`)
  }
  return { kind: 'choice', values: [...values] }
}

/**
 * One of some spaces, for parameters that only exist together with a choice:
 * `variants('kind', { sgd: { momentum: uniform(0, 1) }, adam: {} })` stands for
 * `{ kind: 'sgd', momentum: number } | { kind: 'adam' }`.
 *
 * @param key - The property that names the variant.
 * @throws `ActionInputError` for no variants, or a space that has a parameter named like the key.
 */
export function variants<const Key extends string, const Spaces extends Readonly<Record<string, Space>>>(
  key: Key,
  spaces: Spaces,
): VariantsParameter<VariantOf<Key, Spaces>> {
  const of = `variants(${describeValue(key)})`
  if (typeof key !== 'string' || key === '')
    throw new ActionInputError(`${of}: the key must be a text that isn't empty`)
  if (typeof spaces !== 'object' || spaces === null || Object.keys(spaces).length === 0) {
    throw new ActionInputError(
      `${of} was given ${describeValue(spaces)}, but needs an object of at least one space`,
    )
  }
  for (const [name, space] of Object.entries(spaces)) {
    checkSpace(space, `${of}, variant '${name}'`)
    if (key in space)
      throw new ActionInputError(`${of}: the variant '${name}' has a parameter '${key}' itself`)
  }
  return { kind: 'variants', key, spaces }
}

/** Checks that it is a space; throws an `ActionInputError` that names what isn't. */
export function checkSpace(
  space: unknown,
  of: string,
): asserts space is Readonly<Record<string, ParameterKind>> {
  if (typeof space !== 'object' || space === null || Array.isArray(space)) {
    throw new ActionInputError(
      `${of}: the space is ${describeValue(space)}, but must be an object of parameters`,
    )
  }
  for (const [name, parameter] of Object.entries(space)) {
    const kind = (parameter as Partial<ParameterKind> | null | undefined)?.kind
    if (kind === 'number' || kind === 'choice' || kind === 'variants') continue
    throw new ActionInputError(
      `${of}: the parameter '${name}' is ${describeValue(parameter)}, but must be made by uniform, logUniform, int, choice or variants`,
    )
  }
}

function checkBounds(of: string, low: number, high: number): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high) {
    throw new ActionInputError(
      `${of}: the bounds must be finite numbers, the lower one first; a fixed value belongs into the trial's input`,
    )
  }
}

function checkStep(of: string, step: number | undefined, range: number): number | undefined {
  if (step === undefined) return undefined
  if (typeof step === 'number' && step > 0 && step <= range) return step
  throw new ActionInputError(
    `${of}: the step is ${describeValue(step)}, but must be above 0 and at most ${range}`,
  )
}
