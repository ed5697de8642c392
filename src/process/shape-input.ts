// The input of a command, in the form in which a program takes it: flags, variables of its environment, or a document of
// JSON on its standard input.

import { ActionInputError } from '../protocol/errors/errors.js'
import type { CommandSpec, GrantedResources } from '../protocol/resolved-options.js'
import { cutText, describeValue, messageOf } from '../protocol/values/describe-value.js'

/** What a program is started with. */
export interface ShapedInput {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What it reads on its standard input, if it reads anything. */
  readonly stdin?: string
}

/** Whose input it is, for errors. */
interface Place {
  readonly name: string
  readonly run: string
  readonly id: string
}

/** Throws an `ActionInputError` for an input that can't take that form. `inherited`: the app's environment. */
export function shapeInput(
  { argv, input: form, env }: CommandSpec,
  input: unknown,
  resources: GrantedResources,
  inherited: Readonly<Record<string, string | undefined>>,
  place: Place,
): ShapedInput {
  const variables: Record<string, string | undefined> = { ...inherited }
  for (const [name, value] of Object.entries(env))
    variables[name] = typeof value === 'object' ? (resources[value.resource] ?? []).join(',') : value
  const shaper = new Shaper(place)
  if (form === 'json')
    return { argv, env: withoutUndefined(variables), stdin: `${shaper.json(input, 'it')}\n` }
  const properties = shaper.properties(input, form)
  if (form === 'env') {
    for (const [name, value] of properties) {
      if (value === undefined) continue
      if (name === '' || /[=\0]/.test(name))
        throw shaper.wrong(`'${cutText(name)}' can't be the name of a variable`)
      variables[name] = shaper.text(value, name)
    }
    return { argv, env: withoutUndefined(variables) }
  }
  return { argv: [...argv, ...shaper.flags(properties, '')], env: withoutUndefined(variables) }
}

function withoutUndefined(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Makes texts of the values of one input. */
class Shaper {
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  wrong(why: string, cause?: unknown): ActionInputError {
    const { name, run, id } = this.#place
    return new ActionInputError(`the input of action ${id} '${name}' can't be given to its command: ${why}`, {
      run,
      action: id,
      ...(cause !== undefined && { cause }),
    })
  }

  /** Those of the whole input. */
  properties(input: unknown, form: 'flags' | 'env'): readonly (readonly [string, unknown])[] {
    if (input === undefined) return []
    if (isPlainObject(input)) return Object.entries(input)
    throw this.wrong(
      `it is ${describeValue(input)}, but for the option input: '${form}' it must be an object; input: 'json' takes any value`,
    )
  }

  /** `--name=value` for each, with dots where there are objects in objects. */
  flags(properties: readonly (readonly [string, unknown])[], prefix: string): string[] {
    return properties.flatMap(([key, value]) => {
      if (value === undefined) return []
      if (key === '' || /[=\s\0]/.test(key))
        throw this.wrong(`'${cutText(prefix + key)}' can't be the name of a flag`)
      const name = prefix + key
      if (isPlainObject(value)) return this.flags(Object.entries(value), `${name}.`)
      return [`--${name}=${this.text(value, name)}`]
    })
  }

  /** A text as it is, anything else as JSON. */
  text(value: unknown, name: string): string {
    const text = typeof value === 'string' ? value : this.json(value, `'${cutText(name)}'`)
    if (text.includes('\0')) throw this.wrong(`'${cutText(name)}' has a NUL in it, which ends a text there`)
    return text
  }

  json(value: unknown, what: string): string {
    if (value instanceof Map || value instanceof Set)
      throw this.wrong(
        `${what} is ${describeValue(value)}, which JSON has no word for: give an object or an array`,
      )
    try {
      return JSON.stringify(value) ?? 'null'
    } catch (error) {
      throw this.wrong(`${what} can't be written as JSON (${messageOf(error)})`, error)
    }
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
