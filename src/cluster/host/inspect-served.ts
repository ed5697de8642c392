// Finds out what a host serves. It is an action itself: modules are imported in a thread only, where `isActionThread` keeps them
// from starting an app (D2, D3).

import { action, allDefinitions, isDefinition } from '../../action.js'
import type { ActionDefinition } from '../../definition.js'
import { prepareForTypeScript } from '../../typescript.js'

/** An action that has been found. */
export interface FoundAction {
  readonly url: string
  readonly name: string
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
      const add = ({ url, name }: FoundAction): void => void found.set(`${url}\n${name}`, { url, name })
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
