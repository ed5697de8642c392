// Shows an app's XState inspector what happens, apart from its happening: an inspector that throws, or that aborts or
// closes from within, must not meet the runtime in the middle of a step.

import type { InspectionEvent, Observer } from 'xstate'

/** What XState's `inspect` takes. */
export type Inspector = Observer<InspectionEvent> | ((event: InspectionEvent) => void)

/**
 * Gives an inspector what it is told a moment later, in the same order. One that throws is not called again, and a
 * process warning says so.
 */
export function deferInspector(inspector: Inspector): Inspector {
  const show = typeof inspector === 'function' ? inspector : inspector.next?.bind(inspector)
  if (show === undefined) return inspector
  let pending: InspectionEvent[] = []
  let broken = false
  const showPending = (): void => {
    const events = pending
    pending = []
    for (const event of events) {
      if (broken) return
      try {
        show(event)
      } catch (error) {
        broken = true
        process.emitWarning(
          `the inspector given to createRuntime threw, and is not called again: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          'HeddleWarning',
        )
      }
    }
  }
  return (event) => {
    if (broken) return
    if (pending.length === 0) queueMicrotask(showPending)
    pending.push(event)
  }
}
