// The machines that lend threads, as they were seen one after the other: one that is gone stays in the list, with how it went.

import type { HostInfo, HostList } from '../../../control/api.js'

/** How a machine stands. `left`: it has said so; `lost`: it went without a word. */
export type HostState = 'ready' | 'busy' | 'leaving' | 'unusable' | 'left' | 'lost'

/** A machine, as it was heard last. */
export interface SeenHost extends HostInfo {
  readonly state: HostState
}

/** Those that are there, and behind them those that were. */
export function seenBy(before: readonly SeenHost[], { at, items }: HostList): readonly SeenHost[] {
  const there = new Set(items.map(({ instance }) => instance))
  const gone = before.filter(({ instance }) => !there.has(instance))
  return [
    ...items.map((host): SeenHost => ({ ...host, state: stateOf(host) })),
    ...gone.map((host): SeenHost => ({
      ...host,
      state: isGone(host) ? host.state : hasExpired(host, at) ? 'lost' : 'left',
      busy: 0,
      lanes: 0,
      inFlight: 0,
    })),
  ]
}

function isGone({ state }: SeenHost): boolean {
  return state === 'left' || state === 'lost'
}

/** One that leaves takes back what it has said of itself; of one that is lost, that comes to its end. */
function hasExpired({ heardAt, lastsMs }: SeenHost, at: number): boolean {
  return at - heardAt >= lastsMs
}

function stateOf({ compatible, draining, busy, threads }: HostInfo): HostState {
  if (!compatible) return 'unusable'
  if (draining) return 'leaving'
  return busy < threads ? 'ready' : 'busy'
}
