// The options with which the action of a trial is spawned: bounds of its time, and what makes it a trial.

import type { TrialSpawnOptions } from '../../options.js'
import { definitionKey, type FullDefinition } from '../../action.js'
import type { ActionHandle } from '../../handle.js'
import { CHECKPOINT, isCheckpoint, TRIAL_PARTS } from '../../protocol/trial-parts.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import type { Coming } from '../agenda.js'
import type { Checkpoints } from './checkpoints.js'
import type { ResolvedOptions } from '../resolve-options.js'

/** Whether a trial is a program of its own, as `command()` makes it; `undefined` for an `actionRef`, of which nobody knows yet. */
export function isProgram(definition: object): boolean | undefined {
  const options = (definition as Partial<FullDefinition>)[definitionKey]?.options
  return options && options.command !== undefined
}

/** Refuses programs whose copies would have nothing to go on from. @throws `ActionInputError` */
export function checkProgram(definition: object, options: ResolvedOptions): void {
  const refusal = programRefusal(options)
  if (refusal !== undefined && isProgram(definition) === true) throw new ActionInputError(refusal)
}

/** Why no trial of such a sweep can be a program, if so. */
export function programRefusal({ pruner, storage }: ResolvedOptions): string | undefined {
  if (pruner.copies !== true || storage !== undefined) return undefined
  return `sweep: by ${pruner.name}, trials go on from where others are, and programs by files in folders beside the study: give it 'storage'`
}

/** Takes in the checkpoints that an attempt leaves. */
export function takeCheckpoints(handle: ActionHandle, number: number, checkpoints: Checkpoints): void {
  handle.on(CHECKPOINT, (event) => {
    if (isCheckpoint(event)) checkpoints.take(number, event)
  })
}

/** The options of an attempt. */
export function trialOptions(
  { record: { number }, from, resumedFolder }: Coming,
  checkpoints: Checkpoints,
  options: ResolvedOptions,
): TrialSpawnOptions {
  const { trialTimeoutMs, trialGraceMs, stepKey } = options
  const folder = checkpoints.folderOf(number)
  const refusal = programRefusal(options)
  return {
    name: `trial-${number}`,
    ...(trialTimeoutMs !== undefined && { timeout: { runMs: trialTimeoutMs } }),
    ...(trialGraceMs !== undefined && { graceMs: trialGraceMs }),
    [TRIAL_PARTS]: {
      mostBytes: options.checkpoints.mostBytes,
      stepKey,
      step: from?.after ?? 0,
      ...(from !== undefined && { resumed: from.bytes }),
      ...(folder !== undefined && { folder }),
      ...(resumedFolder !== undefined && { resumedFolder }),
      ...(refusal !== undefined && { programRefusal: refusal }),
    },
  }
}
