// The record of a run's aborts, as people think of them: what one request has aborted is one line with its targets. Those
// that people asked for are told apart from what the app's code stops, of which a sweep makes hundreds.

import type { AbortProgress, AbortRecord, ReasonInfo } from '../../../control/api.js'

/** Several records of one request, or one of the app's code. */
export interface AbortEntry {
  readonly key: string
  readonly at: number
  readonly reason: ReasonInfo
  /** Ids that it was aimed at. */
  readonly ids: readonly string[]
  /** It came after another abort of the same: it changed deadlines only. */
  readonly escalation: boolean
  /** Of what was asked for through the server. */
  readonly progress: AbortProgress | undefined
  /** Asked for from outside, by a person or a tool; not by the app's code. */
  readonly isByPeople: boolean
}

/** Between the moment of a record and that of its request lies the abort itself, of very many maybe. */
const SAME_REQUEST_MS = 5000

/** The entries, newest first. */
export function groupRecords(
  records: readonly AbortRecord[],
  progresses: readonly AbortProgress[],
): AbortEntry[] {
  const entries = new Map<string, AbortEntry & { readonly ids: string[] }>()
  const byTarget = new Map<string, AbortProgress[]>()
  for (const progress of progresses) {
    for (const target of progress.targets) {
      const known = byTarget.get(target)
      if (known === undefined) byTarget.set(target, [progress])
      else known.push(progress)
    }
  }
  for (const { seq, at, id, reason, escalation } of records) {
    const isByPeople = reason.source === 'external'
    const progress = byTarget
      .get(id)
      ?.filter((each) => each.message === reason.message && each.by === reason.by)
      .toSorted((left, right) => Math.abs(left.at - at) - Math.abs(right.at - at))
      .find((each) => Math.abs(each.at - at) < SAME_REQUEST_MS)
    // Of a request that the server has forgotten: its records have the same words, and all but the same moment.
    const key =
      progress?.abort ??
      (isByPeople ? `${reason.by} ${reason.message} ${Math.round(at / 20)}` : `${seq} ${id}`)
    const known = entries.get(key)
    if (known === undefined)
      entries.set(key, { key, at, reason, ids: [id], escalation, progress, isByPeople })
    else known.ids.push(id)
  }
  return [...entries.values()].toReversed()
}
