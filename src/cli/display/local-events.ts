// Events of a runtime in this process in the form in which the API sends those of others, so that both are shown alike.

import type { ActionEventInfo, ActionItem } from '../../control/api.js'
import { eventInfo } from '../../control/shown/event-info.js'
import { briefError, shownReason } from '../../control/shown/shown-error.js'
import { show } from '../../control/shown/shown-value.js'
import type { ActionRecord, RuntimeEvent, SnapshotEvent } from '../../events.js'
import { isTerminal, noCounts, type TerminalPhase } from '../../protocol/outcome.js'
import type { RunTotals } from './run-totals.js'

/** An event of an action as the API would send it; `undefined` for what isn't one. */
export function toEventInfo(event: RuntimeEvent): ActionEventInfo | undefined {
  return event.type === 'snapshot' || event.type === 'gap' ? undefined : eventInfo(event, undefined)
}

/** Has the totals begin anew with a snapshot, after events that it has missed. */
export function takeSnapshot(
  totals: RunTotals,
  snapshot: SnapshotEvent,
  { run, dropped }: { readonly run: string; readonly dropped: Readonly<Record<TerminalPhase, number>> },
): void {
  const found = snapshot.runs.find((one) => one.run === run)
  if (found === undefined) return
  const counts = { ...noCounts(), ...dropped }
  for (const { phase } of found.actions) if (isTerminal(phase)) counts[phase] += 1
  totals.reset(counts)
  for (const record of found.actions) {
    const item = itemOf(record)
    if (record.parent === undefined) totals.takeRoot(item)
    totals.take(item)
  }
}

function itemOf({ error, reason, escalations: _, lastReport, ...record }: ActionRecord): ActionItem {
  return {
    ...record,
    // Not known of a record, and not shown.
    cpu: 1,
    children: 0,
    liveChildren: 0,
    ...(lastReport !== undefined && { lastReport: show(lastReport) }),
    ...(error && { error: briefError(error) }),
    ...(reason && { reason: shownReason(reason) }),
  }
}
