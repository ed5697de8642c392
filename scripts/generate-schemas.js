// Makes the JSON Schemas of the control server's API from its types, `src/control/api`: comments become descriptions, tags
// such as `@maximum` become limits. With `--check` it writes nothing, and fails if the module that is there isn't up to date.

import { readFile, writeFile } from 'node:fs/promises'
import { createGenerator } from 'ts-json-schema-generator'

const root = new URL('../', import.meta.url)
const file = new URL('src/control/server/schemas.generated.ts', root)

const generator = createGenerator({
  path: new URL('src/control/api/*.ts', root).pathname,
  tsconfig: new URL('tsconfig.json', root).pathname,
  type: '*',
  expose: 'export',
  jsDoc: 'extended',
  additionalProperties: false,
  // The types have been checked, and the order of the members is theirs.
  skipTypeCheck: true,
  sortProps: false,
})
const { definitions = {} } = generator.createSchema('*')

/** The name of the definition that a reference is to. */
function nameOf(reference) {
  return decodeURIComponent(reference.slice('#/definitions/'.length))
}

/** A schema as the OpenAPI document has it. A generic type has no name there: its schema stands where it is used. */
function placed(schema) {
  if (Array.isArray(schema)) return schema.map(placed)
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref, ...rest } = schema
  if ($ref === undefined) {
    return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, placed(value)]))
  }
  const name = nameOf($ref)
  if (name.includes('<')) return { ...placed(definitions[name]), ...rest }
  return { $ref: `#/components/schemas/${name}`, ...rest }
}

const schemas = Object.fromEntries(
  Object.keys(definitions)
    .filter((name) => !name.includes('<'))
    .toSorted()
    .map((name) => [name, placed(definitions[name])]),
)
const text = `// Generated from the types of src/control/api by scripts/generate-schemas.js: change those, and run
// \`npm run generate:schemas\`.

import type { Schema } from './schema.js'

/** The names of the API's types. */
export type SchemaName =
${Object.keys(schemas)
  .map((name) => `  | '${name}'`)
  .join('\n')}

/** By name, as the OpenAPI document's \`components.schemas\`. */
export const schemas: Readonly<Record<SchemaName, Schema>> = {
${Object.entries(schemas)
  .map(([name, schema]) => `  ${name}: ${JSON.stringify(schema)},`)
  .join('\n')}
}
`

if (process.argv.includes('--check')) {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present !== text) {
    console.error('src/control/server/schemas.generated.ts is not up to date: run npm run generate:schemas')
    process.exitCode = 1
  }
} else await writeFile(file, text)
