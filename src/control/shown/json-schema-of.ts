// The JSON Schema of an action's input, where its schema can be shown as one.

import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import type { Json } from '../api.js'

/** By Standard Schema 1.1, where the vendor offers it; a copy of the app's own, which shares nothing with that. */
export function jsonSchemaOf(schema: StandardSchemaV1): { readonly [key: string]: Json } | undefined {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>
  // zod refuses what JSON has no word for (a date, a function) unless it is told to leave it open; others ignore this.
  const libraryOptions = { unrepresentable: 'any' }
  try {
    const shown = jsonSchema?.input({ target: 'draft-2020-12', libraryOptions })
    return shown && (JSON.parse(JSON.stringify(shown)) as { readonly [key: string]: Json })
  } catch {
    // Not every schema can be shown as one: then input is given as JSON, and checked all the same.
    return undefined
  }
}
