// Describes a module's actions. It is an action itself: a module is imported in a thread only, where `isActionThread`
// keeps it from starting its app, and one that hangs or crashes does so there.

import {
  action,
  definedNames,
  definitionKey,
  findDefinition,
  isDefinition,
  type FullDefinition,
} from '../../action.js'
import { jsonSchemaOf } from '../../control/shown/json-schema-of.js'
import type { ActionDefinition } from '../../definition.js'
import type { ResolvedActionOptions } from '../../protocol/resolved-options.js'
import { prepareForTypeScript } from '../../typescript.js'
import type { JsonSchema } from '../../control/shown/json-schema.js'

/** One action of a module. */
export interface ActionDescription {
  /** Where it is defined: elsewhere, if the module passes it on. */
  readonly url: string
  readonly name: string
  /** Whether it is the module's default export. */
  readonly isDefault: boolean
  /** Its options, so that it is placed by them from the start; left out for an `actionRef`. */
  readonly options?: ResolvedActionOptions
  /** Its input as JSON schema, where its schema can be shown so. */
  readonly input?: JsonSchema
  /** Whether its input is checked at all. */
  readonly hasSchema: boolean
}

/** All that a module defines or exports, sorted by name. */
export const inspectModule: ActionDefinition<{ url: string }, readonly ActionDescription[]> = action(
  import.meta,
  'inspectModule',
  { cpu: 0 },
  async ({ url }: { url: string }): Promise<readonly ActionDescription[]> => {
    await prepareForTypeScript(url)
    const exports = (await import(url)) as Record<string, unknown>
    const registered = definedNames(url).map((name) => findDefinition(url, name))
    const found = new Map<string, ActionDescription>()
    for (const one of [exports['default'], ...Object.values(exports), ...registered]) {
      if (!isDefinition(one) || found.has(`${one.url}\n${one.name}`)) continue
      found.set(`${one.url}\n${one.name}`, describe(one, one === exports['default']))
    }
    return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  },
)

function describe(definition: FullDefinition, isDefault: boolean): ActionDescription {
  const { input: schema, options } = definition[definitionKey]
  const input = schema && (jsonSchemaOf(schema) as JsonSchema | undefined)
  return {
    url: definition.url,
    name: definition.name,
    isDefault,
    ...(options && { options }),
    ...(input && { input }),
    hasSchema: schema !== undefined,
  }
}
