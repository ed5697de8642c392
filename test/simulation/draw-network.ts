// Draws other machines for a history, the network between them and the app's, and what befalls both.

import type { Random } from '../soak/random.js'
import type { MachineOp, Network, Op } from './plan.js'

type Weather = Pick<Network, 'lossChance' | 'repeatChance' | 'reorderChance' | 'leastMs' | 'mostMs'>

/** Each frame that is lost, or comes ahead of others, costs a link a second: not more of them than let it get on. */
const WEATHERS: readonly Weather[] = [
  { lossChance: 0, repeatChance: 0, reorderChance: 0, leastMs: 0.1, mostMs: 2 },
  { lossChance: 0.01, repeatChance: 0.03, reorderChance: 0.01, leastMs: 0.2, mostMs: 20 },
  { lossChance: 0.04, repeatChance: 0.15, reorderChance: 0.03, leastMs: 1, mostMs: 100 },
]

/** What befalls machines in a history, and how often. */
const BEFALLS: Readonly<Record<MachineOp['do'], number>> = {
  cut: 4,
  freeze: 3,
  crash: 2,
  leave: 3,
  reconnect: 2,
  forget: 1,
}

/** The machines, and what befalls them in so many milliseconds: nothing in a calm history. */
export function drawNetwork(
  random: Random,
  span: number,
  isCalm: boolean,
): { readonly network: Network; readonly ops: readonly Op[] } {
  const hosts = Array.from({ length: 1 + random.below(2) }, () => ({
    threads: 1 + random.below(2),
    clock: {
      skewMs: random.pick([0, 3_600_000, -50_000]),
      rate: isCalm ? 1 : random.pick([1, 1.001, 0.999, 1.01]),
    },
  }))
  const network: Network = {
    hosts,
    leaseMs: random.pick([2000, 2000, 4000]),
    on: random.pick(['anywhere', 'cluster']),
    ...(isCalm ? (WEATHERS[0] as Weather) : random.pick(WEATHERS)),
  }
  const ops: Op[] = []
  for (let left = isCalm ? 0 : random.below(5); left > 0; left -= 1)
    ops.push({ at: 100 + random.next() * (span + 1500), ...befall(random) })
  return { network, ops }
}

function befall(random: Random): MachineOp {
  const host = random.below(4)
  const what = random.weighted(BEFALLS)
  switch (what) {
    case 'cut':
      return {
        do: 'cut',
        host,
        way: random.pick(['there', 'back', 'both']),
        ms: random.pick([100, 700, 1300, 1800, 2500, 6000]),
      }
    case 'freeze':
      return { do: 'freeze', host, ms: random.pick([100, 700, 1300, 1800, 2500, 6000]) }
    case 'leave':
      return { do: 'leave', host, ms: random.pick([0, 0, 300]) }
    case 'reconnect':
      return { do: 'reconnect', host, ms: random.pick([5, 300, 1500]) }
    default:
      return { do: what, host }
  }
}
