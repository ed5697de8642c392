// The names that somebody may have meant by one that isn't there. Few candidates are compared, and short ones: it must not
// take longer to say that something isn't there than to show it.

import leven from 'leven'
import type { RunIndex } from './catalog.js'

const SHOWN = 3
/** Candidates that are looked at: the newest. */
const COMPARED = 1000
/** Entries of which those of that name are looked for: the newest. */
const SCANNED = 20_000
/** A name that is longer isn't a slip of anybody's. */
const LENGTH = 64

/** The names that come closest, the closest first; none that differs in more than a third of its letters. */
export function nearestNames(name: string, names: Iterable<string>): string[] {
  if (name.length > LENGTH) return []
  const wanted = name.toLowerCase()
  const farthest = Math.max(2, Math.ceil(name.length / 3))
  return [...new Set(names)]
    .slice(-COMPARED)
    .map((candidate) => {
      const text = candidate.slice(0, 4 * LENGTH).toLowerCase()
      // Names of runs are long: their beginning is often all that is typed.
      const isPart = wanted.length > 1 && text.includes(wanted)
      if (isPart) return { candidate, distance: 0.5 }
      const isTooFar = Math.abs(text.length - wanted.length) > farthest
      const distance = isTooFar ? Infinity : leven(wanted, text, { maxDistance: farthest + 1 })
      return { candidate, distance }
    })
    .filter(({ distance }) => distance <= farthest)
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, SHOWN)
    .map(({ candidate }) => candidate)
}

/** The newest of these runs by name. */
export function newestNames(runs: Iterable<RunIndex>): string[] {
  const newest: string[] = []
  for (const { name } of runs) {
    newest.push(name)
    if (newest.length === 2 * COMPARED) newest.splice(0, COMPARED)
  }
  return newest
}

/** Ids of actions that come close to an id, or that have it as their name. */
export function nearestActions(index: RunIndex, id: string): string[] {
  const named: string[] = []
  const { entries } = index
  const first = Math.max(0, entries.length - SCANNED)
  for (let at = first; at < entries.length && named.length < SHOWN; at += 1) {
    const entry = entries[at]
    if (entry?.isKept === true && entry.action.name === id) named.push(entry.id)
  }
  if (named.length > 0) return named
  const kept = entries.slice(-COMPARED).filter((entry) => entry.isKept)
  return nearestNames(
    id,
    kept.map((entry) => entry.id),
  )
}
