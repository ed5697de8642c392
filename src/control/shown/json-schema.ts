// The part of JSON schema that flags are made of: what a value may be, seen through references and unions.

/** A JSON schema, as far as it is read here. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly definitions?: Readonly<Record<string, JsonSchema>>
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: boolean | JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
}

/** How deep references and unions are followed: recursive schemas have no end. */
const DEEPEST = 16

/** The plain schemas that a schema allows, its references resolved and its unions laid out. */
export function alternatives(schema: JsonSchema, root: JsonSchema, depth = 0): readonly JsonSchema[] {
  if (depth > DEEPEST) return []
  const next = (one: JsonSchema): readonly JsonSchema[] => alternatives(one, root, depth + 1)
  if (schema.$ref !== undefined) {
    const target = resolveReference(schema.$ref, root)
    return target === undefined ? [{}] : next(target)
  }
  const union = schema.anyOf ?? schema.oneOf
  if (union !== undefined) return union.flatMap(next)
  if (schema.allOf !== undefined) {
    const parts = schema.allOf.flatMap(next)
    return [
      {
        type: 'object',
        properties: Object.assign({}, schema.properties, ...parts.map((part) => part.properties)) as Record<
          string,
          JsonSchema
        >,
        required: [...(schema.required ?? []), ...parts.flatMap((part) => part.required ?? [])],
      },
    ]
  }
  return [schema]
}

/** The names of the types that a plain schema allows; all, where it says nothing. */
export function typesOf(schema: JsonSchema): readonly string[] {
  if (typeof schema.type === 'string') return [schema.type]
  if (schema.type !== undefined) return schema.type
  const values = schema.enum ?? ('const' in schema ? [schema.const] : undefined)
  if (values !== undefined) return [...new Set(values.map(typeOf))]
  if (schema.properties !== undefined) return ['object']
  return ['any']
}

/** The values that are all that a schema allows. */
export function choicesOf(schema: JsonSchema): readonly unknown[] | undefined {
  return schema.enum ?? ('const' in schema ? [schema.const] : undefined)
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

function resolveReference(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (reference === '#') return root
  const [, list, name] = /^#\/(\$defs|definitions)\/(.+)$/.exec(reference) ?? []
  if (list === undefined || name === undefined) return undefined
  const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')
  return root[list as '$defs' | 'definitions']?.[key]
}
