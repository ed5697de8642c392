// The options with which the action of a trial is spawned: bounds of its time, and what makes it a trial.

import type { TrialSpawnOptions } from '../options.js'
import { TRIAL_PARTS } from '../protocol/trial-parts.js'
import type { Checkpoint, Checkpoints } from './checkpoints.js'
import type { ResolvedOptions } from './options.js'
import type { TrialRecord } from './trial.js'

/** The options of an attempt. `from`: what it goes on from. */
export function trialOptions(
  { number, attempt, copyOf }: TrialRecord,
  from: Checkpoint | undefined,
  checkpoints: Checkpoints,
  { trialTimeoutMs, trialGraceMs, checkpoints: { mostBytes }, stepKey }: ResolvedOptions,
): TrialSpawnOptions {
  const folder = checkpoints.folderOf(number)
  const source = attempt > 1 ? number : copyOf
  const resumedFolder = source === undefined ? undefined : checkpoints.folderOf(source)
  return {
    name: `trial-${number}`,
    ...(trialTimeoutMs !== undefined && { timeout: { runMs: trialTimeoutMs } }),
    ...(trialGraceMs !== undefined && { graceMs: trialGraceMs }),
    [TRIAL_PARTS]: {
      mostBytes,
      stepKey,
      step: from?.after ?? 0,
      ...(from !== undefined && { resumed: from.bytes }),
      ...(folder !== undefined && { folder }),
      ...(resumedFolder !== undefined && { resumedFolder }),
    },
  }
}
