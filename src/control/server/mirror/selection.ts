// The selection of actions: the filter that lists, curves and aborts share. However it is made, one test takes a bounded
// time: what is long is looked for in linear time, and no further than the beginning of what is longer still.

import type { Phase } from '../../../protocol/outcome.js'
import type { ObservedAction } from '../../../runtime/runtime-access.js'
import { isPruning } from '../../shown/pruned.js'
import type { ActionEntry } from './catalog.js'
import { createFinder, type Finder } from './text-search.js'

/** Of the aborted ones, those that a sweep has stopped. */
export type Pruned = 'pruned'

/** What is looked for; what is left out doesn't restrict. */
export interface Selection {
  readonly phases?: ReadonlySet<Phase | Pruned> | undefined
  readonly names?: readonly string[] | undefined
  readonly parent?: string | undefined
  readonly under?: string | undefined
  readonly search?: string | undefined
}

/** A test for what is meant. */
export type Filter = (entry: ActionEntry) => boolean

/** So much of a name or a message is searched, in characters. */
const SEARCHED = 4096
/** Many actions have the same name: so many answers are remembered. */
const REMEMBERED_NAMES = 10_000

/** Makes a test for what is meant. */
export function createFilter({ phases, names, parent, under, search }: Selection): Filter {
  const isNamed = names && createNameTest(names)
  const isBelow = under === undefined ? undefined : createUnderTest(under)
  const find = search === undefined ? undefined : createFinder(search.toLowerCase())
  return (entry) => {
    const { action } = entry
    if (phases !== undefined && !phases.has(action.phase) && !(phases.has('pruned') && isPruned(action)))
      return false
    if (parent !== undefined && action.parent?.id !== parent) return false
    if (isBelow !== undefined && !isBelow(action)) return false
    if (isNamed !== undefined && !isNamed(action.name)) return false
    return find === undefined || contains(entry, find)
  }
}

function isPruned({ phase, reason }: ObservedAction): boolean {
  return phase === 'aborted' && isPruning(reason)
}

/** Whether an action is that one, or is bound to it through any number of others. Of each, this is found out once. */
function createUnderTest(id: string): (action: ObservedAction) => boolean {
  const known = new Map<ObservedAction, boolean>()
  return (action) => {
    const path: ObservedAction[] = []
    let isUnder = false
    for (let at: ObservedAction | undefined = action; at !== undefined; at = at.parent) {
      const before = known.get(at)
      if (before !== undefined || at.id === id) {
        isUnder = before ?? true
        known.set(at, isUnder)
        break
      }
      path.push(at)
    }
    for (const one of path) known.set(one, isUnder)
    return isUnder
  }
}

function createNameTest(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !name.includes('*')))
  const patterns = names.filter((name) => name.includes('*')).map(createPattern)
  if (patterns.length === 0) return (name) => exact.has(name)
  const known = new Map<string, boolean>()
  return (name) => {
    let matches = known.get(name)
    if (matches === undefined) {
      const searched = name.slice(0, SEARCHED)
      const letters = lettersOf(searched)
      matches = exact.has(name) || patterns.some((pattern) => pattern(searched, letters))
      if (known.size >= REMEMBERED_NAMES) known.clear()
      known.set(name, matches)
    }
    return matches
  }
}

/**
 * A name in which `*` stands for any text. It takes the parts from the left, each at its first place: linear, where a
 * regular expression made from the same text could be made to backtrack for ever.
 */
function createPattern(pattern: string): (name: string, letters: number) => boolean {
  const parts = pattern.split('*')
  const first = parts[0] as string
  const last = parts.at(-1) as string
  const middle = parts.slice(1, -1).filter((part) => part !== '')
  const shortest = pattern.length - (parts.length - 1)
  const wanted = lettersOf(parts.join(''))
  let finders: Finder[] | undefined
  return (name, letters) => {
    if (name.length < shortest || (wanted & ~letters) !== 0) return false
    if (!name.startsWith(first) || !name.endsWith(last)) return false
    finders ??= middle.map(createFinder)
    let at = first.length
    for (const [place, find] of finders.entries()) {
      const found = find(name, at)
      if (found === -1) return false
      at = found + (middle[place] as string).length
    }
    return at <= name.length - last.length
  }
}

/** Which letters a text has, about: most names are told from most patterns by that alone, however long both are. */
function lettersOf(text: string): number {
  let letters = 0
  for (let at = 0; at < text.length; at += 1) letters |= 1 << (text.charCodeAt(at) & 31)
  return letters
}

function contains({ action }: ActionEntry, find: Finder): boolean {
  const { id, name, reason, outcome, lastReport } = action
  return (
    find(id, 0) !== -1 ||
    isIn(name, find) ||
    (reason !== undefined && isIn(reason.message, find)) ||
    (outcome !== undefined && 'error' in outcome && isIn(outcome.error.message, find)) ||
    (typeof lastReport === 'string' && isIn(lastReport, find))
  )
}

function isIn(text: string, find: Finder): boolean {
  return find(text.slice(0, SEARCHED).toLowerCase(), 0) !== -1
}
