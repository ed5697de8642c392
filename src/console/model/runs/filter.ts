// The filter of actions: phases, and words that an action's id, name, error or reason must contain. It is what stands in
// the address of the page, so that a filtered view can be sent to somebody.

import type { ActionTable } from './action-table.js'
import { SHOWN_PHASES } from '../words/phases.js'

/** A filter. Empty, it lets everything through. */
export interface ActionFilter {
  /** Phases by their number; empty: all. */
  readonly phases: ReadonlySet<number>
  /** Words separated by blanks, all of which must occur; `name:`, `id:`, `thread:`, `host:` or `by:` before one says where. */
  readonly text: string
}

/** Lets everything through. */
export const NO_FILTER: ActionFilter = { phases: new Set(), text: '' }

/** Whether it lets everything through. */
export function isEmpty({ phases, text }: ActionFilter): boolean {
  return phases.size === 0 && text.trim() === ''
}

/** A 1 for each row that the filter lets through; `undefined` if it lets all. */
export function matchRows(table: ActionTable, filter: ActionFilter): Uint8Array | undefined {
  if (isEmpty(filter)) return undefined
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean).map(toTest)
  const wanted = SHOWN_PHASES.map((_, code) => filter.phases.size === 0 || filter.phases.has(code))
  const matches = new Uint8Array(table.length)
  for (let row = 0; row < table.length; row += 1) {
    if (wanted[table.phase[row]!] === true && words.every((test) => test(table, row))) matches[row] = 1
  }
  return matches
}

type Test = (table: ActionTable, row: number) => boolean

function toTest(word: string): Test {
  const colon = word.indexOf(':')
  const field = colon > 0 ? word.slice(0, colon) : ''
  const value = word.slice(colon + 1)
  switch (field) {
    case 'id':
      return (table, row) => isUnder(table.ids[row]!, value)
    case 'name':
      return (table, row) => table.names[row]!.toLowerCase().includes(value)
    case 'thread':
      return (table, row) => String(table.thread[row]) === value
    case 'host':
      return (table, row) => table.hosts.get(table.host[row]!)?.host.toLowerCase().includes(value) === true
    case 'how':
      return (table, row) => table.details.get(row)?.how === value
    case 'by':
      return (table, row) => table.details.get(row)?.reason?.by?.toLowerCase().includes(value) === true
    default:
      return (table, row) => {
        if (table.ids[row]!.startsWith(word) || table.names[row]!.toLowerCase().includes(word)) return true
        const details = table.details.get(row)
        if (details === undefined) return false
        const { error, reason, how } = details
        return (
          how === word ||
          error?.message.toLowerCase().includes(word) === true ||
          error?.code?.toLowerCase().includes(word) === true ||
          reason?.message.toLowerCase().includes(word) === true ||
          reason?.by?.toLowerCase().includes(word) === true
        )
      }
  }
}

/** `a0.3` has `a0.3` and `a0.3.1` under it, and not `a0.31`. */
function isUnder(id: string, above: string): boolean {
  return id === above || (id.startsWith(above) && id[above.length] === '.')
}
