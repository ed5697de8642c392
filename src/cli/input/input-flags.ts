// The flags that an action's input can be given by: found in its schema, looked up by what was typed, described for help.

import { alternatives, choicesOf, typesOf, type JsonSchema } from '../../control/shown/json-schema.js'
import { nearestTo } from '../../checks/nearest.js'
import { UsageError } from './usage-error.js'

/** One flag that an action's input can be given by. */
export interface InputFlag {
  /** Where in the input its value goes. */
  readonly path: readonly string[]
  /** As it is shown, without the two dashes. */
  readonly flag: string
  readonly schema: JsonSchema
  readonly required: boolean
}

/** How deep nested objects get flags of their own (`--optimizer.lr`). */
const DEEPEST_FLAG = 3

/** The flags for a schema of an object; none for any other. */
export function flagsOf(schema: JsonSchema): readonly InputFlag[] {
  return objectFlags(schema, schema, [], true)
}

function objectFlags(
  schema: JsonSchema,
  root: JsonSchema,
  path: readonly string[],
  required: boolean,
): readonly InputFlag[] {
  return alternatives(schema, root).flatMap((one) =>
    Object.entries(one.properties ?? {}).flatMap(([name, property]) => {
      const here = [...path, name]
      const isRequired = required && (one.required?.includes(name) ?? false)
      const nested = here.length < DEEPEST_FLAG ? objectFlags(property, root, here, isRequired) : []
      if (nested.length > 0) return nested
      return [{ path: here, flag: here.map(kebab).join('.'), schema: property, required: isRequired }]
    }),
  )
}

/** A flag as it was typed, found in the schema. */
export interface FlagReading {
  readonly path: readonly string[]
  readonly schema: JsonSchema
  readonly types: readonly string[]
  /** `--no-name`. */
  readonly negated: boolean
}

/** A flag where there is no schema: any name will do. */
export function freeFlag(name: string): FlagReading {
  const negated = name.startsWith('no-') && name.length > 3
  const path = (negated ? name.slice(3) : name).split('.').map(camel)
  if (path.includes('')) throw new UsageError(`'--${name}' isn't a flag: write --name value`)
  return { path, schema: {}, types: ['any'], negated }
}

/** The flag of that name. @throws `UsageError` with the nearest one. */
export function findFlag(
  name: string,
  root: JsonSchema,
  flags: readonly InputFlag[],
  action: string,
): FlagReading {
  const exact = (one: string): InputFlag | undefined =>
    flags.find(({ path, flag }) => path.join('.') === one || flag === one) ??
    flags.find(({ flag }) => flag === one.split('.').map(kebab).join('.'))
  const found = exact(name)
  if (found !== undefined) return reading(found.path, found.schema, root, false)
  if (name.startsWith('no-')) {
    const negated = exact(name.slice(3))
    if (negated !== undefined && reading(negated.path, negated.schema, root, true).types.includes('boolean'))
      return reading(negated.path, negated.schema, root, true)
  }
  const open = openProperty(name.split('.'), root, root)
  if (open !== undefined) return open
  throw unknownFlag(name, flags, action)
}

/** A property of an object that isn't listed, where the schema lets it have more (a record), or an object as a whole. */
function openProperty(
  path: readonly string[],
  schema: JsonSchema,
  root: JsonSchema,
): FlagReading | undefined {
  let at: readonly JsonSchema[] = alternatives(schema, root)
  const names: string[] = []
  for (const name of path) {
    const key = at
      .flatMap(({ properties }) => Object.keys(properties ?? {}))
      .find((one) => one === name || kebab(one) === name)
    const next = at.flatMap(({ properties, additionalProperties }) => {
      const property = key === undefined ? undefined : properties?.[key]
      if (property !== undefined) return alternatives(property, root)
      if (additionalProperties === true) return [{}]
      return typeof additionalProperties === 'object' ? alternatives(additionalProperties, root) : []
    })
    if (next.length === 0 || name === '') return undefined
    names.push(key ?? name)
    at = next
  }
  const [only] = at
  return reading(names, at.length === 1 && only !== undefined ? only : { anyOf: at }, root, false)
}

function reading(
  path: readonly string[],
  schema: JsonSchema,
  root: JsonSchema,
  negated: boolean,
): FlagReading {
  return { path, schema, types: alternatives(schema, root).flatMap(typesOf), negated }
}

function unknownFlag(name: string, flags: readonly InputFlag[], action: string): UsageError {
  const names = flags.map(({ flag }) => flag)
  if (names.length === 0) {
    return new UsageError(
      `the input of action '${action}' has no flags, so --${name} isn't one: give it as JSON by --input`,
    )
  }
  const nearest = nearestTo(name, names)
  const hint =
    nearest === undefined
      ? `Its flags are ${names.map((one) => `--${one}`).join(', ')}`
      : `Did you mean --${nearest}?`
  return new UsageError(`the input of action '${action}' has no --${name}. ${hint}`)
}

/** What a flag takes, for help and messages. */
export function describeFlagValue(schema: JsonSchema, root: JsonSchema = schema): string {
  const options = alternatives(schema, root)
  const choices = options.flatMap((one) => choicesOf(one) ?? [])
  const open = options.filter((one) => choicesOf(one) === undefined)
  const words = open.flatMap((one) => typesOf(one).map((type) => describeType(type, one)))
  if (choices.length > 0) words.unshift(`one of ${choices.map(String).join(', ')}`)
  return [...new Set(words)].join(' or ')
}

function describeType(type: string, { minimum, maximum }: JsonSchema): string {
  const least = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  const bounds =
    least !== undefined && most !== undefined
      ? ` from ${least} to ${most}`
      : least !== undefined
        ? `, ${least} or more`
        : most !== undefined
          ? `, ${most} or less`
          : ''
  switch (type) {
    case 'integer':
      return `a whole number${bounds}`
    case 'number':
      return `a number${bounds}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a value, given again for each further one, or a JSON list'
    case 'object':
      return 'a JSON object'
    case 'string':
      return 'a text'
    case 'null':
      return 'null'
    default:
      return 'a value'
  }
}

function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

function camel(name: string): string {
  return name.replace(/-+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
