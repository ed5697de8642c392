// A lane as `runtime.stats()` shows it.

import { hostFields } from '../../protocol/host-name.js'
import type { LaneStats } from '../../runtime.js'
import type { Lane } from '../../threads/lane.js'
import type { Action } from '../tree/action.js'

/** Where a lane stands. */
export function laneStats(lane: Lane<Action>): LaneStats {
  const { thread, load, life, silentMs, roundTripMs, host, isFar } = lane
  const isWanted = isFar && host === undefined
  return {
    thread,
    role: load.role,
    state: life.state === 'starting' && isWanted ? 'wanted' : life.state,
    inFlight: load.inFlight,
    held: load.held,
    silentMs,
    exitPendingMs: life.exitPendingMs,
    ...hostFields(host),
    ...(roundTripMs !== undefined && { rttMs: roundTripMs }),
  }
}
