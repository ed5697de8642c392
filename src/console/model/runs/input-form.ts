// The input of a run as a form: a field for each property of its schema, nested ones by their paths, and back to JSON. What a schema
// says of a value beyond its kind is checked by the process, which has the schema itself.

import type { InputIssue, Json } from '../../../control/api.js'
import { alternatives, choicesOf, typesOf, type JsonSchema } from '../../../control/shown/json-schema.js'

/** What is written into a field: a text, a number, one of a few, or any JSON. */
type FieldKind = 'text' | 'number' | 'choice' | 'json'

/** A field of the form. */
export interface InputField {
  readonly path: readonly string[]
  readonly kind: FieldKind
  readonly required: boolean
  readonly about: string
  /** What stands for it where it is left empty. */
  readonly otherwise: string
  /** Of a choice, as JSON. */
  readonly choices: readonly string[]
}

/** What is written in the fields, by their keys. */
export type Draft = Readonly<Record<string, string>>

/** How deep nested objects get fields of their own; what is deeper is one field of JSON. */
const DEEPEST_FIELD = 3

/** The fields for a schema of an object; `undefined` for any other, which is written as JSON. */
export function fieldsOf(schema: JsonSchema | undefined): readonly InputField[] | undefined {
  if (schema === undefined) return undefined
  const all = alternatives(schema, schema)
  const [only] = all
  // Of a union, each alternative has its own properties: that is better written as it is.
  if (all.length !== 1 || only === undefined || !typesOf(only).includes('object')) return undefined
  const fields = objectFields(only, schema, [], true)
  return fields.length === 0 ? undefined : fields
}

function objectFields(
  schema: JsonSchema,
  root: JsonSchema,
  path: readonly string[],
  isRequired: boolean,
): readonly InputField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const here = [...path, name]
    const required = isRequired && (schema.required?.includes(name) ?? false)
    const options = alternatives(property, root)
    const [only] = options
    const isPlainObject = options.length === 1 && only?.properties !== undefined
    if (isPlainObject && here.length < DEEPEST_FIELD) return objectFields(only, root, here, required)
    return [fieldOf(here, property, options, required)]
  })
}

function fieldOf(
  path: readonly string[],
  property: JsonSchema,
  options: readonly JsonSchema[],
  required: boolean,
): InputField {
  const types = new Set(options.flatMap(typesOf))
  const listed = options.map(choicesOf)
  const isChoice = options.length > 0 && listed.every((choices) => choices !== undefined)
  const choices = isChoice
    ? listed.flatMap((one) => one ?? []).map((one) => JSON.stringify(one))
    : types.size === 1 && types.has('boolean')
      ? ['true', 'false']
      : []
  const kind: FieldKind =
    choices.length > 0
      ? 'choice'
      : types.size === 1 && types.has('string')
        ? 'text'
        : [...types].every((type) => type === 'number' || type === 'integer') && types.size > 0
          ? 'number'
          : 'json'
  const otherwise = 'default' in property ? JSON.stringify(property.default) : ''
  return { path, kind, required, about: property.description ?? '', otherwise, choices }
}

/** Names a field. */
export function keyOf(path: readonly (string | number)[]): string {
  return path.join('.')
}

/** What the fields hold for an input; `undefined` if it has something that no field is for. */
export function draftOf(fields: readonly InputField[], input: Json | undefined): Draft | undefined {
  if (input === undefined) return {}
  if (!isObject(input)) return undefined
  const draft: Record<string, string> = {}
  const known = new Set(fields.map(({ path }) => keyOf(path)))
  const above = new Set(
    fields.flatMap(({ path }) => path.slice(1).map((_, end) => keyOf(path.slice(0, end + 1)))),
  )
  const visit = (value: { readonly [key: string]: Json }, path: readonly string[]): boolean =>
    Object.entries(value).every(([name, part]) => {
      const here = [...path, name]
      const key = keyOf(here)
      if (known.has(key)) {
        const kind = fields.find((field) => keyOf(field.path) === key)?.kind
        if (kind === 'text' && typeof part !== 'string') return false
        draft[key] = kind === 'text' && typeof part === 'string' ? part : JSON.stringify(part)
        return true
      }
      return above.has(key) && isObject(part) && visit(part, here)
    })
  return visit(input, []) ? draft : undefined
}

/** The input that the fields hold, or what can't be read of them. An empty field is left out: an empty text is written as JSON. */
export function inputOf(
  fields: readonly InputField[],
  draft: Draft,
): { readonly input: Json } | { readonly issues: readonly InputIssue[] } {
  const input: Record<string, Json> = {}
  const issues: InputIssue[] = []
  for (const { path, kind, required } of fields) {
    const text = draft[keyOf(path)] ?? ''
    if (text.trim() === '') {
      if (required) issues.push({ path, message: 'is required' })
      continue
    }
    const value = kind === 'text' ? text : parseJson(text)
    if (value === undefined) issues.push({ path, message: kind === 'number' ? 'is no number' : 'is no JSON' })
    else assign(input, path, value)
  }
  return issues.length > 0 ? { issues } : { input }
}

/** The value that a text of JSON stands for; `undefined` if it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** What is said at each field, by its key, and what is of none of them. */
export function placeIssues(
  fields: readonly InputField[],
  issues: readonly InputIssue[],
): { readonly at: ReadonlyMap<string, string>; readonly others: readonly string[] } {
  const at = new Map<string, string>()
  const others: string[] = []
  for (const { path, message } of issues) {
    const place = keyOf(path)
    const add = (key: string, words: string): void =>
      void at.set(key, at.has(key) ? `${at.get(key)}; ${words}` : words)
    const within = fields.map((one) => keyOf(one.path)).find((key) => isWithin(place, key))
    if (within !== undefined) {
      // Within a field of JSON, it says where.
      const rest = place.slice(within.length + 1)
      add(within, rest === '' ? message : `${rest}: ${message}`)
      continue
    }
    // A group that isn't there: what must be in it is what is missing.
    const below = fields.filter((one) => one.required && isWithin(keyOf(one.path), place))
    for (const one of below) add(keyOf(one.path), message)
    if (place === '' || below.length === 0) others.push(place === '' ? message : `${place}: ${message}`)
  }
  return { at, others }
}

function isWithin(place: string, key: string): boolean {
  return key !== '' && (place === key || place.startsWith(`${key}.`))
}

function assign(input: Record<string, Json>, path: readonly string[], value: Json): void {
  let at = input
  for (const name of path.slice(0, -1)) {
    if (!Object.hasOwn(at, name)) define(at, name, {})
    at = at[name] as Record<string, Json>
  }
  define(at, path.at(-1)!, value)
}

/** A property may be called `__proto__`. */
function define(object: object, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
