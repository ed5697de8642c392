// Finds the run and the action that a request names, or refuses it with the names that come closest.

import { ApiError } from '../api-error.js'
import type { ActionEntry, RunIndex } from '../mirror/catalog.js'
import { nearestActions, nearestNames, newestNames } from '../mirror/nearest-names.js'
import { shorten, type AppContext, type AppParts } from './routing.js'

/** The run that a request names. */
export function findRun(c: AppContext, { catalog }: Pick<AppParts, 'catalog'>): RunIndex {
  const name = c.req.param('run') as string
  const index = catalog.run(name)
  if (index !== undefined) return index
  const nearest = nearestNames(name, newestNames(catalog.runs()))
  throw new ApiError('notFound', `there is no run '${shorten(name)}' (any more)${didYouMean(nearest)}`, {
    nearest,
  })
}

/** The action of a run. */
export function findEntry(index: RunIndex, id: string, { access }: Pick<AppParts, 'access'>): ActionEntry {
  const entry = access.aborts.look(() => index.entry(id))
  if (entry !== undefined) return entry
  const nearest = nearestActions(index, id)
  throw new ApiError(
    'notFound',
    `run '${index.name}' has no action '${shorten(id)}', or its record is no longer kept${didYouMean(nearest)}`,
    { nearest },
  )
}

/** The end of a message that something isn't found. */
export function didYouMean(nearest: readonly string[]): string {
  return nearest.length === 0 ? '' : `; did you mean ${nearest.map((name) => `'${name}'`).join(', ')}?`
}
