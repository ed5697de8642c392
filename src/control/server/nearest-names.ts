// What somebody may have meant by a name that isn't there.

import leven from 'leven'
import type { RunIndex } from './catalog.js'

const SHOWN = 3
/** Candidates that are looked at: the newest. */
const COMPARED = 5000
/** A name that is longer isn't a slip of anybody's. */
const LENGTH = 200

/** The names that come closest, the closest first; none that differs in more than a third of its letters. */
export function nearestNames(name: string, names: Iterable<string>): string[] {
  if (name.length > LENGTH) return []
  const wanted = name.toLowerCase()
  const farthest = Math.max(2, Math.ceil(name.length / 3))
  return [...new Set(names)]
    .slice(-COMPARED)
    .map((candidate) => {
      const text = candidate.toLowerCase()
      // Names of runs are long: their beginning is often all that is typed.
      const isPart = wanted.length > 1 && text.includes(wanted)
      const distance = isPart ? 0.5 : leven(wanted, text, { maxDistance: farthest + 1 })
      return { candidate, distance }
    })
    .filter(({ distance }) => distance <= farthest)
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, SHOWN)
    .map(({ candidate }) => candidate)
}

/** Ids of actions that come close to an id, or that have it as their name. */
export function nearestActions(index: RunIndex, id: string): string[] {
  const kept = index.entries.filter((entry) => entry.isKept)
  const named = kept.filter(({ node }) => node.name === id).map((entry) => entry.id)
  if (named.length > 0) return named.slice(0, SHOWN)
  return nearestNames(
    id,
    kept.map((entry) => entry.id),
  )
}
