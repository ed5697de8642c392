// Which actions are meant: the filter that lists, curves and aborts share.

import type { Phase } from '../../protocol/outcome.js'
import type { ActionEntry } from './catalog.js'

/** What is looked for; what is left out doesn't restrict. */
export interface Selection {
  readonly phases?: ReadonlySet<Phase> | undefined
  readonly names?: readonly string[] | undefined
  readonly parent?: string | undefined
  readonly under?: string | undefined
  readonly search?: string | undefined
}

/** A test for what is meant. */
export function createFilter({
  phases,
  names,
  parent,
  under,
  search,
}: Selection): (entry: ActionEntry) => boolean {
  const patterns = names?.map(createPattern)
  const text = search?.toLowerCase()
  return (entry) => {
    const { node } = entry
    if (phases !== undefined && !phases.has(node.phase)) return false
    if (patterns !== undefined && !patterns.some((matches) => matches(node.name))) return false
    if (parent !== undefined && node.parent?.id !== parent) return false
    if (under !== undefined && !isUnder(entry, under)) return false
    return text === undefined || contains(entry, text)
  }
}

/** Whether it is that action, or is bound to it through any number of others. */
function isUnder(entry: ActionEntry, id: string): boolean {
  for (let node: ActionEntry['node'] | undefined = entry.node; node !== undefined; node = node.parent) {
    if (node.id === id) return true
  }
  return false
}

/**
 * A name in which `*` stands for any text. It takes the parts from the left, each at its first place: linear, where a
 * regular expression made from the same text could be made to backtrack for ever.
 */
function createPattern(pattern: string): (name: string) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern
  const parts = pattern.split('*')
  const first = parts[0] as string
  const last = parts.at(-1) as string
  const middle = parts.slice(1, -1)
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
      return false
    let at = first.length
    for (const part of middle) {
      const found = name.indexOf(part, at)
      if (found === -1) return false
      at = found + part.length
    }
    return at <= name.length - last.length
  }
}

function contains({ node }: ActionEntry, text: string): boolean {
  const { id, name, reason, outcome, lastReport } = node
  if (id.includes(text) || name.toLowerCase().includes(text)) return true
  if (reason?.message.toLowerCase().includes(text) === true) return true
  if (outcome !== undefined && 'error' in outcome && outcome.error.message.toLowerCase().includes(text))
    return true
  return typeof lastReport === 'string' && lastReport.toLowerCase().includes(text)
}
