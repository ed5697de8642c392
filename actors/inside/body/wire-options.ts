// What a child is given besides its input: checked, and as it travels.

import { resolvePlace } from '../../../src/action-place.js'
import { checkMilliseconds } from '../../../src/checks/check-number.js'
import {
  checkCallOptions,
  resolvePriority,
  resolveTimeout,
  SPAWN_OPTIONS,
  type SpawnOptions,
} from '../../../src/options.js'
import type { WireSpawnOptions } from '../../../src/protocol/messages.js'
import { trialPartsOf } from '../../../src/protocol/trial-parts.js'
import { wireReason } from './wire-reason.js'

/** How a spawn is named in errors. */
export function spawnOf(name: string): string {
  return `spawn of action '${name}'`
}

/** Throws an `ActionInputError` that names the wrong option; gives nothing where there is nothing to tell. */
export function wireOptions(
  options: SpawnOptions | undefined,
  name: string,
  shield: number | undefined,
  waitForRoom: boolean,
): WireSpawnOptions | undefined {
  if (options === undefined && shield === undefined && !waitForRoom) return undefined
  const of = spawnOf(name)
  checkCallOptions(options, SPAWN_OPTIONS, of)
  const { name: given, timeout, graceMs, priority, on, detached, signal } = options ?? {}
  const trial = trialPartsOf(options)
  return {
    ...(given !== undefined && { name: given }),
    ...(timeout !== undefined && { timeout: resolveTimeout(timeout, of) }),
    ...(graceMs !== undefined && { graceMs: checkMilliseconds(graceMs, of, 'graceMs') }),
    ...(priority !== undefined && { priority: resolvePriority(priority, of) }),
    ...(on !== undefined && { on: resolvePlace(on, of) }),
    ...(detached === true && { detached }),
    ...(signal?.aborted === true && { aborted: wireReason('signal', signal.reason) }),
    ...(shield !== undefined && { shield }),
    ...(waitForRoom && { waitForRoom }),
    ...(trial !== undefined && { trial }),
  }
}
