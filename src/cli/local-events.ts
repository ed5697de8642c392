// Events of a runtime in this process in the form in which the API tells those of others, so that both are shown alike.

import type { ActionEventInfo, ActionItem, PhaseCounts } from '../control/api.js'
import { eventInfo } from '../control/server/event-frames.js'
import { briefError, shownReason } from '../control/server/shown-error.js'
import { show } from '../control/server/shown-value.js'
import type { ActionRecord, RuntimeEvent, SnapshotEvent } from '../events.js'
import { isTerminal, type TerminalPhase } from '../protocol/outcome.js'
import type { RunView } from './run-view.js'

/** An event of an action as the API would tell it; `undefined` for what isn't one. */
export function toEventInfo(event: RuntimeEvent): ActionEventInfo | undefined {
  return event.type === 'snapshot' || event.type === 'gap' ? undefined : eventInfo(event, undefined)
}

/** Has a view begin anew with a snapshot, after events that it has missed. */
export function takeSnapshot(
  view: RunView,
  snapshot: SnapshotEvent,
  { run, dropped }: { readonly run: string; readonly dropped: Readonly<Record<TerminalPhase, number>> },
): void {
  const found = snapshot.runs.find((one) => one.run === run)
  if (found === undefined) return
  const counts: Record<keyof PhaseCounts, number> = { queued: 0, running: 0, aborting: 0, ...dropped }
  for (const { phase } of found.actions) if (isTerminal(phase)) counts[phase] += 1
  view.reset(counts)
  for (const record of found.actions) {
    const item = itemOf(record)
    if (record.parent === undefined) view.takeRoot(item)
    view.take(item)
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
