// The functions that search spaces are made by: what a trial's parameters can be. Their types are in `parameter.ts`, and how
// a sampler sees them is in `dimensions.ts`.

import { isDeepStrictEqual } from 'node:util'
import { wrongValue } from '../../checks/wrong-value.js'
import { describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { checkCloneable, checkName, checkSpace } from './check-space.js'
import type {
  ChoiceParameter,
  NumberParameter,
  Space,
  VariantOf,
  VariantPointOf,
  VariantsParameter,
  Writable,
} from './parameter.js'

const UNIFORM_OPTIONS: ReadonlySet<string> = new Set(['step'])
const INT_OPTIONS: ReadonlySet<string> = new Set(['step', 'log'])

/** No function can be sent to a thread. */
type NoFunction<Value> = Value extends (...args: never[]) => unknown ? never : Value

/**
 * A number from `low` to `high`, each as likely as another.
 *
 * @param options.step - Only `low`, `low + step`, … up to `high`.
 * @throws `ActionInputError` for bounds that aren't finite or leave nothing between them.
 */
export function uniform(
  low: number,
  high: number,
  options: { readonly step?: number | undefined } = {},
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
export function logUniform(low: number, high: number, ...others: readonly undefined[]): NumberParameter {
  const of = `logUniform(${describeValue(low)}, ${describeValue(high)})`
  refuseOthers(others, of, 'its two bounds; for whole numbers on such a scale there is int(…, { log: true })')
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
  options: { readonly step?: number | undefined; readonly log?: boolean | undefined } = {},
): NumberParameter {
  const of = `int(${describeValue(low)}, ${describeValue(high)})`
  refuseUnknown(options, INT_OPTIONS, of)
  checkBounds(of, low, high)
  const { step = 1, log = false } = options
  for (const [name, value] of Object.entries({ low, high, step })) {
    if (!Number.isSafeInteger(value)) {
      throw wrongValue(of, name, value, 'whole; for other numbers there is uniform()')
    }
  }
  if (log && low < 1) throw new ActionInputError(`${of}: with log, the lower bound must be 1 or more`)
  if (log && step !== 1) throw new ActionInputError(`${of}: step and log exclude each other`)
  return { kind: 'number', low, high, log, step: checkStep(of, step, high - low) }
}

/**
 * One of some values that have no order: texts, numbers, or anything else that can be cloned (`[64, 64]`, `{ depth: 3 }`,
 * a `Date`). Literals keep their types. What isn't a text, a finite number, a boolean or `null` is shown and stored by a
 * label that is made of it, which is the same as long as the value is.
 *
 * @throws `ActionInputError` for an empty list, a value twice, or one that can't be cloned.
 */
export function choice<const Value>(
  values: readonly NoFunction<Value>[],
  ...others: readonly undefined[]
): ChoiceParameter<Writable<Value>> {
  refuseOthers(others, 'choice()', 'one array of values')
  if (!Array.isArray(values) || values.length === 0) {
    throw new ActionInputError(
      `choice() was given ${describeValue(values)}, but needs an array of at least one value`,
    )
  }
  const given: readonly unknown[] = [...values]
  for (const value of given) checkCloneable(value, 'choice()', 'a value')
  const isTwice = new Set(given).size < given.length || hasEqualObjects(given)
  if (isTwice) throw new ActionInputError(`choice() was given a value twice: ${describeValue(values)}`)
  return { kind: 'choice', values: given as Writable<Value>[] }
}

function hasEqualObjects(values: readonly unknown[]): boolean {
  const objects = values.filter((value) => typeof value === 'object' && value !== null)
  return objects.some((value, at) => objects.slice(0, at).some((other) => isDeepStrictEqual(value, other)))
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
  ...others: readonly undefined[]
): VariantsParameter<VariantOf<Key, Spaces>, VariantPointOf<Key, Spaces>> {
  const of = `variants(${describeValue(key)})`
  refuseOthers(others, of, 'a key and an object of spaces')
  if (typeof key !== 'string' || key === '')
    throw new ActionInputError(`${of}: the key must be a text that isn't empty`)
  checkName(key, of)
  if (typeof spaces !== 'object' || spaces === null || Object.keys(spaces).length === 0) {
    throw new ActionInputError(
      `${of} was given ${describeValue(spaces)}, but needs an object of at least one space`,
    )
  }
  for (const [name, space] of Object.entries(spaces)) {
    checkName(name, of)
    checkSpace(space, `${of}, variant '${name}'`)
    if (Object.hasOwn(space, key))
      throw new ActionInputError(`${of}: the variant '${name}' has a parameter '${key}' itself`)
  }
  return { kind: 'variants', key, spaces }
}

/** From JavaScript, where no compiler looks: what isn't used must not be taken for understood. */
function refuseOthers(others: readonly unknown[], of: string, takes: string): void {
  const extra = others.find((other) => other !== undefined)
  if (extra !== undefined)
    throw new ActionInputError(`${of} was also given ${describeValue(extra)}, but takes ${takes}`)
}

function checkBounds(of: string, low: number, high: number): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high) {
    throw new ActionInputError(
      `${of}: the bounds must be finite numbers, the lower one first; a fixed value belongs into the trial's input`,
    )
  }
  if (!Number.isFinite(high - low)) {
    throw new ActionInputError(
      `${of}: the bounds lie so far apart that their distance isn't a finite number; take a part of that, or its logarithm`,
    )
  }
}

function checkStep(of: string, step: number | undefined, range: number): number | undefined {
  if (step === undefined) return undefined
  if (typeof step === 'number' && step > 0 && step <= range) return step
  throw wrongValue(of, 'the step', step, `above 0 and at most ${range}`)
}
