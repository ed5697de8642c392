// Finds out what a host serves. It is an action itself: modules are imported in a thread only, where `isActionThread` keeps them
// from starting an app (D2, D3).

import { action, allDefinitions, definitionKey, isDefinition, type FullDefinition } from '../../action.js'
import type { ActionDefinition } from '../../definition.js'
import type { ResolvedActionOptions } from '../../protocol/resolved-options.js'
import { prepareForTypeScript } from '../../typescript.js'

/** An action that has been found. */
export interface FoundAction {
  readonly url: string
  readonly name: string
  /** Of a command: what there is to know of it without importing its module. */
  readonly command?: ResolvedActionOptions
}

/** All that these modules, and those that they import, define. */
export const inspectServed: ActionDefinition<{ readonly urls: readonly string[] }, readonly FoundAction[]> =
  action(
    import.meta,
    'inspectServed',
    { cpu: 0 },
    async ({ urls }: { readonly urls: readonly string[] }): Promise<readonly FoundAction[]> => {
      const before = new Set<object>(allDefinitions())
      const found = new Map<string, FoundAction>()
      const add = (definition: FullDefinition): void => {
        const { url, name } = definition
        const { options } = definition[definitionKey]
        const isCommand = options?.command !== undefined
        found.set(`${url}\n${name}`, { url, name, ...(isCommand && { command: options }) })
      }
      for (const url of urls) {
        await prepareForTypeScript(url)
        const exports = (await import(url)) as Record<string, unknown>
        // Another copy of the package has a registry of its own.
        for (const one of Object.values(exports)) if (isDefinition(one)) add(one)
      }
      for (const definition of allDefinitions()) if (!before.has(definition)) add(definition)
      return [...found.values()]
    },
  )
