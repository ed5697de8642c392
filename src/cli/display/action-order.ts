// The order in which live actions deserve attention: those that fail, those that are being stopped, then what has taken
// longest.

import type { LiveAction } from './run-totals.js'

/** Of so many, the order of their spawns will do: to sort them in each frame takes too long. */
const MOST_SORTED = 2000

/** Live actions in that order. */
export function inOrderOfAttention(all: Iterable<LiveAction>): LiveAction[] {
  const groups: [LiveAction[], LiveAction[], LiveAction[], LiveAction[]] = [[], [], [], []]
  for (const action of all) groups[rankOf(action)].push(action)
  return groups.flatMap((group) =>
    group.length > MOST_SORTED ? group : group.toSorted((a, b) => sinceOf(a) - sinceOf(b)),
  )
}

function rankOf({ phase, failure }: LiveAction): 0 | 1 | 2 | 3 {
  if (phase === 'aborting') return 1
  if (failure !== undefined) return 0
  return phase === 'running' ? 2 : 3
}

function sinceOf({ startedAt, queuedAt }: LiveAction): number {
  return startedAt ?? queuedAt
}
