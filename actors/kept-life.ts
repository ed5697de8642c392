// What is kept of a life that has settled (S29): no output, nothing large.

import type { AbortReason } from '../src/protocol/errors/abort-reason.js'
import { keptError, keptReason, keptValue, plainValue } from '../src/protocol/values/kept-value.js'
import type { AbortState } from './abort-state.js'
import { SUCCEEDED, type Ending } from './ending.js'

/** What it reported last. */
export function keptReport(report: unknown): unknown {
  return report === undefined ? undefined : keptValue(report)
}

/** Its abort, which others may share that live: where what is kept isn't the same, it is another one. */
export function keptAbort(abort: AbortState): AbortState {
  const { reason, toldReason, escalations } = abort
  if (isKept(reason) && isKept(toldReason) && (escalations === undefined || escalations.every(isKept)))
    return abort
  const kept = abort.copy()
  kept.reason = keptReason(reason)
  kept.toldReason = toldReason && keptReason(toldReason)
  kept.escalations = escalations?.map(keptReason)
  return kept
}

function isKept(reason: AbortReason | undefined): boolean {
  return reason === undefined || keptReason(reason) === reason
}

/** How it has ended; the same, where nothing of that is left out. */
export function keptEnding(ending: Ending): Ending {
  switch (ending.kind) {
    case 'succeeded':
      return SUCCEEDED
    case 'failed': {
      const error = keptError(ending.error)
      return error === ending.error ? ending : { kind: 'failed', error }
    }
    case 'stopped': {
      if (ending.thrown === undefined) return ending
      const thrown = keptError(ending.thrown)
      return thrown === ending.thrown
        ? ending
        : { kind: 'stopped', how: ending.how, thrown: plainValue(thrown) }
    }
  }
}
