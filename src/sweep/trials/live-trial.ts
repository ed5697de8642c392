// A trial that is under way, as the driver follows it.

import type { ActionContext } from '../../context.js'
import type { ActionHandle } from '../../handle.js'
import type { Stopping } from './classify-end.js'
import { numberAt, type TrialRecord } from './trial.js'
import { TrialStoppedError } from './trial-stopped-error.js'

/** A trial that is under way. */
export interface LiveTrial {
  readonly record: TrialRecord
  readonly handle: ActionHandle
  /** Set once it was asked to stop. */
  stopping?: Stopping
  /** Set while it may end by itself instead: why the pruner would stop it. */
  doomed?: Stopping
  /** An out-of-order report was warned of. */
  warned?: boolean
}

/** Asks it to stop; the first time says why. */
export function stopTrial(live: LiveTrial, stopping: Stopping): void {
  live.stopping ??= stopping
  live.handle.cancel(new TrialStoppedError(stopping.state, stopping.reason))
}

/** Warns, once for each trial, of a step that isn't after the last one. */
export function warnOfOrder(
  live: LiveTrial,
  numbers: Readonly<Record<string, number>>,
  stepKey: string,
  log: ActionContext['log'],
): void {
  const { record } = live
  const given = numberAt(numbers, stepKey)
  if (given === undefined || given > record.step || record.reports === 0 || live.warned === true) return
  live.warned = true
  log.warn(
    `trial ${record.number} reported ${stepKey} ${given} after ${record.step}: steps must grow; it isn't judged by this one`,
  )
}
