// Which aborts are a sweep's: its trials are pruned, all else is aborted. By the names and ids that a sweep gives.

import { spawnerId } from '../../protocol/ids.js'
import type { ReasonInfo } from '../api.js'

/** As sweeps name their trials. */
export const TRIAL_NAME: RegExp = /^trial-\d+$/

/** Whether an abort is that of a trial by its sweep. `target`: name of the action that it was aimed at. */
export function isPruning(
  { source, by, origin }: Pick<ReasonInfo, 'source' | 'by' | 'origin'>,
  target: string,
): boolean {
  return source === 'cancel' && by === spawnerId(origin) && TRIAL_NAME.test(target)
}
