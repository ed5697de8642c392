// Finds who waits for a lane of other machines.

import type { Action } from '../tree/action.js'
import type { RunState } from '../tree/run-state.js'

/** The first action of a run that waits for a destination, if one does. */
export function firstWaiting(run: RunState<Action>, destination: string): Action | undefined {
  const { root } = run
  const waits = ({ phase, where }: Action): boolean =>
    phase === 'queued' && where.elsewhere?.destination === destination
  if (waits(root)) return root
  // Of a run of one action, no list is made for it.
  if (root.children.size === 0) return undefined
  for (const action of run.actions.values()) if (waits(action)) return action
  return undefined
}
