// The target of an abort, as it was when its dialog was opened. It holds ids and not a rule, so that what begins or changes
// while the dialog stands open is never hit; and the moment at which the run was queued, so that neither is another run of
// the same name.

import { NONE, type ActionTable } from '../runs/action-table.js'

/** What to abort. */
export type AbortTarget =
  | { readonly kind: 'run' }
  /** One action with what is under it. `isForce`: it is being aborted already, and is to be forced, without a question. */
  | { readonly kind: 'action'; readonly id: string; readonly name: string; readonly isForce?: boolean }
  /** Several, each with what is under it. `label` says how they were chosen. */
  | { readonly kind: 'actions'; readonly ids: readonly string[]; readonly label: string }

/** What would be stopped. */
export interface AbortPlan {
  /** Live actions that are aimed at. */
  readonly ids: readonly string[]
  /** All live actions that would be stopped: those, and what is under them. */
  readonly rows: readonly number[]
  /** Of those, by phase. */
  readonly queued: number
  readonly running: number
  readonly aborting: number
  /** What is aimed at and has ended. */
  readonly ended: number
}

/** What a target means at this moment. */
export function planAbort(table: ActionTable, target: AbortTarget): AbortPlan {
  const aimed =
    target.kind === 'run'
      ? table.tops.map((top) => table.ids[top]!)
      : target.kind === 'action'
        ? [target.id]
        : target.ids
  const seen = new Uint8Array(table.length)
  const rows: number[] = []
  const ids: string[] = []
  const counts = [0, 0, 0]
  let ended = 0
  for (const id of aimed) {
    const row = table.rowOf(id)
    if (row === NONE || table.hasEnded(row)) {
      ended += 1
      continue
    }
    ids.push(id)
    if (seen[row] === 1) continue
    table.eachUnder(row, (under) => {
      if (seen[under] === 1 || table.hasEnded(under)) return
      seen[under] = 1
      rows.push(under)
      counts[table.phase[under]!]! += 1
    })
  }
  return { ids, rows, queued: counts[0]!, running: counts[1]!, aborting: counts[2]!, ended }
}
