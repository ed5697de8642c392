// 'Did you mean': the one of several names that a mistyped one is nearest to.

import { closestMatch } from 'leven'

/** The nearest name, if it is near: within two letters, or a third of its length. */
export function nearestTo(name: string, names: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const lowered = new Map(names.map((one) => [one.toLowerCase(), one]))
  const nearest = closestMatch(wanted, [...lowered.keys()], {
    maxDistance: Math.max(2, Math.floor(wanted.length / 3)),
  })
  return nearest === undefined ? undefined : lowered.get(nearest)
}
