// Chooses the action of a module that is meant: the one that is named, else the one that goes without saying.

import type { ActionDescription } from '../loading/inspect-module.js'
import { nearestTo } from '../../checks/nearest.js'
import { UsageError } from './usage-error.js'

/** The action to run. @throws `UsageError` that lists those there are. */
export function chooseAction(
  actions: readonly ActionDescription[],
  name: string | undefined,
  module: string,
): ActionDescription {
  if (actions.length === 0) {
    throw new UsageError(
      `the module '${module}' defines and exports no action: make one at its top level, export const main = action(import.meta, 'main', …)`,
    )
  }
  const listed = actions.map((one) => `'${one.name}'`).join(', ')
  if (name !== undefined) {
    const named = actions.find((one) => one.name === name)
    if (named !== undefined) return named
    const nearest = nearestTo(
      name,
      actions.map((one) => one.name),
    )
    const hint = nearest === undefined ? `It has ${listed}` : `Did you mean '${nearest}'?`
    throw new UsageError(`the module '${module}' has no action '${name}'. ${hint}`)
  }
  const [only] = actions
  if (actions.length === 1 && only !== undefined) return only
  const obvious = actions.find((one) => one.isDefault) ?? actions.find((one) => one.name === 'main')
  if (obvious !== undefined) return obvious
  throw new UsageError(`the module '${module}' has several actions: say which of ${listed}`)
}
