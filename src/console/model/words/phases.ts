// The phases as the page counts, filters and draws them. A phase is a small number in the tables, so that a hundred
// thousand of them are one array. The page knows one more than the runtime: what a sweep has stopped early was pruned, which
// is no incident, as an abort may be.

import { LIVE_PHASES, PHASES, type Phase } from '../../../protocol/outcome.js'

/** A phase on the page. */
export type ShownPhase = Phase | 'pruned'

/** All of them, by their number. */
export const SHOWN_PHASES: readonly ShownPhase[] = [...PHASES, 'pruned']

/** What a phase is called on the page. */
export const PHASE_LABEL: Readonly<Record<ShownPhase, string>> = {
  queued: 'queued',
  running: 'running',
  aborting: 'aborting',
  succeeded: 'succeeded',
  failed: 'failed',
  aborted: 'aborted',
  timedOut: 'timed out',
  pruned: 'pruned',
}

/** The first code that is an end. */
export const FIRST_TERMINAL: number = LIVE_PHASES.length

/** The number of a phase in the tables; of one that this page doesn't know, that of `queued`. */
export function phaseCode(phase: string): number {
  const code = SHOWN_PHASES.indexOf(phase as ShownPhase)
  return code === -1 ? 0 : code
}

/** The phase of a number. */
export function phaseOf(code: number): ShownPhase {
  return SHOWN_PHASES[code] ?? 'queued'
}

/** The runtime's phase for a number. */
export function runtimePhaseOf(code: number): Phase {
  const phase = phaseOf(code)
  return phase === 'pruned' ? 'aborted' : phase
}

/** How many actions are in each phase, by its number. */
export type PhaseCounts = Readonly<Record<number, number>> & { readonly length: number }
