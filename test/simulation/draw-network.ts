// Draws other machines for a history, the network between them and the app's, and what befalls both.

import type { Random } from '../soak/random.js'
import type { ActionPlace } from '../../src/index.js'
import type { MachineOp, Network, Op, Plan, Step } from './plan.js'
import { PLAIN_CALL } from './themes.js'

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
  crash: 3,
  leave: 5,
  reconnect: 2,
  forget: 1,
}

/** How often a call says where its action is to run, and what it says. The last label no host has. */
const SAYS_WHERE = 0.35
const PLACES: readonly (readonly [place: ActionPlace, weight: number])[] = [
  ['here', 4],
  ['anywhere', 3],
  ['cluster', 3],
  [{ label: 'red' }, 3],
  [{ label: 'blue' }, 1],
  [{ label: 'green' }, 0.1],
]
/** How often the app's process is killed, and how often another app is there then. */
const DIES = 0.4
const HAS_NEIGHBOUR = 0.5
/** It has so many effects left at most. */
const MOST_EFFECTS = 60

/** How often some hold resources of other machines at the same time, how many, and the number of the first one's run. */
const HOLDS = 0.15
const HOLDERS = 3
const HOLDER_RUNS = 300
/** How often hosts are lost while long ones run there, how many, and the number of the first one's run. */
const LOSES = 0.25
const LONG_ONES = 3
const LONG_RUNS = 310
/** How often they run there when the app's process is killed. */
const DIES_UNDER_LONG = 0.5
const PLAIN_PLAN: Pick<Plan, 'onAbort' | 'failures' | 'cleanUpMs'> = {
  onAbort: 'end',
  failures: 0,
  cleanUpMs: 0,
}

/** Where a call wants its action to run; of one without a cpu share, that is refused, unless it is here. */
export function drawPlace(random: Random): ActionPlace | undefined {
  if (!random.chance(SAYS_WHERE)) return undefined
  const weights = Object.fromEntries(PLACES.map(([, weight], at) => [String(at), weight]))
  return PLACES[Number(random.weighted(weights))]?.[0]
}

/** The machines, and what befalls them in so many milliseconds: nothing in a calm history. */
export function drawNetwork(
  random: Random,
  span: number,
  isCalm: boolean,
): { readonly network: Network; readonly ops: readonly Op[] } {
  const hosts = Array.from({ length: 1 + random.below(2) }, (_, at) => ({
    labels: random.pick([['red'], ['red', 'blue'], at === 0 ? ['red'] : []]),
    gpus: random.pick([2, 2, 1, 0]),
    threads: 1 + random.below(2),
    clock: {
      skewMs: random.pick([0, 3_600_000, -50_000]),
      rate: isCalm ? 1 : random.pick([1, 1.001, 0.999, 1.01]),
    },
  }))
  const dies = random.chance(DIES)
  const network: Network = {
    hosts,
    hasNeighbour: dies && random.chance(HAS_NEIGHBOUR),
    leaseMs: random.pick([2000, 2000, 4000]),
    on: random.pick(['anywhere', 'cluster']),
    ...(isCalm ? (WEATHERS[0] as Weather) : random.pick(WEATHERS)),
  }
  const ops: Op[] = []
  for (let left = isCalm ? 0 : random.below(7); left > 0; left -= 1)
    ops.push({ at: 100 + random.next() * (span + 1500), ...befall(random) })
  if (dies) {
    const at = random.next() * (span + 800)
    if (random.chance(DIES_UNDER_LONG)) {
      ops.push(...longOnes(at, LONG_RUNS + LONG_ONES), {
        do: 'die',
        at: at + 300 + random.next() * 1000,
        effects: undefined,
      })
    } else
      ops.push({ do: 'die', at, effects: random.chance(0.75) ? 1 + random.below(MOST_EFFECTS) : undefined })
  }
  if (!isCalm && random.chance(LOSES)) ops.push(...loseHosts(random, span, hosts.length, !dies))
  if (random.chance(HOLDS)) {
    const at = random.next() * span
    const steps: readonly Step[] = [{ do: 'await', ms: 300 }]
    const plan: Plan = { on: 'held', place: 'cluster', steps, end: 'return', ...PLAIN_PLAN }
    for (let count = 0; count < HOLDERS; count += 1)
      ops.push({ do: 'run', at, run: HOLDER_RUNS + count, call: { ...PLAIN_CALL, plan }, isScope: false })
  }
  return { network, ops }
}

/** Long ones that run on all hosts, from a moment on. */
function longOnes(at: number, firstRun: number): Op[] {
  const steps: readonly Step[] = [{ do: 'sleep', ms: 6000 }]
  const plan: Plan = { on: 'retried', place: 'cluster', steps, end: 'return', ...PLAIN_PLAN }
  const call = { ...PLAIN_CALL, plan }
  return Array.from({ length: LONG_ONES }, (_, count) => ({
    do: 'run',
    at,
    run: firstRun + count,
    call,
    isScope: false,
  }))
}

/** Long ones run on all hosts, and these end; before that, it may be the app. */
function loseHosts(random: Random, span: number, hosts: number, mayDie: boolean): readonly Op[] {
  const from = random.next() * span
  const at = from + 300 + random.next() * 1000
  const ops = longOnes(from, LONG_RUNS)
  for (let host = 0; host < hosts; host += 1)
    ops.push(random.chance(0.3) ? { do: 'crash', at, host } : { do: 'leave', at, host, ms: 0 })
  if (mayDie && random.chance(0.5)) ops.push({ do: 'die', at: at - 100, effects: undefined })
  return ops
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
