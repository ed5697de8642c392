// The options with which the action of a trial is spawned: bounds of its time, and what makes it a trial.

import type { TrialSpawnOptions } from '../options.js'
import { definitionKey, type FullDefinition } from '../action.js'
import type { ActionHandle } from '../handle.js'
import { CHECKPOINT, isCheckpoint, TRIAL_PARTS } from '../protocol/trial-parts.js'
import type { Checkpoint, Checkpoints } from './checkpoints.js'
import type { ResolvedOptions } from './options.js'
import type { TrialRecord } from './trial.js'

/** Whether a trial is a program of its own, as `command()` makes it. */
export function isProgram(definition: object): boolean {
  return (definition as Partial<FullDefinition>)[definitionKey]?.options?.command !== undefined
}

/** Takes in the checkpoints that an attempt leaves. */
export function takeCheckpoints(handle: ActionHandle, number: number, checkpoints: Checkpoints): void {
  handle.on(CHECKPOINT, (event) => {
    if (isCheckpoint(event)) checkpoints.take(number, event)
  })
}

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
