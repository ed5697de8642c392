// An action's input from the command line: `--name value` flags, read by the action's schema, over `--input` as JSON.

import { readFileSync } from 'node:fs'
import { describeValue, messageOf } from '../../protocol/values/describe-value.js'
import { describeFlagValue, findFlag, flagsOf, freeFlag } from './input-flags.js'
import { alternatives, choicesOf, typesOf, type JsonSchema } from '../../control/shown/json-schema.js'
import { UsageError } from './usage-error.js'

/** What the input is read from. */
export interface InputSources {
  /** `--input`: JSON, `@file` or `@-` for standard input. */
  readonly json?: string | undefined
  /** Everything on the command line that isn't an option of the command itself. */
  readonly flags: readonly string[]
  /** The action's, where it is known. Without it, values are read as JSON where they can be, else as text. */
  readonly schema?: JsonSchema | undefined
  /** How messages name the action. */
  readonly action: string
  /** Options of the command itself that stand among them, as `--verbose`, each with the word behind it. */
  readonly own?: readonly OwnOption[]
}

/** An option of the command itself, and the word behind it. */
export type OwnOption = readonly [option: string, next: string | undefined]

/**
 * Builds the input. What the schema says about it as a whole is checked by the action itself.
 *
 * @throws `UsageError` for what can't be read, or a flag that isn't one of the input's.
 */
export function readInput({ json, flags, schema, action, own = [] }: InputSources): unknown {
  refuseAmbiguous(own, schema, action)
  const base = json === undefined ? undefined : parseInput(json)
  const given = readTokens(flags, schema, action, own)
  if (given.length === 0) {
    // No flags are an object without fields: a body can take it apart, and a schema fills it with its defaults.
    return json === undefined && (schema === undefined || takesObject(schema)) ? {} : base
  }
  if (base !== undefined && (typeof base !== 'object' || base === null || Array.isArray(base))) {
    throw new UsageError(
      `--input is ${describeValue(base)}, but must be an object where flags are given, too`,
    )
  }
  const input: Record<string, unknown> = { ...base }
  const lists = new Map<string, unknown[]>()
  for (const { path, value, adds } of given) {
    if (!adds) {
      assign(input, path, value)
      continue
    }
    // The first of a list's values takes the place of the list that was there.
    const key = keyOf(path)
    const list = lists.get(key) ?? []
    lists.set(key, list)
    list.push(value)
    assign(input, path, list)
  }
  return input
}

function parseInput(text: string): unknown {
  const source =
    text === '@-' ? 'standard input' : text.startsWith('@') ? `the file '${text.slice(1)}'` : 'it'
  let json = text
  try {
    if (text === '@-') json = readFileSync(0, 'utf8')
    else if (text.startsWith('@')) json = readFileSync(text.slice(1), 'utf8')
  } catch (error) {
    throw new UsageError(`--input: can't read ${source}: ${messageOf(error)}`)
  }
  try {
    return JSON.parse(json) as unknown
  } catch (error) {
    throw new UsageError(
      `--input: ${source} isn't JSON: ${messageOf(error)}. Give JSON, @file, or @- for standard input; texts need their quotes, as in --input '"text"'`,
    )
  }
}

interface Given {
  readonly path: readonly string[]
  readonly value: unknown
  /** One of several values of a list. */
  readonly adds: boolean
}

/** An option of the command that the input has, too: which of the two is meant is unknown. */
function refuseAmbiguous(own: readonly OwnOption[], schema: JsonSchema | undefined, action: string): void {
  const names = new Set(schema === undefined ? [] : flagsOf(schema).map(({ flag }) => `--${flag}`))
  const both = own.find(([option]) => names.has(option))?.[0]
  if (both === undefined) return
  throw new UsageError(
    `${both} is an option of heddle run and a flag of action '${action}', too: write it in front of the module for heddle run, behind -- for the action (heddle run <module> ${action} -- ${both} …)`,
  )
}

function readTokens(
  tokens: readonly string[],
  schema: JsonSchema | undefined,
  action: string,
  own: readonly OwnOption[],
): Given[] {
  const flags = schema && flagsOf(schema)
  const given: Given[] = []
  const free = new Set<string>()
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!
    // What is behind it would be an option of the command itself.
    if (token === '--') continue
    if (!token.startsWith('--')) {
      throw new UsageError(unexpected(token, own))
    }
    const equals = token.indexOf('=')
    const name = token.slice(2, equals < 0 ? undefined : equals)
    const follows = tokens[index + 1]
    const inline = equals < 0 ? undefined : token.slice(equals + 1)
    const flag = schema && flags ? findFlag(name, schema, flags, action) : freeFlag(name)
    if (flag.negated) {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value, but was given '${inline}'`)
      given.push({ path: flag.path, value: false, adds: false })
      continue
    }
    const isSwitch = flag.types.every((type) => type === 'boolean')
    const takesNext =
      inline === undefined &&
      follows !== undefined &&
      !follows.startsWith('--') &&
      (!isSwitch || follows === 'true' || follows === 'false')
    const text = inline ?? (takesNext ? follows : undefined)
    if (takesNext) index += 1
    if (text === undefined && !flag.types.some((type) => type === 'boolean' || type === 'any')) {
      throw new UsageError(`--${name} needs a value: ${describeFlagValue(flag.schema, schema)}`)
    }
    const value = text === undefined ? true : convert(text, name, flag.schema, schema)
    const adds = flag.types.includes('array') && !Array.isArray(value)
    given.push({ path: flag.path, value, adds })
    if (flag.types.includes('any')) free.add(keyOf(flag.path))
  }
  // Where any value will do, one that is given again makes a list.
  const counts = new Map<string, number>()
  for (const { path } of given) counts.set(keyOf(path), (counts.get(keyOf(path)) ?? 0) + 1)
  return given.map((one) => {
    const key = keyOf(one.path)
    return free.has(key) && (counts.get(key) ?? 0) > 1 ? { ...one, adds: true } : one
  })
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path)
}

/** What to do with a word that is no flag's value. */
function unexpected(token: string, own: readonly OwnOption[]): string {
  const json = parsed(token) === undefined ? JSON.stringify(token) : token
  const whole = /^[\w.-]+$/.test(json) ? json : `'${json.replaceAll("'", `'\\''`)}'`
  const option = own.find(([, next]) => next === token)?.[0]
  const behind =
    option === undefined
      ? ''
      : `. ${option} is an option of heddle run: if it is meant for the input, put it behind --, as in -- ${option} ${token}`
  return `unexpected '${token}': what follows the action's name are flags of its input, as --name value. If it is the whole input, write --input ${whole}${behind}`
}

/** The value that a text stands for. @throws `UsageError` if it is none of those that the schema allows. */
function convert(text: string, flag: string, schema: JsonSchema, root: JsonSchema = schema): unknown {
  const options = alternatives(schema, root)
  const open = options.filter((one) => choicesOf(one) === undefined)
  const choices = options.flatMap((one) => choicesOf(one) ?? [])
  const chosen = choices.find((choice) => String(choice) === text)
  if (chosen !== undefined) return chosen
  for (const type of open.flatMap(typesOf)) {
    const value = convertTo(type, text, flag, open, root)
    if (value !== undefined) return value.value
  }
  if (open.flatMap(typesOf).includes('string')) return text
  throw new UsageError(`--${flag} is '${text}', but must be ${describeFlagValue(schema, root)}`)
}

function convertTo(
  type: string,
  text: string,
  flag: string,
  options: readonly JsonSchema[],
  root: JsonSchema,
): { readonly value: unknown } | undefined {
  switch (type) {
    case 'number':
    case 'integer': {
      const number = text.trim() === '' ? NaN : Number(text)
      return Number.isFinite(number) && (type === 'number' || Number.isInteger(number))
        ? { value: number }
        : undefined
    }
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : undefined
    case 'null':
      return text === 'null' ? { value: null } : undefined
    case 'array': {
      const list = parsed(text)
      if (Array.isArray(list)) return { value: list }
      const items = options.flatMap((one) => (typeof one.items === 'object' ? [one.items] : []))
      return { value: convert(text, flag, items.length === 0 ? {} : { anyOf: items }, root) }
    }
    case 'object': {
      const object = parsed(text)
      return typeof object === 'object' && object !== null && !Array.isArray(object)
        ? { value: object }
        : undefined
    }
    case 'any': {
      const value = parsed(text)
      return { value: value === undefined ? text : value }
    }
    default:
      return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function takesObject(schema: JsonSchema): boolean {
  return alternatives(schema, schema).some((one) => typesOf(one).includes('object'))
}

function assign(input: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = input
  for (const name of path.slice(0, -1)) {
    const here = Object.hasOwn(at, name) ? at[name] : undefined
    const next: Record<string, unknown> =
      typeof here === 'object' && here !== null && !Array.isArray(here) ? { ...here } : {}
    define(at, name, next)
    at = next
  }
  define(at, path.at(-1)!, value)
}

/** Not by assignment: `--__proto__.x` is a name like any other. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
