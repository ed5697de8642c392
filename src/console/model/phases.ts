// The phases as the page counts, filters and draws them. A phase is a small number in the tables, so that a hundred
// thousand of them are one array.

import { LIVE_PHASES, PHASES, type Phase } from '../../protocol/outcome.js'

/** What a phase is called on the page. */
export const PHASE_LABEL: Readonly<Record<Phase, string>> = {
  queued: 'queued',
  running: 'running',
  aborting: 'aborting',
  succeeded: 'succeeded',
  failed: 'failed',
  aborted: 'aborted',
  timedOut: 'timed out',
}

/** The first code that is an end. */
export const FIRST_TERMINAL: number = LIVE_PHASES.length

/** The number of a phase in the tables; of one that this page doesn't know, that of `queued`. */
export function phaseCode(phase: string): number {
  const code = PHASES.indexOf(phase as Phase)
  return code === -1 ? 0 : code
}

/** The phase of a number. */
export function phaseOf(code: number): Phase {
  return PHASES[code] ?? 'queued'
}

/** How many actions are in each phase, by its number. */
export type PhaseCounts = Readonly<Record<number, number>> & { readonly length: number }
