// Waiting for what a runtime tells: its events, and an action's reports.

import { isDeepStrictEqual } from 'node:util'
import type { ActionHandle, PhaseEvent, Runtime, RuntimeEvent, TerminalPhase } from 'heddle'

/** Reads events from now on, the snapshot included, up to and with the first one that is looked for. */
async function eventsUntil(
  runtime: Runtime,
  isLast: (event: RuntimeEvent) => boolean,
): Promise<RuntimeEvent[]> {
  const seen: RuntimeEvent[] = []
  for await (const event of runtime.events()) {
    seen.push(event)
    if (isLast(event)) return seen
  }
  throw new Error(`the runtime was closed after ${seen.length} events, before the one that was waited for`)
}

/** Everything that a runtime tells from now on until it is closed. */
export function collectEvents(runtime: Runtime): {
  readonly seen: RuntimeEvent[]
  readonly ended: Promise<void>
} {
  const seen: RuntimeEvent[] = []
  const events = runtime.events()
  const read = async (): Promise<void> => {
    for await (const event of events) seen.push(event)
  }
  return { seen, ended: read() }
}

/** Waits until an action of a run is, or has been, in a phase. */
export async function reachesPhase(runtime: Runtime, run: string, id: string, phase: string): Promise<void> {
  await eventsUntil(runtime, (event) => {
    if (event.type === 'phase') return event.run === run && event.id === id && event.phase === phase
    if (event.type !== 'snapshot') return false
    const actions = event.runs.find((one) => one.run === run)?.actions
    return actions?.some((action) => action.id === id && action.phase === phase) === true
  })
}

/** Waits until an action has reported a value. */
export async function reports(handle: ActionHandle, value: unknown): Promise<void> {
  if (isDeepStrictEqual(handle.lastReport, value)) return
  for await (const report of handle.reports()) if (isDeepStrictEqual(report, value)) return
  throw new Error(`${handle.id} ended as ${handle.phase} without the report that was waited for`)
}

/** Waits for the first report. */
export async function reported(handle: ActionHandle): Promise<void> {
  if (handle.lastReport !== undefined) return
  for await (const _ of handle.reports()) return
  throw new Error(`${handle.id} ended as ${handle.phase} without a report`)
}

/** The place in the list at which an action reached a phase; -1 if it didn't. */
export function placeOfPhase(
  events: readonly RuntimeEvent[],
  run: string,
  id: string,
  phase: string,
): number {
  return events.findIndex(
    (event) => event.type === 'phase' && event.run === run && event.id === id && event.phase === phase,
  )
}

const TERMINAL: ReadonlySet<string> = new Set<TerminalPhase>(['succeeded', 'failed', 'aborted', 'timedOut'])

/** Whether an event is the end of an action. */
export function isEnd(event: RuntimeEvent, run: string, id: string): event is PhaseEvent {
  return event.type === 'phase' && event.run === run && event.id === id && TERMINAL.has(event.phase)
}
