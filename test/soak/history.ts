// How what has happened is told, where a rule is broken.

import type { ActionEvent } from 'heddle'
import type { RunStory } from './seen.js'
import { threadKey } from './suspects.js'

/**
 * The shortest history of an action and those it has to do with: its parent, its children, and, of the last events of the
 * whole runtime, who shared its thread.
 */
export function historyOf(run: RunStory, id: string, recent: readonly ActionEvent[]): string[] {
  const seen = run.actions.get(id)
  const isInvolved = (other: string): boolean =>
    other === id || other === seen?.parent || run.actions.get(other)?.parent === id
  const from = run.events.find((event) => event.id === id)?.seq ?? 0
  const beside = recent.filter(
    (event) =>
      event.run !== run.name &&
      event.seq > from &&
      event.type === 'phase' &&
      event.thread !== undefined &&
      seen?.threads.has(threadKey(event.thread, event.hostInstance)),
  )
  const events = run.events.filter((event) => isInvolved(event.id))
  // Of the reports in a row, only the first and the last: there may be hundreds.
  const shown = events.filter(
    ({ type }, index) =>
      type !== 'report' || events[index - 1]?.type !== type || events[index + 1]?.type !== type,
  )
  return [...shown, ...beside].toSorted((a, b) => a.seq - b.seq).map(describe)
}

/** An event in one line. */
export function describe(event: ActionEvent): string {
  const { seq, at, run, id, type, ...rest } = event
  const shown = JSON.stringify(rest, (_key, value: unknown) =>
    value instanceof Error ? `${value.name}: ${value.message}` : value,
  )
  return `${String(seq).padStart(8)} ${new Date(at).toISOString().slice(14)} ${`${run} ${id}`.padEnd(20)} ${type.padEnd(10)} ${shown}`
}
