// The action that `heddle doctor` tries a thread with. Apart, since the thread imports this module.

import { action } from '../../action.js'
import type { ActionDefinition } from '../../definition.js'

/** Computes until it hears that it is aborted. */
export const spin: ActionDefinition<void, string> = action(import.meta, 'spin', (_: void, ctx): string => {
  ctx.report('spinning')
  while (!ctx.signal.aborted) {
    // Never yields.
  }
  return 'stopped'
})
